"""How a device writes its dates and times: which forms read all that it wrote, and, where several do, a question.

03.04.26 is a day of March or of April, and 09-03-26 may begin with the year as well: a form is proposed only where it
is the only one that reads every date of the capture."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import product

from process.language import t
from shian.adapters.dialog import Dialog
from shian.failures import CannotError

_LETTERS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
DATE = re.compile(
    r"(?<![\w./-])(?:"
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}|(?<!\d,)\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d{2})|\d{4}年\d{1,2}月\d{1,2}日"
    rf"|\d{{1,2}}([-/.]| ?)(?:{_LETTERS})\3(?:\d{{4}}|\d{{2}})|(?:{_LETTERS}) \d{{1,2}},? \d{{4}}"
    r"|20\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[0-2]\d[0-5]\d(?:[0-5]\d)?)?"
    r")(?![\d/]|[.-]\d)",
    re.IGNORECASE,
)
TIME = re.compile(
    r"(?<![\w.])(?<!\d:)(?:\d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?(?![\d:])|\d{1,2}时\d{1,2}分(?:\d{1,2}秒)?)",
    re.IGNORECASE,
)
_SEPARATED = ("%Y{0}%m{0}%d", "%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%d{0}%m{0}%y", "%m{0}%d{0}%y", "%y{0}%m{0}%d")
_DATES = (
    *(form.format(mark) for mark in "-/." for form in _SEPARATED),
    *(form.format(mark) for mark in ("-", " ", "/", ".", "") for form in ("%d{0}%b{0}%Y", "%d{0}%b{0}%y")),
    *("%b %d %Y", "%b %d, %Y", "%Y年%m月%d日", "%Y%m%d"),
)
_TIMES = (
    *("", "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S%p", "%I:%M%p"),
    *("%H时%M分%S秒", "%H时%M分"),
)
_WITH_TIME = ("%Y%m%d%H%M%S", "%Y%m%d%H%M")
_FORMS = (*(f"{date} {time}".strip() for date, time in product(_DATES, _TIMES)), *_WITH_TIME)
_SIZES = {"%Y%m%d": 8, "%Y%m%d%H%M": 12, "%Y%m%d%H%M%S": 14}
# A two-digit year of 1969 to 1999 is a part that is no year.
_YEARS = range(2000, 2068)


def spans_of(line: str) -> Iterator[tuple[str, int, int]]:
    """Yield the dates and times of a line as ("date" or "time", begin, end), in their order; at most one of each. A
    time without a date in its line is called `clock`: alone it is the time of no test."""
    date = DATE.search(line)
    time = next((found for found in TIME.finditer(line) if not date or found.start() >= date.end()), None)
    time = time or TIME.search(line)
    found = [("date", date), ("time" if date else "clock", time)]
    yield from sorted(((name, *match.span()) for name, match in found if match), key=lambda span: span[1])


def pattern_of(text: str) -> str:
    """Return a pattern for other dates or times that are written as `text` is."""
    parts = re.findall(r"\d+|[A-Za-z]+|[^\dA-Za-z]", text)
    return "".join(_part(part) for part in parts)


def _part(part: str) -> str:
    if part.isascii() and part.isdigit():
        return "[0-9]{1,2}" if len(part) <= 2 else f"[0-9]{{{len(part)}}}"
    return f"[A-Za-z]{{{len(part)}}}" if part.isascii() and part.isalpha() else re.escape(part)


def forms_of(texts: Sequence[str]) -> list[str]:
    """Return every form that reads all of `texts`."""
    return [form for form in _FORMS if all(reads(form, text) for text in texts)]


def reads(form: str, text: str) -> bool:
    """Return True when `text` is a plausible moment in this form."""
    # strptime takes fewer digits than a form has: 1/1/26 as %Y would be the year 1, and 2026010 a day of January.
    if text[:1].isdigit() == form.startswith("%b") or (form.startswith("%Y") and not re.match(r"\d{4}", text)):
        return False
    if form.startswith("%Y%m%d") and len(re.split(r"\D", text)[0]) != _SIZES[form.split(maxsplit=1)[0]]:
        return False
    try:
        return datetime.strptime(text, form).year in _YEARS  # noqa: DTZ007 - the device's clock has no zone
    except ValueError:
        return False


def time_formats(texts: Sequence[str], said: Sequence[str], dialog: Dialog) -> list[str]:
    """Return the forms of what stands in the groups `date` and `time`, joined by a blank. Raises CannotError where
    several forms are possible, or none is known, and nobody can be asked."""
    unread = [text for text in dict.fromkeys(texts) if text and not any(reads(form, text) for form in said)]
    forms = list(said)
    while unread:
        alike = [text for text in unread if _shape(text) == _shape(unread[0])]
        form = _form(alike, dialog)
        forms.append(form)
        unread = [text for text in unread if text not in alike and not reads(form, text)]
    return forms


def _form(texts: Sequence[str], dialog: Dialog) -> str:
    possible = forms_of(texts)
    if len(possible) == 1:
        dialog.say(t(f"times are read as {possible[0]}: {texts[0]}", f"时间按 {possible[0]} 读取：{texts[0]}"))
        return possible[0]
    if not possible:
        raise CannotError(
            t(
                f"no form of time is known that reads {texts[0]!r}: say it with --time-format",
                f"没有已知的时间格式能读取 {texts[0]!r}：请用 --time-format 指定",
            )
        )
    for form in possible:
        at = datetime.strptime(texts[0], form)  # noqa: DTZ007 - as above
        dialog.say(f"  {form:20} {texts[0]} = {at:%Y-%m-%d %H:%M:%S}")
    return dialog.choose(t(f"how is {texts[0]!r} read", f"{texts[0]!r} 如何读取"), possible, "--time-format")


def _shape(text: str) -> str:
    return re.sub(r"[A-Za-z]+", "a", re.sub(r"\d+", lambda digits: "9" if len(digits[0]) <= 2 else "9999", text))
