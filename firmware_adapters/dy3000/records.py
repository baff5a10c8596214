"""The data of a records frame -> readings.

**DY-7200**: GB2312 text, `label：value` lines ended by CR (see `firmware_adapters.labelled`). It describes itself, so
it is read wherever it is found, whatever the profile's model. A part without a result (the head of a report) is
rejected by itself, and a name that was cut within a hanzi costs no result.

**DY-3000, DY-6600**: binary. Documented of it are the time (32 bits, little-endian: yy<<25 MM<<21 dd<<16 HH<<11 mm<<5
ss/2) and two values that are none (FF 7F invalid, FE 7F not available: the largest signed 16-bit numbers). Where in a
record they stand, how long it is and by what a value is divided is **not** documented, so no shipped profile claims
it: such a frame is counted as whole, and its data are kept as a rejected `record` until a profile describes them in
[settings.record].

A value that is not available is a reading with the verdict invalid; a vendor's driver drops such rows.
"""

import re
from collections.abc import Mapping
from dataclasses import replace

from pydantic import BaseModel, ConfigDict, Field

from firmware_adapters.clocks import Moment, dos_time
from firmware_adapters.contract import FrameRejected, Reading
from firmware_adapters.dy3000.frames import HEAD
from firmware_adapters.fields import item_of, joined
from firmware_adapters.framing import Found
from firmware_adapters.labelled import Meaning, NotLabelledError, read_labelled, records_in
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import Verdict

NOT_A_VALUE = {0x7FFF: "invalid", 0x7FFE: "not_available"}
_LONGEST_COUNT = 4
_LINE_END = re.compile(rb"\r\n|\r|\n")


class RecordLayout(BaseModel):
    """Places in a binary record count from its first byte; numbers are little-endian. None: the record has it not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    skip: int = Field(default=0, ge=0, description="bytes of the data before the first record")
    size: int = Field(ge=2, le=1024)
    value_at: int = Field(ge=0, description="16 bits, signed")
    divisor: float = Field(default=1.0, gt=0)
    time_at: int | None = None
    item_at: int | None = Field(default=None, description="one byte; [items] maps it in hex")
    channel_at: int | None = None
    number_at: int | None = Field(default=None, description="16 bits")
    verdict_at: int | None = Field(default=None, description="one byte; [verdicts] maps it in decimal")

    def model_post_init(self, _context: object, /) -> None:
        wide = ((self.value_at, 2), (self.time_at, 4), (self.number_at, 2))
        single = ((place, 1) for place in (self.item_at, self.channel_at, self.verdict_at))
        if any(place is not None and not 0 <= place <= self.size - width for place, width in (*wide, *single)):
            raise ValueError("a field lies outside the record")


def read_records(
    frame: Found, profile: Profile, layout: RecordLayout | None, labels: Mapping[str, Meaning]
) -> list[Reading | FrameRejected]:
    data = frame.data[HEAD:]
    if not data or (frame.kind == "range" and len(data) <= _LONGEST_COUNT):
        return []
    if layout is not None:
        return _binary(frame, data, profile, layout)
    return _labelled(frame, data, profile, labels)


def _labelled(
    frame: Found, data: bytes, profile: Profile, labels: Mapping[str, Meaning]
) -> list[Reading | FrameRejected]:
    """Read labelled lines. No hanzi holds a CR or LF, so a name that was cut within one costs no line but its own."""
    lines = (line.decode(profile.charset, "replace") for line in _LINE_END.split(data))
    outputs: list[Reading | FrameRejected] = []
    try:
        outputs.extend(_one_labelled(frame, record, profile, labels) for record in records_in("\r".join(lines)))
    except NotLabelledError as exc:
        outputs.append(_no_result(frame, exc))
    is_none = not any(isinstance(output, Reading) for output in outputs)
    return outputs[:1] if is_none else outputs


def _one_labelled(
    frame: Found, record: Mapping[str, str], profile: Profile, labels: Mapping[str, Meaning]
) -> Reading | FrameRejected:
    said = {label: text.removesuffix("\ufffd") for label, text in record.items()}
    is_bad = any("\ufffd" in label + text for label, text in said.items())
    flags = (("cut_name",) if said != record else (), ("bad_name",) if is_bad else ())
    try:
        reading = read_labelled(said, profile, labels, frame.data, frame.offset)
    except NotLabelledError as exc:
        return _no_result(frame, exc)
    return replace(reading, flags=joined(reading.flags, *flags))


def _no_result(frame: Found, exc: NotLabelledError) -> FrameRejected:
    detail = f"neither labelled lines nor a layout that the profile describes: {exc}"
    return FrameRejected("record", frame.offset, frame.data, detail)


def _binary(frame: Found, data: bytes, profile: Profile, layout: RecordLayout) -> list[Reading | FrameRejected]:
    if len(data) < layout.skip or (len(data) - layout.skip) % layout.size:
        detail = f"{len(data)} bytes are not {layout.skip} and records of {layout.size}"
        return [FrameRejected("record", frame.offset, frame.data, detail)]
    places = range(layout.skip, len(data), layout.size)
    return [_reading(frame.offset + HEAD + at, data[at : at + layout.size], profile, layout) for at in places]


def _reading(offset: int, raw: bytes, profile: Profile, layout: RecordLayout) -> Reading:
    code = f"{raw[layout.item_at]:02X}" if layout.item_at is not None else ""
    item = item_of(profile, code or "result", ItemMap(code=f"item-{code}" if code else "unknown"))
    number = int.from_bytes(raw[layout.value_at : layout.value_at + 2], "little", signed=True)
    no_value = NOT_A_VALUE.get(number)
    moment = Moment(None, "")
    if layout.time_at is not None:
        moment = dos_time(int.from_bytes(raw[layout.time_at : layout.time_at + 4], "little"))
    verdict = profile.verdicts.get(str(raw[layout.verdict_at])) if layout.verdict_at is not None else None
    sample = raw[layout.number_at : layout.number_at + 2] if layout.number_at is not None else b""
    return Reading(
        item=item.code,
        item_name=item.name,
        raw=raw,
        offset=offset,
        value=None if no_value else number / layout.divisor * item.scale,
        value_text="NA" if no_value else f"{number / layout.divisor:.6g}",
        unit=item.unit,
        verdict=Verdict.INVALID if no_value else verdict,
        channel=raw[layout.channel_at] if layout.channel_at is not None else None,
        sample_number=str(int.from_bytes(sample, "little")) if sample else "",
        measured_at=moment.at,
        measured_at_text=moment.text,
        time_source=profile.time_source(moment.text, moment.source(is_kept=True)),
        flags=(*((no_value,) if no_value else ()), *moment.flags),
    )
