"""The meaning of the records of one message (LIS02-A2 clauses 6 to 12): how a result record becomes a Reading.

    H 5 sender   11 comment   12 processing id   14 time of the message
    O 3 specimen id   4 the instrument's specimen id   5 test   12 action code (Q: a control)   16 kind of specimen
      23 reported
    R 2 number   3 test   4 value   5 unit   6 reference range   7 abnormal flags   9 status   11 operator
      12 started   13 completed   14 instrument

A test is named by component 4, the local code, or the first that there is; its name is component 2. Mindray writes
code, name, replicate and kind of result (F quantitative, I qualitative) instead, so there component 4 is no code. Roche
and Hitachi (H field 11 begins with RSUPL) count the specimens in component 1 of O field 3; the id is component 2. The
time of a result is that of its completion, else its start, else of its order's report, else of a result under the same
order (`siblings`), else of the order (O 7, where the profile says so), else of the message; where R field 9 is a time
(Bayer), it is that and no status.

Patients are not read, except that the id stands in where an order has no specimen id: food has no patients, and a name
must not travel by accident. `Reading.record` is the number of the R record in its order, as the device counts them: it
begins with 1 in each order, and names no test.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from firmware_adapters.astm.options import Options, options_of
from firmware_adapters.astm.records import Record
from firmware_adapters.astm.siblings import ORDERED, REPORTED, SENT
from firmware_adapters.astm.values import bound_flag, has_seconds, parse_number, read_value, unit_among
from firmware_adapters.contract import DeviceLimit, Reading
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import Comparison, RecordKind, Role, TimeSource, Verdict

_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?!\d)")
_WHOLE_TIME = re.compile(r"\d{12}(?:\d\d)?")
_LIMIT = re.compile(r"(<=|≤|<|>=|≥|>)\s*(.+)")
# A range says what is good, a limit says when it is violated.
_VIOLATED = {
    "<=": Comparison.ABOVE,
    "≤": Comparison.ABOVE,
    "<": Comparison.AT_LEAST,
    ">=": Comparison.BELOW,
    "≥": Comparison.BELOW,
    ">": Comparison.AT_MOST,
}
_KINDS_OF_RESULT = ("F", "I")
_RESULTS_OF_ROCHE = "RSUPL"
_PROCESSING = {"T": "training", "D": "debugging", "Q": "quality_control"}


@dataclass(frozen=True, slots=True)
class Context:
    """The records above a result. `order_is_lost`: an order may have been in a frame that was lost."""

    header: Record | None = None
    patient: Record | None = None
    order: Record | None = None
    order_is_lost: bool = False

    def below(self, record: Record) -> "Context":
        """Return the context after `record`. A record ends those that hung on the one before it of its level."""
        match record.kind:
            case "H":
                return Context(header=record)
            case "P":
                return Context(header=self.header, patient=record)
            case "O":
                return Context(header=self.header, patient=self.patient, order=record)
            case "L":
                return Context()
            case _:
                return self

    def after_gap(self) -> "Context":
        return replace(self, patient=None, order=None, order_is_lost=True)


class ResultReader:
    """Reader of result records, by one profile. Raises ProfileError when the profile's options are wrong."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._options: Options = options_of(profile)
        self._item_components = tuple(map(int, filter(None, self._options.item_components.split(","))))
        self._not_available = frozenset(word.casefold() for word in profile.not_available)

    def read(self, record: Record, context: Context, raw: bytes, offset: int) -> Reading:
        """Read one result record. Never raises: a field that cannot be understood is left empty, and `value_text` has
        the device's own text."""
        item, mapped = self._item(record, context)
        said, said_unit, value_flags = self._value(record)
        number, unit = mapped.scaled(said, said_unit)
        sample, sample_flags = self._sample(context)
        measured, source, measured_flags = _measured_text(
            record, context, has_time_of_order=self._options.has_time_of_order
        )
        return Reading(
            item=mapped.code or item,
            item_name=mapped.name or _name(record, item),
            raw=raw,
            offset=offset,
            role=self._role(context, sample),
            value=number,
            value_text=record.written(4),
            unit=unit or mapped.unit,
            verdict=self._verdict(record),
            limit=self._limit(record, unit or mapped.unit),
            record=record.text(2),
            record_kind=self._profile.record_kind(record.text(2), RecordKind.IN_MESSAGE),
            sample_number=sample,
            commodity=_commodity(context.order) if context.order and self._options.has_commodity else "",
            operator=record.first_component(11),
            device_serial=self._serial(record, context),
            measured_at=parse_time(measured),
            measured_at_text=measured,
            time_source=self._profile.time_source(measured, source),
            flags=_unique(
                *value_flags, *_device_flags(record), *_context_flags(context), *sample_flags, *measured_flags
            ),
            extra=self._extra(record, context),
        )

    def _item(self, record: Record, context: Context) -> tuple[str, ItemMap]:
        """Return the local code (component 4), else the first of the others, else the one test that was ordered."""
        parts = (record.component(3, number) for number in self._item_components)
        code = "/".join(filter(None, parts)) or _code(record)
        if not code and context.order is not None and not context.order.has_repeats(5):
            code = context.order.component(5, 4) or context.order.first_component(5)
        code = code or "unknown"
        if self._options.item_pattern and (found := re.search(self._options.item_pattern, code)) and found[1]:
            code = found[1]
        return code, self._profile.items.get(code) or ItemMap(code=code)

    def _value(self, record: Record) -> tuple[float | None, str, tuple[str, ...]]:
        unit = unit_among(record.components(5), record.delimiters.component)
        if self._is_not_available(record):
            return None, unit, ("not_available",)
        if record.has_repeats(4):
            return None, unit, ("ambiguous_value",)
        value = read_value(record.components(4), self._options.value_component)
        beyond = next((flag for word in record.words(7) if word in ("<", ">") and (flag := bound_flag(word))), None)
        if beyond is not None:
            # The instrument could not go further: its number is the end of the scale, not what is in the sample.
            return None, unit or value.unit, _unique(*value.flags, beyond)
        is_word = value.unit in self._profile.verdicts
        return value.number, unit or ("" if is_word else value.unit), value.flags

    def _is_not_available(self, record: Record) -> bool:
        """Return True when the record says, in the profile's words, that a test was made and could not be read."""
        words = record.words(4)
        return len(words) == 1 and words[0].casefold() in self._not_available

    def _verdict(self, record: Record) -> Verdict | None:
        if "X" in record.components(9) or self._is_not_available(record):
            return Verdict.INVALID
        place = 4 if self._options.verdict_from == "value" else 7
        return next(
            (self._profile.verdicts[word] for word in record.words(place) if word in self._profile.verdicts), None
        )

    def _limit(self, record: Record, unit: str) -> DeviceLimit | None:
        if not self._options.limit_from_range:
            return None
        found = _LIMIT.fullmatch(record.first_component(6))
        value = parse_number(found[2]) if found else None
        return DeviceLimit(_VIOLATED[found[1]], value, unit) if found and value is not None else None

    def _sample(self, context: Context) -> tuple[str, tuple[str, ...]]:
        if context.order is not None:
            found = (_specimen(context), _instrument_specimen(context.order))
            sample = next(filter(None, found if self._options.sample_from == "specimen" else found[::-1]), "")
            if sample:
                return sample, ()
        if context.patient is not None:
            patient = context.patient.first_component(3) or context.patient.first_component(4)
            if patient:
                return patient, ("sample_is_patient_id",)
        return "", ()

    def _role(self, context: Context, sample: str) -> Role:
        ordered_as = context.order.text(12) if context.order else ""
        processed_as = context.header.text(12) if context.header else ""
        is_named = bool(self._options.controls) and re.search(self._options.controls, sample) is not None
        return Role.CONTROL if ordered_as == "Q" or processed_as == "Q" or is_named else Role.SAMPLE

    def _serial(self, record: Record, context: Context) -> str:
        match self._options.serial_from:
            case "sender":
                return context.header.component(5, self._options.serial_component) if context.header else ""
            case "instrument":
                return record.component(14, self._options.serial_component)
            case _:
                return ""

    def _extra(self, record: Record, context: Context) -> Mapping[str, str]:
        said = {
            "sender": context.header.text(5) if context.header else "",
            "instrument": record.text(14),
            "specimen": _if_compound(context.order, 3) if context.order else "",
            "instrument_specimen": context.order.text(4) if context.order else "",
            "reference_range": record.first_component(6),
            "test": _if_compound(record, 3),
        }
        return {name: text for name, text in said.items() if text}


