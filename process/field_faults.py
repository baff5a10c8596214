"""Faults of single fields of a request, in the reader's language: pydantic itself speaks English alone."""

from collections.abc import Mapping
from typing import Any

from process.language import SaidError

# By pydantic's names of its errors; `{name}` is a fact of the error.
_CHINESE: Mapping[str, str] = {
    "missing": "必填",
    "extra_forbidden": "没有此项",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不正确",
    "string_type": "应为文字",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "finite_number": "应为数字",
    "bool_parsing": "应为是或否",
    "date_from_datetime_parsing": "日期无效，应写作 2026-11-29",
    "date_parsing": "日期无效，应写作 2026-11-29",
    "date_type": "日期无效，应写作 2026-11-29",
    "datetime_parsing": "时间无效",
    "datetime_from_date_parsing": "时间无效",
    "timezone_aware": "时间须带时区",
    "uuid_parsing": "编号无效",
    "enum": "应为 {expected} 之一",
    "literal_error": "应为 {expected} 之一",
    "union_tag_invalid": "应为 {expected_tags} 之一",
}
_ENGLISH: Mapping[str, str] = {"string_pattern_mismatch": "This does not have the form that is wanted"}


def sentence(error: Mapping[str, Any], *, chinese: bool) -> str:
    """Return what is wrong with a field; pydantic's own words where there are no others."""
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, SaidError):
        return cause.chinese if chinese else cause.english
    words = (_CHINESE if chinese else _ENGLISH).get(str(error["type"]))
    said = str(error["msg"])
    if words is None:
        return said.removeprefix("Value error, ")
    try:
        return words.format_map(error.get("ctx", {}))
    except KeyError:
        return said
