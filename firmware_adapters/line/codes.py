"""The text of a scanned code -> what names the sample, and what a GS1 code says of it (GS1 General Specifications).

    ]C1, ]e0, ]d2, ]Q3, ]J1, ]h1 AIM identifier of a symbology that carries GS1 element strings: not part of the code
    ]E0, ]Q1 ...               any other AIM identifier: not part of the code either, told in `symbology`
    1D                         FNC1, which ends an element of any length; at the head it says that the code is GS1

A code is GS1 by its identifier, by an FNC1 in it, or where it begins with 01 and a GTIN whose check digit is right and
all of it can be read. Such a code names the sample as people read it below the bars: (01)06901234567892(10)LOT7A. An
element that cannot be read (a month 13, 30 February, a wrong check digit, a lot with signs that GS1 does not have)
costs no other: the code is flagged `bad_gs1`, with the reason, and the element stays as it was scanned. A bad one ends
where its length says, else at the next FNC1. A code that says it is GS1 and has no good element is a code all the same.
Day 00 is the last of its month. A web address by GS1 (Digital Link) stays as it is, and what it says is told beside it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from biip import ParseConfig, ParseError
from biip.gs1_application_identifiers import GS1ApplicationIdentifier
from biip.gs1_digital_link_uris import GS1DigitalLinkURI
from biip.gs1_element_strings import GS1ElementString
from biip.gtin import Gtin
from biip.symbology import GS1Symbology, SymbologyIdentifier

FNC1 = "\x1d"
# FNC1 within a code that cannot be read, where people see it.
_SHOWN = "\u241d"
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")
_FORMAT = re.compile(r"N(\d+)(?:\+[NX](\d+))+", re.ASCII)
_GTIN_FIRST = re.compile(r"01\d{14}", re.ASCII)
_NAMES = {
    "00": "sscc",
    "01": "gtin",
    "02": "gtin_of_content",
    "10": "lot",
    "11": "produced_on",
    "13": "packed_on",
    "15": "best_before",
    "16": "sell_by",
    "17": "expires_on",
    "7003": "expires_at",
    "7006": "frozen_on",
    "7007": "harvested_on",
    "21": "serial",
    "30": "count",
    "37": "count",
}
_HARVEST = "7007"  # one day, or the first and the last
_DATED = frozenset(
    ("11", "12", "13", "15", "16", "17", "4324", "4325", "4326", "7003", "7006", _HARVEST, "7011", "8008")
)
# biip would refuse the whole code for a date that there is not.
_LENIENT = ParseConfig(gs1_element_strings_verify_date=False)
# Identifiers of ISO/IEC 15424 that biip does not know, and whether they say GS1.
_LATER = {"J": ("dotcode", "]J1"), "h": ("han_xin", "]h1")}
_WEIGHTS = {"310": ("net_weight", "kg"), "320": ("net_weight", "lb"), "330": ("gross_weight", "kg")}


@dataclass(frozen=True, slots=True)
class Code:
    """Content of a scanned code. `number` names the sample."""

    number: str
    extra: Mapping[str, str] = field(default_factory=dict[str, str])
    flags: tuple[str, ...] = ()


def read_code(text: str) -> Code:
    """Read a scanned code. Never raises: a code that is not understood names a sample by its text."""
    name, symbology, says_gs1, body = _identified(text)
    extra = {"symbology": name} if name else {}
    says_gs1 = says_gs1 or FNC1 in body
    body = body.strip(FNC1)
    if says_gs1 or _GTIN_FIRST.match(body):
        found = _gs1(body)
        if isinstance(found, Code) and (says_gs1 or not found.flags):
            return Code(found.number, {**extra, **found.extra}, found.flags)
        if says_gs1:
            return Code(body.replace(FNC1, _SHOWN), {**extra, "gs1_error": str(found)}, ("bad_gs1",))
    return Code(body, {**extra, **_told(body, symbology)})


def _identified(text: str) -> tuple[str, GS1Symbology | None, bool, str]:
    """Return the symbology's name, its kind as biip knows it, whether it says GS1, and the code behind the
    identifier."""
    if not _AIM.match(text):
        return "", None, False, text
    if later := _LATER.get(text[1]):
        return later[0], None, text.startswith(later[1]), text[3:]
    try:
        found = SymbologyIdentifier.extract(text)
    except (ParseError, ValueError):  # the second for a length that is no number
        return "", None, False, text
    symbology = found.gs1_symbology
    return found.iso_symbology.name.lower(), symbology, symbology in GS1Symbology.with_gs1_messages(), text[3:]


@dataclass(frozen=True, slots=True)
class _Unread:
    """An element that cannot be read. `ai` is empty where nobody knows it."""

    ai: str
    value: str
    error: str


def _gs1(body: str) -> Code | str:
    """Return the element strings of a code, or the reason why there are none."""
    elements = list(_elements(body))
    good = [element for element in elements if isinstance(element, GS1ElementString)]
    unread = [element for element in elements if isinstance(element, _Unread)]
    if not good:
        return unread[0].error if unread else "nothing in it"
    number = "".join(
        f"({element.ai.ai}){element.value}" if isinstance(element, GS1ElementString)
        else f"({element.ai or '?'}){element.value}" for element in elements
    )  # fmt: skip
    errors = [error for one in good for error in (one.gtin_error, one.sscc_error, _date_error(one)) if error]
    errors += [f"({element.ai or '?'}){element.value}: {element.error}" for element in unread]
    extra = {_NAMES.get(element.ai, f"ai_{element.ai}"): element.value for element in unread if element.ai}
    extra |= _extra(good)
    return Code(number, {**extra, "gs1_error": "; ".join(errors)}, ("bad_gs1",)) if errors else Code(number, extra)


def _elements(body: str) -> Iterator[GS1ElementString | _Unread]:
    """Yield the elements of a code in their order."""
    rest = body
    while rest := rest.lstrip(FNC1):
        part = rest.partition(FNC1)[0]
        ai: GS1ApplicationIdentifier | None = None
        try:
            ai = GS1ApplicationIdentifier.extract(part)
            element = GS1ElementString.extract(part, config=_LENIENT)
            # One of any length ends at an FNC1: what it does not take is a part of it.
            if element.value.isascii() and (".." not in ai.format or len(element) == len(part)):
                yield element
                rest = rest[len(element) :]
                continue
            reason = "signs that it cannot have"
        except (ParseError, ValueError) as exc:
            reason = "no such date" if ai and ai.ai in _DATED else "no such element" if ai else str(exc)
        size = min(_length(ai), len(part)) if ai else len(part)
        head = len(ai.ai) if ai else 0
        yield _Unread(ai.ai if ai else "", part[head:size], reason)
        rest = rest[size:]


def _length(ai: GS1ApplicationIdentifier) -> int:
    """Return the length of an element with its identifier, or one beyond every code where it ends at an FNC1."""
    is_fixed = _FORMAT.fullmatch(ai.format)
    return sum(map(int, re.findall(r"\d+", ai.format))) if is_fixed else 1 << 16


def _date_error(element: GS1ElementString) -> str:
    if element.ai.ai not in _DATED or _moment(element):
        return ""
    return f"({element.ai.ai}){element.value}: no such date"


def _moment(element: GS1ElementString) -> str:
    """Return the date of an element in ISO 8601, or an empty text."""
    if element.ai.ai == _HARVEST and len(element.value) > 6:
        days = [_day(element.value[:6]), _day(element.value[6:])]
        return "/".join(days) if all(days) else ""
    moment = element.datetime or element.date
    return moment.isoformat() if moment else ""


def _day(digits: str) -> str:
    return _moment(GS1ElementString.parse(_HARVEST + digits, config=_LENIENT))


def _told(body: str, symbology: GS1Symbology | None) -> Mapping[str, str]:
    """Return what a code that is no element string says: an article's number, or a web address by GS1."""
    try:
        if body.startswith(("http://", "https://")):
            return _extra(GS1DigitalLinkURI.parse(body).element_strings)
        if symbology in GS1Symbology.with_gtin():
            return {"gtin": Gtin.parse(body).as_gtin_14()}
    # biip lets through what urllib says of an address such as https://].
    except (ParseError, ValueError):
        pass  # an address of its own, a number of the shop
    return {}


def _extra(elements: Iterable[GS1ElementString]) -> Mapping[str, str]:
    extra: dict[str, str] = {}
    for element in elements:
        ai = element.ai.ai
        name, unit = _WEIGHTS.get(ai[:3], (_NAMES.get(ai, f"ai_{ai}"), ""))
        said = _moment(element) or str(element.value if element.decimal is None else element.decimal)
        said = f"{said} {unit}".strip()
        extra[name] = f"{extra[name]}; {said}" if name in extra else said
    return extra
