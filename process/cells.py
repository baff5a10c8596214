"""Cells of a table as people write them: days, yes and no, signs of comparison. Its reader words a mistake."""

from datetime import date, datetime

_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S")
_SIGNS = {"≥": ">=", "≤": "<=", "＞": ">", "＜": "<"}
_NO = frozenset({"", "0", "no", "false", "否"})
_YES = frozenset({"1", "yes", "true", "是"})


def day(cell: str) -> date | None:
    """Return the day; None: it is no day."""
    for form in _DAYS:
        try:
            return datetime.strptime(cell, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def sign(cell: str) -> str:
    """Return a sign of comparison as programs write it; anything else as it is."""
    return _SIGNS.get(cell, cell)


def yes(cell: str) -> bool | None:
    """Return a yes or a no; None: it is neither."""
    said = cell.lower()
    return True if said in _YES else False if said in _NO else None
