"""The observations of a message -> readings (HL7 v2, chapter 7; OUL in chapter 13).

    MSH 7 time, 9 type, 10 id, 11 processing, 16 a digit: Mindray's kind of result (0 sample, 1 calibration, 2 control)
    OBR 2, 3 the sample's number, 4 the order, 7 time    SPM 2 sample, 4 what it is, 11 role    SAC 3 container
    OBX 1 number, 2 type, 3 item, 4 sub-id or, where field 3 has no name, the item's, 5 value, 6 unit, 7 range, 8 flags,
    11 status, 14 time, 16 operator, 17 method, 19 time of analysis    NTE 3 a comment on what stands above it

Every OBX is a reading, but for pictures and documents (ED, RP). By its type:

    NM                         the number; what is none (`1,5`) is flagged `not_a_number`
    SN                         `^5` and `=^5` are 5; `<^5` and `^<^5` are below 5, which is no value; a ratio or a range
                               is none either
    ST TX FT and all others    the number if the text is one and nothing else; `<5` is a bound
    CE CWE CNE                 a word, never a number: the code 1 of `1^Positive` counts nothing

`value_text` is the field as it was written, escapes resolved. Patients are not read, except that their id stands in
where nothing else names the sample: food has no patients, and a name must not travel by accident.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from firmware_adapters.astm.results import parse_time
from firmware_adapters.astm.values import bound_flag, has_seconds, parse_number, read_value, unit_among
from firmware_adapters.contract import Reading
from firmware_adapters.hl7.segments import NOTHING, Segment
from firmware_adapters.hl7.settings import Settings
from firmware_adapters.line.patterns import compile_pattern
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import RecordKind, Role, TimeSource, Verdict

_NOT_READ = frozenset(("ED", "RP"))
_CODED = frozenset(("CE", "CF", "CNE", "CWE", "IS", "ID", "CX", "DT", "TM", "TS", "DTM", "XCN", "EI"))
_BOUNDS = frozenset(("<", ">", "<=", ">=", "≤", "≥"))
_PROCESSING = {"T": "training", "D": "debugging"}
_MAX_COMMENT = 1000
# Table 0369: calibrator, electronic QC, proficiency tests, control, verifying calibrator.
_CONTROL_ROLES = frozenset("CEFOQV")
# MSH-16 of Mindray: calibration, control.
_CONTROL_KINDS = frozenset("12")
# Instead of a test some readers order a kind of run there (HemoScreen: OBS, LQC).
_CONTROL_ORDERS = frozenset(("LQC", "EQC", "QC"))


@dataclass(slots=True)
class _Group:
    """The segments that hold for the observations below them, by name, and the comments on each observation."""

    above: dict[str, Segment]
    observations: list[Segment] = field(default_factory=list)
    comments: dict[int, str] = field(default_factory=dict)
    specimen_behind: Segment | None = None


class ResultReader:
    def __init__(self, profile: Profile, settings: Settings) -> None:
        self._profile = profile
        self._settings = settings
        self._not_available = frozenset(word.casefold() for word in profile.not_available)

    def read(self, segments: list[Segment], *flags: str) -> Iterator[Reading]:
        """Read the results of one message, in its order. Never raises: a field that cannot be understood is left
        empty."""
        for group in _groups(segments):
            if is_control_order(segments[0], group.above.get("OBR")) and not group.observations:
                yield self._control(group.above["OBR"], flags)
            for place, observation in enumerate(group.observations):
                if observation.get(2) not in _NOT_READ:
                    yield self._reading(observation, group, group.comments.get(place, ""), flags)

    def _reading(self, obx: Segment, group: _Group, comment: str, flags: tuple[str, ...]) -> Reading:
        code, name, sub_id = _item(obx)
        mapped = self._profile.items.get(code) or ItemMap(code=code, name=name)
        said, value_flags = self._value(obx)
        number, unit = mapped.scaled(said, _unit(obx))
        sample, sample_flags = self._sample(group)
        moment_text, source, moment_flags = _moment(obx, group)
        moment = parse_time(moment_text)
        record = obx.text(1) + (f".{sub_id}" if sub_id else "")
        return Reading(
            item=mapped.code,
            item_name=mapped.name,
            raw=obx.raw,
            offset=obx.offset,
            role=self._role(group, sample),
            value=number,
            value_text=obx.text(5),
            unit=unit or mapped.unit,
            verdict=self._verdict(obx, value_flags),
            method=obx.component(17, 2) or obx.component(17),
            record=record,
            record_kind=self._profile.record_kind(record, RecordKind.IN_MESSAGE),
            sample_number=sample,
            commodity=self._at(group, self._settings.commodity_from),
            operator=obx.component(16),
            device_serial=self._at(group, self._settings.serial_from, obx),
            measured_at=moment,
            measured_at_text=moment_text,
            time_source=self._profile.time_source(moment_text, source),
            flags=_unique(
                *value_flags, *_device_flags(obx), *sample_flags, *moment_flags, *_message_flags(group), *flags
            ),
            extra=_extra(obx, group, comment),
        )

    def _control(self, obr: Segment, flags: tuple[str, ...]) -> Reading:
        """Read a control of Mindray's: 2, 3 item, 6 time, 13 control, 14 lot, 20 value, 21 unit."""
        code, value = obr.text(2) or obr.text(3), obr.text(20)
        mapped = self._profile.items.get(code) or ItemMap(code=code, name=obr.text(3) if obr.text(2) else "")
        number, unit = mapped.scaled(parse_number(value), _unit(obr, 21))
        return Reading(
            item=mapped.code,
            item_name=mapped.name,
            raw=obr.raw,
            offset=obr.offset,
            role=Role.CONTROL,
            value=number,
            value_text=value,
            unit=unit or mapped.unit,
            record=obr.text(1),
            record_kind=self._profile.record_kind(obr.text(1), RecordKind.IN_MESSAGE),
            sample_number=obr.text(13),
            measured_at=parse_time(obr.text(6)),
            measured_at_text=obr.text(6),
            time_source=self._profile.time_source(obr.text(6), TimeSource.ORDER),
            flags=flags,
            extra=MappingProxyType({"control_lot": obr.text(14)} if obr.text(14) else {}),
        )

    def _value(self, obx: Segment) -> tuple[float | None, tuple[str, ...]]:
        kind, text = obx.get(2), obx.text(5)
        if text.casefold() in self._not_available and text:
            return None, ("not_available",)
        if text in ("", NOTHING):
            return None, ("no_value",)
        if kind in _CODED:
            return None, ()
        if obx.marks.repeat in obx.get(5):
            return None, ("ambiguous_value",) if kind in ("NM", "SN") else ()
        if kind == "SN":
            return _structured(obx.components(5))
        return _written(kind, text, [part for part in obx.components(5) if part])

    def _verdict(self, obx: Segment, value_flags: tuple[str, ...]) -> Verdict | None:
        if "not_available" in value_flags or obx.text(11) == "X":
            return Verdict.INVALID
        flags = (part.strip() for part in obx.get(8).split(obx.marks.repeat))
        words = (obx.text(5), *obx.components(5), *flags)
        return next((self._profile.verdicts[word] for word in words if word in self._profile.verdicts), None)

    def _sample(self, group: _Group) -> tuple[str, tuple[str, ...]]:
        for place in self._settings.sample_from:
            found = self._at(group, place)
            if found:
                return found, ()
        patient = self._at(group, "PID-3") or self._at(group, "PID-2")
        return patient, ("sample_is_patient_id",) if patient else ()

    def _role(self, group: _Group, sample: str) -> Role:
        is_named = bool(self._settings.controls) and compile_pattern(self._settings.controls).search(sample) is not None
        is_control = (
            self._at(group, "SPM-11") in _CONTROL_ROLES
            or self._at(group, "MSH-11") == "Q"
            or self._at(group, "MSH-16") in _CONTROL_KINDS
            or self._at(group, "OBR-4") in _CONTROL_ORDERS
        )
        return Role.CONTROL if is_named or is_control else Role.SAMPLE

    def _at(self, group: _Group, place: str, obx: Segment | None = None) -> str:
        """Return the component at a place of the settings, such as SPM-2 or OBX-18.3."""
        if not place:
            return ""
        name, _, number = place.partition("-")
        field_number, _, component = number.partition(".")
        segment = obx if name == "OBX" else group.above.get(name)
        if segment is None and name == "SPM":
            segment = group.specimen_behind
        return segment.component(int(field_number), int(component or 1)) if segment else ""


