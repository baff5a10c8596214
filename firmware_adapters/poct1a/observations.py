"""An OBS message -> readings (POCT01-A2, appendix B: the device messaging layer). Values stand in the attribute V.

    OBS.R01    results of samples            OBS.R02    of controls, calibrations, proficiency tests
    SVC        role_cd (OBS: a sample, others: a control), observation_dttm, reason_cd, sequence_nbr
    PT, CTC    whose: a patient's id; a control's name and lot
    OBS        observation_id (V code, DN name), value (V, U unit) or qualitative_value, method_cd, status_cd
               (A accepted, D discarded, R rejected), interpretation_cd, normal_lo-hi_limit, NTE.text
    OPR, ORD, SPC, RGT    operator, order, specimen, reagent lot

Patients are not read, except that their id stands in where nothing else names the sample: food has no patients, and a
name must not travel by accident. The sequence number is that of a service, and nothing says how far it counts: it names
no test. A result that its operator discarded or rejected is invalid.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from xml.etree.ElementTree import Element

from firmware_adapters.astm.results import parse_time
from firmware_adapters.astm.values import bound_flag, parse_number
from firmware_adapters.contract import Reading
from firmware_adapters.framing import Found
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import RecordKind, Role, TimeSource, Verdict

_LONGEST_COMMENT = 1000
_SECONDS = re.compile(r"\d{4}-?\d\d-?\d\dT?\d\d:?\d\d:?\d\d")
_NOT_FINAL = {"D": "discarded", "R": "rejected"}


@dataclass(frozen=True, slots=True)
class _Said:
    """Text of an element: V by tag, the first that has one; DN and U beside it."""

    values: Mapping[str, str]
    names: Mapping[str, str]
    units: Mapping[str, str]

    def get(self, tag: str) -> str:
        return self.values.get(tag, "")


def read_observations(root: Element, frame: Found, profile: Profile, serial: str) -> Iterator[Reading]:
    """Read the observations of one message, in its order. Never raises: a field that cannot be understood is left
    empty."""
    message = _said(root, leave_out=("SVC", "PT", "CTC", "OBS"))
    for service in list(root.iter("SVC")) or [root]:
        around = _said(service, leave_out=("PT", "CTC", "OBS"))
        for subject in (service, *service.iter("PT"), *service.iter("CTC")):
            whose = _said(subject, leave_out=("OBS",)) if subject is not service else _Said({}, {}, {})
            for observation in subject.findall("OBS"):
                own = _said(observation)
                context = _Said(
                    {**message.values, **around.values, **whose.values}, {**around.names, **whose.names}, {}
                )
                yield _reading(own, context, frame, profile, serial)


def _said(element: Element, leave_out: tuple[str, ...] = ()) -> _Said:
    values: dict[str, str] = {}
    names: dict[str, str] = {}
    units: dict[str, str] = {}
    waiting = list(reversed(element))
    while waiting:
        part = waiting.pop()
        if part.tag in leave_out:
            continue
        text = (part.get("V") or part.text or "").strip()
        if text and part.tag == "NTE.text" and part.tag in values:
            values[part.tag] = f"{values[part.tag]}; {text}"[:_LONGEST_COMMENT]
        elif text:
            values.setdefault(part.tag, text)
        names.setdefault(part.tag, (part.get("DN") or "").strip())
        units.setdefault(part.tag, (part.get("U") or "").strip())
        waiting += reversed(part)
    return _Said(values, names, units)


def _reading(own: _Said, context: _Said, frame: Found, profile: Profile, serial: str) -> Reading:
    name = own.names.get("OBS.observation_id", "")
    code = own.get("OBS.observation_id") or name or "unknown"
    mapped = profile.items.get(code) or profile.items.get(name) or ItemMap(code=code, name=name)
    text = own.get("OBS.value") or own.get("OBS.qualitative_value")
    said, flags = _value(text, own, profile)
    number, unit = mapped.scaled(said, own.units.get("OBS.value", ""))
    sample, sample_flags = _sample(context)
    moment_text, source, moment_flags = _moment(own, context)
    return Reading(
        item=mapped.code,
        item_name=mapped.name,
        raw=frame.data,
        offset=frame.offset,
        role=_role(frame.kind, context),
        value=number,
        value_text=text,
        unit=unit or mapped.unit,
        verdict=_verdict(own, text, flags, profile),
        record=context.get("SVC.sequence_nbr"),
        record_kind=profile.record_kind(context.get("SVC.sequence_nbr"), RecordKind.IN_MESSAGE),
        sample_number=sample,
        commodity=context.names.get("SPC.type_cd", ""),
        operator=context.get("OPR.operator_id") or context.get("OPR.name"),
        device_serial=serial,
        measured_at=parse_moment(moment_text),
        measured_at_text=moment_text,
        time_source=profile.time_source(moment_text, source),
        flags=tuple(dict.fromkeys((*flags, *_device_flags(own, context), *sample_flags, *moment_flags))),
        extra=_extra(own, context),
    )


def _value(text: str, own: _Said, profile: Profile) -> tuple[float | None, tuple[str, ...]]:
    if not text:
        return None, ("no_value",)
    if text.casefold() in {word.casefold() for word in profile.not_available}:
        return None, ("not_available",)
    # With < or > the device could not go further: its number is the end of the scale, not what is in the sample.
    beyond = bound_flag(text) or bound_flag(own.get("OBS.interpretation_cd"))
    return (None, (beyond,)) if beyond else (parse_number(text), ())


def _verdict(own: _Said, text: str, flags: tuple[str, ...], profile: Profile) -> Verdict | None:
    if "not_available" in flags or own.get("OBS.status_cd") in _NOT_FINAL:
        return Verdict.INVALID
    words = (text, own.get("OBS.qualitative_value"), own.get("OBS.interpretation_cd"))
    return next((profile.verdicts[word] for word in words if word in profile.verdicts), None)


def _role(root: str, context: _Said) -> Role:
    is_sample = root != "OBS.R02" and context.get("SVC.role_cd") in ("", "OBS") and not context.get("CTC.name")
    return Role.SAMPLE if is_sample else Role.CONTROL


def _sample(context: _Said) -> tuple[str, tuple[str, ...]]:
    for tag in ("SPC.specimen_id", "ORD.order_id", "CTC.name", "CTC.lot_number"):
        if found := context.get(tag):
            return found, ()
    patient = context.get("PT.patient_id")
    return patient, ("sample_is_patient_id",) if patient else ()


def _moment(own: _Said, context: _Said) -> tuple[str, TimeSource, tuple[str, ...]]:
    """Return the time of an observation, or of its service, which is the test's; else that of the message."""
    measured = own.get("OBS.observation_dttm") or context.get("SVC.observation_dttm")
    if measured:
        return measured, TimeSource.TEST if has_seconds(measured) else TimeSource.DAY, ()
    created = context.get("HDR.creation_dttm")
    return created, TimeSource.MESSAGE, ("time_of_message",) if created else ()


