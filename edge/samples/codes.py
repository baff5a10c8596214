"""The codes that a scanner reads: our own first, then GS1 by biip, else a text of the market's own. Pure.

    SHIAN-S.260110-001.0192...    label of a sample: number, key        kind `sample`
    SHIAN-B.CODE                  card of a business or a stall         kind `business`
    SHIAN-O.CODE                  card of an operator                   kind `operator`
    GS1 (EAN-13, GS1-128, DataMatrix, QR, Digital Link)                 kind `goods`
    anything else: an in-house number, `S-017`                          kind `text`, with biip's errors

Our own codes have the letters that a QR code stores most densely, and that a keyboard of any layout types the same. A
scanner that types like a keyboard (a wedge) cannot type the separator of GS1 (0x1D), so that a lot swallows what stands
behind it: set the scanner to send `|`, `~` or `{GS}` in its place. Where it is lost and a lot may have swallowed
something, the lot is doubtful and is not taken over."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING
from uuid import UUID

from edge import lean

if TYPE_CHECKING:
    import biip
    from biip.gs1_element_strings import GS1ElementString
    from biip.gtin import Gtin

_OWN = re.compile(r"SHIAN-([SBO])\.([^.]{1,100})(?:\.([0-9A-F]{32}))?", re.IGNORECASE)
_SEPARATOR = "\x1d"
_INSTEAD = ("{GS}", "<GS>", "|", "~")
# A date or a count in the tail of a lot: what a lost separator would have ended.
_SWALLOWED = re.compile(r"(?:11|13|15|17)\d{2}(?:0\d|1[0-2])(?:[0-2]\d|3[01])$|(?:21|37|30)\w{1,20}$")


class CodeKind(StrEnum):
    """Kind of what a code names."""

    SAMPLE = "sample"
    BUSINESS = "business"
    OPERATOR = "operator"
    GOODS = "goods"
    TEXT = "text"


# What each field of a form takes. A field that is not here takes no code but a text.
FIELDS = {
    "": frozenset(CodeKind),
    "sample": frozenset({CodeKind.SAMPLE, CodeKind.TEXT}),
    "code": frozenset({CodeKind.GOODS, CodeKind.TEXT}),
    "lot": frozenset({CodeKind.GOODS, CodeKind.TEXT}),
    "stall": frozenset({CodeKind.BUSINESS, CodeKind.TEXT}),
    "vendor": frozenset({CodeKind.BUSINESS, CodeKind.TEXT}),
    "who": frozenset({CodeKind.OPERATOR, CodeKind.TEXT}),
    "sampler": frozenset({CodeKind.OPERATOR, CodeKind.TEXT}),
}
_TEXT_ALONE = frozenset({CodeKind.TEXT})


@dataclass(frozen=True, slots=True)
class Code:
    """Code that was read. `value`: number of a sample, code of a business or an operator, GTIN of goods, the text.
    `errors` say why it is no GS1; `is_doubtful`: a separator may be lost, and with it the end of the lot."""

    kind: CodeKind
    text: str
    value: str
    key: UUID | None = None
    gtin: str = ""
    lot: str = ""
    serial: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    quantity: float | None = None
    unit: str = ""
    errors: tuple[str, ...] = ()
    is_doubtful: bool = False


def sample_code(number: str, key: UUID) -> str:
    """Return the text of a sample's label."""
    return f"SHIAN-S.{number}.{key.hex.upper()}"


def read_code(text: str) -> Code:
    """Read a code. Never raises: what is no code of ours and no GS1 is a text."""
    clean = text.strip("\r\n\t ")
    if own := _OWN.fullmatch(clean):
        letter, value, key = own[1].upper(), own[2], own[3]
        kind = {"S": CodeKind.SAMPLE, "B": CodeKind.BUSINESS, "O": CodeKind.OPERATOR}[letter]
        return Code(kind, clean, value, UUID(hex=key) if key else None)
    return _goods(clean) or Code(CodeKind.TEXT, clean, clean, errors=_errors(clean))


def takes(field: str, code: Code) -> bool:
    """Tell whether a field of a form takes this code."""
    return code.kind in FIELDS.get(field, _TEXT_ALONE)


@cache
def load_gs1() -> ModuleType:
    """Load biip, which takes a third of a second: whoever answers scanners calls this before the first one.

    Its tree of company prefixes takes 12 MiB, and nobody here asks whose prefix it is: it is let go."""
    import biip  # noqa: PLC0415  not in a process that prints labels alone
    from biip import gs1_prefixes  # noqa: PLC0415

    gs1_prefixes.__dict__["_GS1_COMPANY_PREFIX_TRIE"] = {}
    lean.give_back()
    return biip


def _goods(text: str) -> Code | None:
    found = _parsed(_with_separators(text))
    if found is None:
        return None
    message = found.gs1_message or found.gs1_digital_link_uri
    gtin = _gtin(found.gtin) if found.gtin else ""
    if message is None:
        return Code(CodeKind.GOODS, text, gtin, gtin=gtin) if gtin else None
    values = {element.ai.ai: element for element in message.element_strings}
    lot = values["10"].value if "10" in values else ""
    has_separator = found.gs1_digital_link_uri is not None or _SEPARATOR in _with_separators(text)
    is_doubtful = bool(lot) and not has_separator and _SWALLOWED.search(lot) is not None
    weight = next((element for ai, element in values.items() if ai.startswith("310")), None)
    return Code(
        CodeKind.GOODS,
        text,
        gtin or text,
        gtin=gtin,
        lot="" if is_doubtful else lot,
        serial=values["21"].value if "21" in values else "",
        produced_on=_date(values, "11") or _date(values, "13"),
        expires_on=_date(values, "17") or _date(values, "15"),
        quantity=float(weight.decimal) if weight is not None and weight.decimal is not None else None,
        unit="kg" if weight is not None else "",
        is_doubtful=is_doubtful,
    )


def _gtin(gtin: "Gtin") -> str:
    return gtin.value if gtin.format.length == 14 else gtin.as_gtin_13()


def _date(values: "dict[str, GS1ElementString]", ai: str) -> date | None:
    return values[ai].date if ai in values else None


def _with_separators(text: str) -> str:
    for instead in _INSTEAD:
        text = text.replace(instead, _SEPARATOR)
    return text


def _parsed(text: str) -> "biip.ParseResult | None":
    gs1 = load_gs1()
    config = gs1.ParseConfig(rcn_verify_variable_measure=False, gs1_element_strings_verify_date=False)
    try:
        found: biip.ParseResult = gs1.parse(text, config=config)
    except (gs1.ParseError, ValueError, IndexError):  # the last for what ends within an AIM identifier
        return None
    return found


def _errors(text: str) -> tuple[str, ...]:
    found = _parsed(text)
    if found is None:
        return ("no code of GS1",)
    said = (found.gtin_error, found.sscc_error, found.gs1_message_error, found.gs1_digital_link_uri_error)
    return tuple(dict.fromkeys(error for error in said if error))