def is_control_order(header: Segment, order: Segment | None) -> bool:
    """Return True when the order is a control's whole result, as Mindray has it: there is no OBX."""
    return header.get(16) == "2" and order is not None and order.text(20) != ""


def _groups(segments: list[Segment]) -> list[_Group]:
    """Group observations with the segments above them. In ORU the specimen stands behind the observations of its
    OBR."""
    header = {segment.name: segment for segment in segments[:1]}
    groups = [_Group(dict(header))]
    for segment in segments[1:]:
        group = groups[-1]
        if segment.name == "OBX":
            group.observations.append(segment)
        elif segment.name == "NTE" and group.observations:
            place = len(group.observations) - 1
            comment = "; ".join(filter(None, (group.comments.get(place, ""), segment.text(3))))
            group.comments[place] = comment[:_MAX_COMMENT]
        elif segment.name == "SPM" and group.observations and "SPM" not in group.above:
            group.specimen_behind = segment
        elif segment.name in ("PID", "SPM", "SAC", "OBR"):
            groups.append(_Group(_below(group.above, segment)))
    return groups


def _below(above: dict[str, Segment], segment: Segment) -> dict[str, Segment]:
    """Return the segments that hold after `segment`. It ends those that hung on the one before it of its level."""
    ends = {"PID": ("SPM", "SAC", "OBR"), "SPM": ("SAC", "OBR"), "SAC": ("OBR",)}.get(segment.name, ())
    return {**{name: kept for name, kept in above.items() if name not in ends}, segment.name: segment}


