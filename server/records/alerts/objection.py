"""The vendor's time for an objection, out of the steps of an alert. Pure.

It runs from the handing over of the result, which the station records; without one no time runs, and the alert says
so."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field

from wire.terms import Rule

_HANDED, _OBJECTED = "station_handed_over", "station_objected"


class Objection(BaseModel):
    """Time for an objection to a failed test. Without `until` the result was not handed over, and no time runs."""

    to: Annotated[str, Field(description="to whom the result was given")] = ""
    handed_at: AwareDatetime | None = None
    until: AwareDatetime | None = None
    has_objected: bool = False


def objection_of(rule: str, steps: Iterable[tuple[str, dict[str, Any]]]) -> Objection | None:
    """Return what the steps (code and facts, in their order) say; None for an alert of another kind."""
    if rule != Rule.FAILED_TEST:
        return None
    found = Objection()
    for code, facts in steps:
        if code == _HANDED:
            said = {"handed_at": facts.get("at") or None, "until": facts.get("until") or None}
            found = Objection.model_validate({"to": facts.get("to", ""), "has_objected": found.has_objected, **said})
        elif code == _OBJECTED:
            found = found.model_copy(update={"has_objected": True})
    return found
