"""The answers of chat platforms and gateways: HTTP 200 whatever happened, and a JSON object that tells. Pure."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from server.delivery.channel import Attempt, Outcome

_MOST = 200


@dataclass(frozen=True, slots=True)
class Answers:
    """Reading of a platform's answers. Places are dotted paths into the JSON object.

    `code`: the places of the error code, the first that is there counts; `good`: codes of success; `throttled`: codes
    that ask for less, for `rest_s`; `final`: codes that no further attempt can change.
    """

    code: tuple[str, ...]
    good: Collection[str]
    message: tuple[str, ...] = ()
    remote_id: str = ""
    throttled: Collection[str] = ()
    rest_s: float = 60.0
    final: Collection[str] = ()

    def judge(self, body: bytes) -> Attempt:
        """Return the receipt for the body of a 2xx. Whatever is not understood is no success."""
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            return Attempt(Outcome.GARBAGE, detail=body.decode("utf-8", "replace"))
        code = next((found for place in self.code if (found := _at(said, place)) is not None), None)
        if code is None:
            return Attempt(Outcome.GARBAGE, detail=body.decode("utf-8", "replace"))
        message = next((found for place in self.message if (found := _at(said, place))), "")
        if code in self.good:
            return Attempt(Outcome.DELIVERED, remote_id=(_at(said, self.remote_id) or "")[:_MOST])
        if code in self.throttled:
            return Attempt(Outcome.THROTTLED, detail=message, code=code[:_MOST], retry_after_s=self.rest_s)
        return Attempt(Outcome.REJECTED, detail=message, code=code[:_MOST], is_final=code in self.final)


def _at(said: object, place: str) -> str | None:
    """Return the text or number at a dotted path; None where there is none."""
    for name in place.split("."):
        if not isinstance(said, dict):
            return None
        said = said.get(name)
    if isinstance(said, bool):
        return "true" if said else "false"
    return str(said) if isinstance(said, str | int | float) else None
