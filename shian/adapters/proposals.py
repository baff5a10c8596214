"""The part of a new profile that its family asks for: registers, items, or the grammar of lines."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firmware_adapters.contract import Reading
from process.language import t
from shian.adapters.tally import Candidate, Heard, run
from shian.failures import CannotError

_REGISTER = re.compile(
    r"fc(?P<function>[1-4])/(?P<address>\d{1,5})=(?P<item>[\w.-]+)(?::(?P<type>[us](?:16|32|64)|f(?:32|64)|bits))?"
    r"(?::(?P<scale>-?[0-9.]+(?:e-?\d+)?))?(?::(?P<unit>[^:]{1,16}))?(?::(?P<order>ABCD|CDAB|BADC|DCBA))?"
)
_MOST_SEEN = 200


@dataclass(slots=True)
class Seen:
    """Sight of one code, with the device's words for it."""

    code: str
    name: str = ""
    unit: str = ""
    values: list[str] = field(default_factory=list)

    def line(self) -> str:
        return f"{self.code:24} {self.name:16} {self.unit:8} {' '.join(self.values[:8])}"


def codes_seen(candidate: Candidate, heard: Sequence[Heard], *, with_host: bool) -> list[Seen]:
    """Return each code of the device once, in the order of the capture. Registers are codes too: fc3/0."""
    seen: dict[str, Seen] = {}
    for output in run(candidate, heard, with_host=with_host):
        if isinstance(output, Reading) and (output.item in seen or len(seen) < _MOST_SEEN):
            entry = seen.setdefault(output.item, Seen(output.item, output.item_name, output.unit))
            entry.values.append(output.value_text)
    return list(seen.values())


def slaves_seen(candidate: Candidate, heard: Sequence[Heard], *, with_host: bool) -> list[int]:
    readings = (output for output in run(candidate, heard, with_host=with_host) if isinstance(output, Reading))
    return sorted({reading.channel for reading in readings if reading.channel is not None})


def register_row(text: str) -> dict[str, Any]:
    """Parse `fc3/0=humidity:u16:0.1:%RH` or `fc4/2=ph:f32:1:pH:CDAB`. Raises CannotError."""
    found = _REGISTER.fullmatch(text)
    if not found:
        raise CannotError(
            t(
                f"--register {text}: not fcN/ADDRESS=ITEM[:TYPE[:SCALE[:UNIT[:ORDER]]]]",
                f"--register {text}：格式应为 fcN/地址=项目[:类型[:系数[:单位[:字序]]]]",
            )
        )
    function = int(found["function"])
    row: dict[str, Any] = {"item": found["item"], "function": function, "address": int(found["address"])}
    row["type"] = found["type"] or ("bits" if function < 3 else "u16")
    if found["scale"] and float(found["scale"]) != 1:
        row["scale"] = float(found["scale"])
    if found["order"]:
        row["order"] = found["order"]
    if found["unit"]:
        row["unit"] = found["unit"]
    return row


def mapping(text: str) -> tuple[str, str]:
    """Parse `CODE=item`. Raises CannotError."""
    code, equals, item = text.rpartition("=")
    if not equals or not code or not item:
        raise CannotError(t(f"--map {text}: not CODE=ITEM", f"--map {text}：格式应为 代码=项目"))
    return code, item


def items(seen: Iterable[Seen], mapped: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the map of the profile. A code that was seen and not mapped maps to itself."""
    rows = {}
    for entry in seen:
        row = {"code": mapped.get(entry.code, entry.code)}
        row |= {"name": entry.name} if entry.name else {}
        rows[entry.code] = row | ({"unit": entry.unit} if entry.unit else {})
    return rows