def parse_time(text: str) -> datetime | None:
    """Parse YYYYMMDDHH[MM[SS]], local, with any text behind it. A day without an hour is no time of measuring."""
    found = _TIME.match(text)
    if not found:
        return None
    try:
        return datetime(*(int(part) for part in found.groups("0")))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None


def _code(record: Record) -> str:
    universal, local, coding = record.component(3, 1), record.component(3, 4), record.component(3, 3)
    is_kind = bool(universal) and local in _KINDS_OF_RESULT and (not coding or coding.isdigit())
    return local if local and not is_kind else record.first_component(3)


def _name(record: Record, code: str) -> str:
    name = record.component(3, 2)
    return "" if name == code else name


def _if_compound(record: Record, number: int) -> str:
    """Return the whole field where it has more than one component, because only one of them was taken."""
    return record.text(number) if sum(map(bool, record.components(number))) > 1 else ""


def _commodity(order: Record) -> str:
    """Return type and source, as far as the order has them."""
    return order.delimiters.component.join(filter(None, order.components(16)))


def _specimen(context: Context) -> str:
    if context.order is None:
        return ""
    is_counted = context.header is not None and context.header.component(11, 1) == _RESULTS_OF_ROCHE
    return (context.order.component(3, 2) if is_counted else "") or context.order.first_component(3)


