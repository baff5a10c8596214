"""The sheets of a district."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from process.language import t
from shian.tables.sheet import (
    Column,
    Row,
    Sheet,
    channel,
    code,
    comparison,
    count,
    day,
    lines,
    maybe,
    number,
    seconds,
    text,
    yes,
)
from wire.units import unit_of
from wire.words import Term


def _column(name: str, en: str, zh: str, read: Any = None, sql: str = "text", *, is_needed: bool = False) -> Column:
    return Column(name, Term(en, zh), read or text(), sql, is_needed)


_CODE = _column("code", "code", "代码", code, is_needed=True)
_NAME = _column("name", "name", "名称", is_needed=True)
_STATION = _column("station", "station", "检测点")
_AREA = _column("area", "area", "区域")
_ENDED = _column("ended_on", "ended on", "停用日期", day, "date")


@cache
def _pinyin() -> Any:
    try:
        import pypinyin  # noqa: PLC0415 - only who imports names needs it
    except ModuleNotFoundError:
        return None
    return pypinyin


def spelled(*names: str) -> str:
    """Return names as they are typed without a Chinese keyboard: whole syllables and first letters, for searching."""
    module = _pinyin()
    if module is None:
        return ""
    found = []
    for name in filter(None, names):
        syllables = module.lazy_pinyin(name)
        found += ["".join(syllables), "".join(syllable[0] for syllable in syllables if syllable)]
    return " ".join(dict.fromkeys(part.lower() for part in found))[:1000]


def _spell_food(row: Row) -> None:
    row["pinyin"] = spelled(row.get("name", ""), *str(row.get("aliases", "")).split("\n"))


def _spell_business(row: Row) -> None:
    row["pinyin"] = spelled(row.get("name", ""))


def _tree(rows: Mapping[str, Row]) -> Iterator[tuple[str, str, str]]:
    """Yield the foods whose place in the tree is wrong."""
    for key, row in rows.items():
        parent = row.get("parent") or ""
        if parent and parent not in rows:
            yield key, "parent", t(f"there is no food {parent}", f"没有食品 {parent}")
            continue
        seen = {key}
        while parent:
            if parent in seen:
                yield key, "parent", t("it is below itself", "上级形成循环")
                break
            seen.add(parent)
            parent = (rows.get(parent) or {}).get("parent") or ""


def _days(rows: Mapping[str, Row]) -> Iterator[tuple[str, str, str]]:
    for key, row in rows.items():
        first, last = row.get("first_day"), row.get("last_day")
        if first and last and last < first:
            yield key, "last_day", t("it lies before the first day", "早于开始日期")


def _limits(rows: Mapping[str, Row]) -> Iterator[tuple[str, str, str]]:
    for key, row in rows.items():
        first, last = row.get("valid_from"), row.get("valid_to")
        if first and last and last <= first:
            yield key, "valid_to", t("it lies before it is valid", "早于生效日期")


_LIMIT_WORDS = (
    _CODE,
    _column("item", "item", "检测项目代码", code, is_needed=True),
    _column("commodity", "commodity", "样品名称"),
    _column("standard", "standard", "标准", is_needed=True),
    _column("is_only_for_standard", "only for this standard", "仅限该标准", yes, "bool"),
    _column("comparison", "violated when value", "超标判定", comparison, is_needed=True),
    _column("value", "limit", "限量值", number, "float8", is_needed=True),
    _column("unit", "unit", "单位", text(32), is_needed=True),
    _column("valid_from", "valid from", "生效日期", day, "date", is_needed=True),
    _column("valid_to", "valid to", "失效日期", day, "date"),
    _column("source", "source", "依据", text(1000)),
)
LIMITS = Sheet(
    "limits",
    "analyte_limit",
    Term("limit", "限量"),
    _LIMIT_WORDS,
    end="valid_to",
    # What has judged is never edited: it ends, and another one begins.
    fixed=frozenset(column.name for column in _LIMIT_WORDS) - {"code", "valid_to", "source"},
    check=_limits,
    four_eyes=("limit_added", "limit_ended"),
)
FOODS = Sheet(
    "foods",
    "food",
    Term("food", "食品"),
    (
        _CODE,
        _column("parent", "belongs to", "上级代码"),
        _NAME,
        _column("name_en", "english name", "英文名"),
        _column("aliases", "other names", "别名", lines),
        _ENDED,
    ),
    derived={"pinyin": "text"},
    derive=_spell_food,
    check=_tree,
)
BUSINESSES = Sheet(
    "businesses",
    "business",
    Term("business", "经营户"),
    (
        _CODE,
        _STATION,
        _AREA,
        _NAME,
        _column("stall", "stall", "摊位"),
        _column("licence", "licence or credit code", "许可证或信用代码"),
        _ENDED,
    ),
    derived={"pinyin": "text"},
    derive=_spell_business,
)
TASKS = Sheet(
    "tasks",
    "sampling_task",
    Term("sampling task", "抽检任务"),
    (
        _CODE,
        _STATION,
        _AREA,
        _column("food", "food", "食品代码"),
        _column("item", "item", "检测项目代码"),
        _column("wanted", "samples", "批次数", count, "int4", is_needed=True),
        _column("first_day", "first day", "开始日期", day, "date", is_needed=True),
        _column("last_day", "last day", "结束日期", day, "date", is_needed=True),
        _column("note", "note", "说明"),
        _ENDED,
    ),
    check=_days,
)
OPERATORS = Sheet(
    "operators",
    "operator",
    Term("operator", "检测员"),
    (_CODE, _STATION, _AREA, _NAME, _ENDED),
)


def _ranges(rows: Mapping[str, Row]) -> Iterator[tuple[str, str, str]]:
    for key, row in rows.items():
        above, below = row.get("above"), row.get("below")
        if above is None and below is None:
            yield key, "above", t("neither a highest nor a lowest value", "上限和下限均为空")
        elif above is not None and below is not None and below >= above:
            yield key, "below", t("it is not below the highest value", "下限不低于上限")
        if row.get("unit") and unit_of(row["unit"]) is None:
            yield key, "unit", t("no known unit", "未知的单位")
        if (row.get("for_s") or 0) < 0 or (row.get("for_s") or 0) > _LONGEST_S:
            yield key, "for_s", t("a day at most", "最长一天")
    yield from _limits(rows)


_LONGEST_S = 86_400.0
READING_LIMITS = Sheet(
    "readings limits",
    "reading_limit",
    Term("limit of probes", "探头限值"),
    (
        _CODE,
        _STATION,
        _column("device", "device", "设备"),
        _column("quantity", "quantity", "测量量", code, is_needed=True),
        _column("channel", "channel", "通道", maybe(channel), "int4"),
        _column("above", "out of range above", "上限", maybe(number), "float8"),
        _column("below", "out of range below", "下限", maybe(number), "float8"),
        _column("unit", "unit", "单位", text(32), is_needed=True),
        Column("for_s", Term("for how long", "持续时间"), maybe(seconds), "float8", default=600.0),
        _column("valid_from", "valid from", "生效日期", day, "date", is_needed=True),
        _column("valid_to", "valid to", "失效日期", day, "date"),
        _column("source", "reason", "依据", text(1000), is_needed=True),
    ),
    end="valid_to",
    check=_ranges,
)
SHEETS = {sheet.noun: sheet for sheet in (LIMITS, FOODS, BUSINESSES, TASKS, OPERATORS)}