def has_seconds(text: str) -> bool:
    """Return True when the text is written to the second: only such a time is shared by no other test."""
    return _SECONDS.match(text) is not None


def parse_moment(text: str) -> datetime | None:
    """Return the time of the device's own clock: its zone stays in the text. Some devices write the time as HL7 does,
    without separators."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None, microsecond=0) if "T" in text else parse_time(text)
    except ValueError:
        return None


def _device_flags(own: _Said, context: _Said) -> tuple[str, ...]:
    status, reason = own.get("OBS.status_cd"), context.get("SVC.reason_cd")
    known = (own.get("OBS.interpretation_cd"), f"status:{status}" if status else "", _NOT_FINAL.get(status, ""))
    return (*filter(None, known), *((f"reason:{reason}",) if reason not in ("", "NEW") else ()))


def _extra(own: _Said, context: _Said) -> Mapping[str, str]:
    said = {
        "message": context.get("HDR.control_id"),
        "role": context.get("SVC.role_cd"),
        "method": own.get("OBS.method_cd"),
        "reference_range": own.get("OBS.normal_lo-hi_limit"),
        "control_lot": context.get("CTC.lot_number"),
        "reagent_lot": context.get("RGT.lot_number"),
        "comment": own.get("NTE.text") or context.get("NTE.text"),
    }
    return MappingProxyType({name: text for name, text in said.items() if text})