def _instrument_specimen(order: Record) -> str:
    """Return O field 4: an id, or rack^position^id^attribute as Sysmex has it (the attribute says who gave the id)."""
    parts = order.components(4)
    if len(parts) > 3 and parts[3] in ("M", "A", "B", "C") and not any(parts[4:]):
        return parts[2]
    return order.first_component(4)


def _measured_text(
    record: Record, context: Context, *, has_time_of_order: bool
) -> tuple[str, TimeSource, tuple[str, ...]]:
    """Return the time of a result, its source and flags. Only the time of the result itself names a test. Where there
    is none, that of its order's report or of the message stands in for showing, and says whose it is."""
    own = record.text(13) or record.text(12) or _time_for_status(record)
    if own:
        return own, TimeSource.TEST if has_seconds(own) else TimeSource.DAY, ()
    reported = context.order.text(23) if context.order else ""
    if reported:
        return reported, TimeSource.ORDER, (REPORTED,)
    ordered = context.order.text(7) if context.order and has_time_of_order else ""
    if parse_time(ordered):
        return ordered, TimeSource.ORDER, (ORDERED,)
    message = context.header.text(14) if context.header else ""
    return message, TimeSource.MESSAGE, (SENT,) if message else ()


def _time_for_status(record: Record) -> str:
    text = record.text(9)
    return text if _WHOLE_TIME.fullmatch(text) else ""


def _device_flags(record: Record) -> tuple[str, ...]:
    abnormal = [flag for flag in record.repeats(7) if flag.strip(f"{record.delimiters.component} ")]
    status = "" if _time_for_status(record) else record.text(9)
    return (*abnormal, *((f"status:{status}",) if status else ()))


def _context_flags(context: Context) -> tuple[str, ...]:
    flags = []
    if context.header is None:
        flags.append("no_header")
    elif (processed_as := context.header.text(12)) in _PROCESSING:
        flags.append(_PROCESSING[processed_as])
    if context.order_is_lost and context.order is None:
        flags.append("sample_unknown")
    return tuple(flags)


def _unique(*flags: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(flags))
