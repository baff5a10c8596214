"""The fields of a matched line -> readings.

- A blank value without a verdict is an unused well: no reading. Zero is a value.
- A word of the profile's `not_available`, and dashes where the digits would be (`--.-`), are a test that could not be
  read: no value, verdict invalid.
- A bound (`<0.5`) is not its number: no value, flagged.
- A well whose food is a control or a blank is no sample, whatever kind of line it stands in.
"""

import math
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from firmware_adapters.astm.values import bound_flag, parse_number
from firmware_adapters.contract import Reading
from firmware_adapters.fields import role_of
from firmware_adapters.floats import shortest_float32
from firmware_adapters.line.codes import Code, read_code
from firmware_adapters.line.grammar import FIELDS, Pattern, Request
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import RecordKind, Role, TimeSource, Verdict

_SIGN = re.compile(r"^([+-])\s+")  # balances put the sign first and blanks up to the number
_DASHES = re.compile(r"-+[.,]-+|--+")
_SECONDS = re.compile("%[STXc]")  # a time to the minute is shared by all tests of that minute
_HEX = re.compile(r"[0-9A-F]{8}")
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of the device: its text, the bytes that it was decoded from, and their oddities."""

    text: str
    raw: bytes
    offset: int
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """Source of a reading: pattern, fields, line and request."""

    pattern: Pattern
    fields: Fields
    line: TextLine
    asked: Request | None
    extra: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Value:
    number: float | None
    text: str
    flags: tuple[str, ...] = ()


class FieldReader:
    """Readings as one profile has them."""

    def __init__(self, profile: Profile, time_formats: tuple[str, ...]) -> None:
        self._profile = profile
        self._time_formats = time_formats
        self._not_available = frozenset(word.casefold() for word in profile.not_available)

    def read(self, pattern: Pattern, fields: Fields, line: TextLine, asked: Request | None = None) -> Iterator[Reading]:
        """Yield the readings of a line, or of each of its groups. `fields` are its own and those of its block. A line
        without a value group is one reading as well."""
        for part in pattern.parts(fields):
            yield from self._part(pattern, part, line, asked)

    def _part(self, pattern: Pattern, fields: Fields, line: TextLine, asked: Request | None) -> Iterator[Reading]:
        names = pattern.values
        source = _Source(pattern, fields, line, asked, _extra(fields))
        if not names:
            yield self._reading(source, "", _Value(None, line.text))
        for name in names:
            written = fields.get(name, "").strip()
            if written or (name == "value" and fields.get("verdict", "").strip()):
                yield self._reading(source, name[6:], self._value(pattern, written))

    def _value(self, pattern: Pattern, written: str) -> _Value:
        if not written:
            return _Value(None, "", ("no_value",))
        if written.casefold() in self._not_available or _DASHES.fullmatch(written):
            return _Value(None, written, ("not_available",))
        if pattern.number == "hex_f32_le":
            return _float(written)
        text = _point(written, pattern.number)
        text = _SIGN.sub(r"\1", text)
        number = parse_number(text)
        beyond = bound_flag(written) if number is None else None
        return _Value(number, written, (beyond,) if beyond else ())

    def _reading(self, source: _Source, suffix: str, value: _Value) -> Reading:
        pattern, fields, line, asked = source.pattern, source.fields, source.line, source.asked
        of_device = suffix or fields.get("item", "").strip() or pattern.item or (asked.item if asked else "unknown")
        mapped = self._profile.items.get(of_device) or ItemMap(code=of_device, name=pattern.item_name)
        unit = fields.get(f"unit_{suffix}" if suffix else "unit", "").strip()
        unit = unit or mapped.unit or pattern.unit or (asked.unit if asked else "")
        number, unit = mapped.scaled(value.number, unit)
        verdict, verdict_flags = self._verdict(fields, value)
        moment, moment_text, moment_source, moment_flags = self._moment(fields)
        channel, commodity = fields.get("channel", "").strip(), fields.get("commodity", "").strip()
        number_of_sample = fields.get("sample_number", "")
        code = read_code(number_of_sample) if pattern.is_code else Code(number_of_sample.strip())
        return Reading(
            item=mapped.code,
            item_name=mapped.name or (asked.item_name if asked else ""),
            raw=line.raw,
            offset=line.offset,
            role=role_of(commodity) if pattern.role is Role.SAMPLE else pattern.role,
            value=number,
            value_text=value.text,
            unit=unit,
            verdict=verdict,
            standard=fields.get("standard", "").strip(),
            method=fields.get("method", "").strip(),
            record=fields.get("record", "").strip(),
            record_kind=self._record_kind(fields),
            run=fields.get("run", "").strip(),
            channel=int(channel) if channel.isascii() and channel.isdigit() and len(channel) < 7 else None,
            sample_number=code.number,
            commodity=commodity,
            operator=fields.get("operator", "").strip(),
            device_serial=fields.get("serial", "").strip(),
            continuous=pattern.continuous or (asked.continuous if asked else None),
            measured_at=moment,
            measured_at_text=moment_text,
            time_source=moment_source,
            flags=(*value.flags, *verdict_flags, *moment_flags, *code.flags, *line.flags),
            extra=MappingProxyType({**source.extra, **code.extra}) if code.extra else source.extra,
        )

    def _verdict(self, fields: Fields, value: _Value) -> tuple[Verdict | None, tuple[str, ...]]:
        word = fields.get("verdict", "").strip()
        if "not_available" in value.flags:
            return Verdict.INVALID, ()
        if not word:
            return self._profile.verdicts.get(value.text), ()
        verdict = self._profile.verdicts.get(word)
        return verdict, () if verdict else ("unknown_verdict",)

    def _record_kind(self, fields: Fields) -> RecordKind:
        """Return the kind of the record's number. The profile says the meaning of a column; where it does not, the
        weakest kind holds."""
        best = RecordKind.RUNNING if self._profile.identity else RecordKind.IN_MESSAGE
        return self._profile.record_kind(fields.get("record", "").strip(), best)

    def _source(self, form: str) -> TimeSource:
        if not self._profile.identity:
            return TimeSource.MESSAGE
        return self._profile.time_source(form, TimeSource.TEST if _SECONDS.search(form) else TimeSource.DAY)

    def _moment(self, fields: Fields) -> tuple[datetime | None, str, TimeSource, tuple[str, ...]]:
        parts = (fields.get(name, "").strip() for name in ("date", "time"))
        text = " ".join(part for part in parts if part)
        for form in self._time_formats if text else ():
            try:
                return datetime.strptime(text, form), text, self._source(form), ()  # noqa: DTZ007 - the device's clock has no zone
            except ValueError:
                continue
        return None, text, TimeSource.MESSAGE if text else TimeSource.NONE, ("bad_time",) if text else ()


def _point(written: str, form: str) -> str:
    """Return a number with a point before its decimals and nothing between its thousands."""
    if form.startswith("thousands"):
        written = written.replace("." if form == "thousands_comma" else ",", "")
    return written.replace(",", ".", 1) if form.endswith("comma") else written


def _float(written: str) -> _Value:
    if not _HEX.fullmatch(written):
        return _Value(None, written, ("not_a_number",))
    (number,) = struct.unpack("<f", bytes.fromhex(written))
    if not math.isfinite(number):
        return _Value(None, written, ("not_a_number",))
    text = shortest_float32(number)
    return _Value(float(text), text)


def _extra(fields: Fields) -> Mapping[str, str]:
    named = {name: text.strip() for name, text in fields.items() if name not in FIELDS}
    return MappingProxyType(
        {name: text for name, text in named.items() if text and not name.startswith(("value_", "unit_"))}
    )