def _item(obx: Segment) -> tuple[str, str, str]:
    """Return code, name and sub-id of OBX-3; the alternate code and name (components 4 and 5) where those are missing.
    Chinese instruments write a number or nothing there, and the name in OBX-4; otherwise OBX-4 is the sub-id."""
    code = obx.component(3) or obx.component(3, 4) or obx.component(3, 2)
    name = obx.component(3, 2) or obx.component(3, 5)
    sub_id = obx.text(4)
    if (not code and sub_id) or (not name and sum(map(str.isalpha, sub_id)) > 1):
        return code or sub_id, sub_id if code else "", ""
    return code or "unknown", name, sub_id


def _unit(segment: Segment, number: int = 6) -> str:
    return unit_among(segment.components(number), segment.marks.component)


def _written(kind: str, text: str, said: list[str]) -> tuple[float | None, tuple[str, ...]]:
    """Read a value that is neither coded nor structured; `said` are its components that are not empty."""
    if kind == "NM" and len(said) > 1:
        value = read_value(tuple(said))
        return value.number, value.flags
    only = said[0] if len(said) == 1 else text
    if bound := bound_flag(only):
        return None, (bound,)
    number = parse_number(only)
    return number, ("not_a_number",) if kind == "NM" and number is None else ()


def _structured(parts: tuple[str, ...]) -> tuple[float | None, tuple[str, ...]]:
    """Read SN: comparator, number, separator, second number."""
    bound = next((bound_flag(part) for part in parts if part in _BOUNDS), None)
    match [part for part in parts if part and part != "="]:
        case _ if bound:
            return None, (bound,)
        case [str(only)]:
            flag = bound_flag(only)
            return (None, (flag,)) if flag else (parse_number(only), ())
        case _:
            return None, ("not_one_number",)


def _moment(obx: Segment, group: _Group) -> tuple[str, TimeSource, tuple[str, ...]]:
    """Return the time of the analysis or the observation, which is the test's own; else of the order, which may be run
    twice; else of the message, which has another one when it is sent again."""
    order, header = group.above.get("OBR"), group.above.get("MSH")
    own = obx.component(19) or obx.component(14)
    if own:
        return own, TimeSource.TEST if has_seconds(own) else TimeSource.DAY, ()
    ordered = order.component(7) if order else ""
    if ordered:
        return ordered, TimeSource.ORDER, ()
    message = header.component(7) if header else ""
    return message, TimeSource.MESSAGE, ("time_of_message",) if message else ()


def _device_flags(obx: Segment) -> tuple[str, ...]:
    status = obx.text(11)
    written = obx.get(8)
    is_mark = written == obx.marks.escape + obx.marks.repeat
    abnormal = [obx.marks.repeat] if is_mark else [part.strip() for part in written.split(obx.marks.repeat)]
    bad = ("bad_charset",) if obx.has_bad_bytes else ()
    return (*(flag for flag in abnormal if flag not in ("", NOTHING)), *((f"status:{status}",) if status else ()), *bad)


def _message_flags(group: _Group) -> tuple[str, ...]:
    header = group.above.get("MSH")
    processing = header.component(11) if header else ""
    return (_PROCESSING[processing],) if processing in _PROCESSING else ()


def _extra(obx: Segment, group: _Group, comment: str) -> Mapping[str, str]:
    header = group.above.get("MSH")
    said = {
        "reference_range": obx.text(7),
        "instrument": obx.text(18),
        "type": obx.get(2),
        "message": header.text(10) if header else "",
        "comment": comment,
    }
    return MappingProxyType({name: text for name, text in said.items() if text})


def _unique(*flags: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(flags))
