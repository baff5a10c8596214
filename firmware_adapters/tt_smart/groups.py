"""Groups of the TT "smart" series: 501 bytes, 29 common and 8 wells of 59.

    a well:   0   channel
              1   number, two bytes
              3   name, 15 bytes
              18  source, 7 bytes
              25  note, 21 bytes
              46  three floats
              58  verdict: 1 pass, 2 over the limit

The widths are documented but for the number's, which is what they leave of 59 bytes. There is no check, so plausibility
decides. A group that is due is accepted when the numbers of the used wells are zero, NaN or between 1e-8 and 1e7 in
size, and their channels 1 to 64, each behind the one before; a verdict that is not documented costs no result (flag
`unknown_verdict`). One that is not due must also have verdicts of 0 to 2, one of them 1 or 2, and used wells in whose
place their channel belongs (channel 1 or 9 or 17 ... in the first). Where a group is due and no used well is plausible
there is none: noise.

Decisions where the facts leave a doubt
- **A well was used** when it has a verdict or a number that is not zero. A name alone was entered and never measured.
- **The common bytes** hold what is common, so surely the time; where, is not documented. They are kept whole as
  `mark`, for they tell equal results of different runs apart, and `measured_at` is empty.
- **Floats** are big-endian, as on the other TT testers; the number has its low byte first, as their count. Which float
  is the result is the model's: `value_float` in the profile (the second, as on the TTNJ); the others are kept in
  `extra`.
- **What is tested for** is not in a well: the profile says it (`item`).
"""

import math
import re

from firmware_adapters.contract import Reading
from firmware_adapters.fields import joined, padded_text, role_of
from firmware_adapters.framing import Found
from firmware_adapters.profile import ItemMap, Profile
from firmware_adapters.ttnj.floats import float_at, is_plausible, shortest
from firmware_adapters.ttnj.session import ESCAPE
from wire.terms import Verdict

SIZE, COMMON, WELL, WELLS = 501, 29, 59, 8
_NAME, _SOURCE, _NOTE, _FLOATS, _VERDICT = slice(3, 18), slice(18, 25), slice(25, 46), 46, 58
_VERDICTS = slice(COMMON + _VERDICT, SIZE, WELL)
_MOST_CHANNELS = 64
# Eight verdicts that are 0, 1 or 2, and one of them 1 or 2.
_CERTAIN = re.compile(rb"(?s:(?=.{87}(?:[\x00-\x02].{58}){7}[\x00-\x02])(?=.{87}(?:.{59}){0,7}?[\x01\x02]))")


def _wells(group: bytes | bytearray) -> list[bytes]:
    return [bytes(group[at : at + WELL]) for at in range(COMMON, SIZE, WELL)]


def _floats(well: bytes) -> list[float]:
    return [float_at(well, _FLOATS + 4 * i) for i in range(3)]


def is_used(well: bytes) -> bool:
    return well[_VERDICT] in (1, 2) or any(well[_FLOATS:_VERDICT])


class SmartGroups:
    """Groups of the "smart" series, as the grammar of the session asks for them."""

    size = reach = SIZE

    def find(self, buffer: bytearray) -> int:
        mark = buffer.find(ESCAPE)
        end = len(buffer) if mark < 0 else min(len(buffer), mark + SIZE)
        # With the mark at the head there is room for one group, which begins there.
        group = _CERTAIN.search(buffer, 0, end) if mark else _CERTAIN.match(buffer, 0, end)
        first = group.start() if group else max(0, end - SIZE + 1)
        return first if mark < 0 else min(first, mark)

    def may_begin(self, buffer: bytearray, *, is_due: bool) -> bool:  # noqa: ARG002
        """Return True when some used well is plausible, or all are empty."""
        wells = _wells(buffer[:SIZE])
        return any(is_used(well) and not _fault(well) for well in wells) or not any(
            well[1:].strip(b"\0") for well in wells
        )

    def trouble(self, group: bytearray) -> str:
        before = 0
        for place, well in enumerate(_wells(group), 1):
            if fault := _fault(well):
                return f"well {place} of the group: {fault}"
            if is_used(well):
                if well[0] <= before:
                    return f"well {place} of the group: its channel is not behind the one before"
                before = well[0]
        return ""

    def heard_model(self, code: int) -> None:
        """Ignore the model: all models send the same groups."""

    def is_certain(self, group: bytearray) -> bool:
        codes, channels = group[_VERDICTS], group[COMMON:SIZE:WELL]
        if max(codes) not in (1, 2) or any(code and (channels[i] - 1) % WELLS != i for i, code in enumerate(codes)):
            return False
        return not self.trouble(group) and all(
            (well[0] - 1) % WELLS == place for place, well in enumerate(_wells(group)) if is_used(well)
        )


def _fault(well: bytes) -> str:
    if well[_VERDICT] > 2 and not is_used(well):
        return "a verdict on no number"
    if is_used(well) and not 1 <= well[0] <= _MOST_CHANNELS:
        return "no such channel"
    if is_used(well) and not all(map(is_plausible, _floats(well))):
        return "no measured number"
    return ""


def read_group(frame: Found, profile: Profile, item: ItemMap | None, value_float: int) -> list[Reading]:
    wells = [well for well in _wells(frame.data) if is_used(well)]
    return [_reading(frame, well, profile, item or ItemMap(code="unknown"), value_float) for well in wells]


def _reading(frame: Found, well: bytes, profile: Profile, item: ItemMap, value_float: int) -> Reading:
    (name, bad_name), (source, bad_source), (note, bad_note) = (
        padded_text(well[part], profile.charset) for part in (_NAME, _SOURCE, _NOTE)
    )
    floats = _floats(well)
    value = floats[value_float - 1]
    is_available = math.isfinite(value)
    code = well[_VERDICT]
    verdict = profile.verdicts.get(str(code)) if code else None
    odd_verdict = ("unknown_verdict",) if code and verdict is None else ()
    others = {f"float_{i}": shortest(number) for i, number in enumerate(floats, 1) if i != value_float}
    return Reading(
        item=item.code,
        item_name=item.name,
        raw=frame.data,
        offset=frame.offset,
        role=role_of(name, note),
        value=value * item.scale if is_available else None,
        value_text=shortest(value),
        unit=item.unit,
        verdict=verdict if is_available else Verdict.INVALID,
        mark=frame.data[:COMMON].hex(),
        channel=well[0] or None,
        sample_number=str(int.from_bytes(well[1:3], "little")),
        commodity=name,
        flags=joined(() if is_available else ("not_available",), odd_verdict, bad_name, bad_source, bad_note),
        extra={key: text for key, text in {"source": source, "note": note, **others}.items() if text},
    )
