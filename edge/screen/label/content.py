"""The lines of a sample's label. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from edge.samples.codes import sample_code


@dataclass(frozen=True, slots=True)
class Label:
    """Label of a sample. `code` is the text of its QR code, `time` the moment of sampling on the station's clock."""

    code: str
    number: str
    food: str
    stall: str
    time: str

    @classmethod
    def of(cls, sample: dict[str, Any], zone: ZoneInfo) -> Self:
        """Return the label of a sample as the agent tells it."""
        at = datetime.fromisoformat(sample.get("sampled_at") or sample["registered_at"]).astimezone(zone)
        return cls(
            code=sample_code(sample["number"], UUID(sample["key"])),
            number=_plain(sample["number"]),
            food=_plain(sample.get("commodity", "")),
            stall=_plain(sample.get("stall") or sample.get("vendor") or ""),
            time=at.strftime("%Y-%m-%d %H:%M"),
        )


def _plain(text: str) -> str:
    """Return a text without what a printer would take for a command."""
    return "".join(letter for letter in text if letter.isprintable())
