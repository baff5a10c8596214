"""Patterns of the grammar from the texts of a line: what stays is written as it stands, numbers, dates and signs as
others of their kind. Pure."""

import re

from shian.adapters import written_times

NUMBER = r"(?:[<>≤≥＜＞]=?[ \t]*)?[+-]?[ \t]*\d+(?:[.,]\d+)*(?:[eE][+-]?\d{1,3})?"
THOUSANDS = r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:\.\d{3})+,\d+"
_SIGN = re.compile(r"(?:(?P<bound>[<>≤≥＜＞]=?)[ \t]*)?(?:[+-][ \t]*)?$")


def form_of_number(number: str) -> str:
    if re.fullmatch(THOUSANDS, number):
        return "thousands" if number.rfind(".") > number.rfind(",") else "thousands_comma"
    return "decimal_comma" if re.fullmatch(r"\d+,\d+", number) else ""


def gap(text: str, name: str) -> str:
    """Write what stands between a value and its unit; its uncertainty goes to `extra`."""
    found = re.search(r"\d+(?:[.,]\d+)?", text)
    if not found:
        return literal(text)
    return literal(text[: found.start()]) + group(f"uncertainty{name}", found[0], "") + literal(text[found.end() :])


def unsigned(text: str, *, is_between: bool) -> tuple[str, str]:
    """Split the text before a number into the text itself and the number's sign with the blanks behind it. In `1 - 5`
    and in `1-5` there is no sign; in `1 -5` there is one."""
    sign = _SIGN.search(text)
    if sign is None or not sign[0]:
        return text, ""
    is_range = is_between and not text[: sign.start()].strip()
    if is_range and (not text[: sign.start()] or text[-1] not in "+-<>≤≥＜＞="):
        return text, ""
    return text[: sign.start()], sign[0]


def value_group(before: str, number: str, name: str) -> tuple[str, str]:
    """Write the group of the value, before which blanks, a bound and a sign may stand. Where nothing else does, one of
    them must: a line met in its middle has lost them."""
    bound = r"(?:[<>≤≥＜＞]=?[ \t]{0,4})?"
    if before[-1:] not in (" ", "\t", "+", "-", *"<>≤≥＜＞="):
        return "", group(name, number, f"{bound}[+-]?")
    room = blanks(0, before[len(before.rstrip(" \t+-<>≤≥＜＞=")) :] + " ")
    if before.strip(" \t+-<>≤≥＜＞="):
        return room, group(name, number, f"{bound}[+-]?{room}")
    return "", group(name, number, rf"(?:{blanks(1, before)}{bound}[+-]?|{bound}[+-]|[<>≤≥＜＞]=?){room}")


def group(name: str, number: str, sign: str) -> str:
    """Write a group with as many parts as the sample has: a number without its point is half a number. A word stands
    for itself."""
    if not re.search(r"\d", number):
        word = r"-{1,12}(?:[.,]-{1,12})?" if number[0] == "-" else re.escape(number)
        return f"(?P<{name}>{word})"
    if form := form_of_number(number).startswith("thousands") and number:
        apart, mark = (",", ".") if form.rfind(".") > form.rfind(",") else (".", ",")
        return rf"(?P<{name}>{sign}[0-9]{{1,3}}(?:\{apart}[0-9]{{3}})*\{mark}[0-9]{{1,8}})"
    mark = next((mark for mark in ".," if mark in number), "")
    whole, _, part = number.partition(mark) if mark else (number, "", "")
    rest = rf"{re.escape(mark)}[0-9]{{1,{max(8, len(part))}}}" if mark else ""
    rest += "[eE][+-]?[0-9]{1,3}" if "e" in number.casefold() else ""
    return rf"(?P<{name}>{sign}[0-9]{{1,{max(12, len(whole))}}}{rest})"


def plain(text: str) -> str:
    """Write a pattern for texts like this one: dates and times are groups, and so are numbers (`number_1`)."""
    parts: list[str] = []
    at = count = 0
    moments = list(written_times.spans_of(text))
    numbers = [
        ("", *found.span())
        for found in re.finditer(r"\d+", text)
        if not any(begin < found.end() and found.start() < end for _, begin, end in moments)
    ]
    for name, begin, end in sorted([*moments, *numbers], key=lambda span: span[1]):
        parts.append(literal(text[at:begin]))
        count += not name
        group = written_times.pattern_of(text[begin:end]) if name else f"[0-9]{{1,{max(12, end - begin)}}}"
        parts.append(f"(?P<{name or f'number_{count}'}>{group})")
        at = end
    return "".join([*parts, literal(text[at:])])


def literal(text: str) -> str:
    parts = (part for part in re.split(r"([ \t]+)", text) if part)
    return "".join(blanks(1, part) if part[0] in " \t" else re.escape(part) for part in parts)


def blanks(least: int, seen: str) -> str:
    """Write blanks, at least twice as many as were seen: a longer number takes the place of some, a shorter leaves
    more."""
    return f"[ \\t]{{{least},{-(-max(16, 2 * len(seen)) // 16) * 16}}}" if seen else ""
