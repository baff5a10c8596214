"""Results that are written with Chinese labels: the lines of a DY-7200, the JSON of a DY-6260.

The vocabulary below is what such devices write, on paper and on the wire; a profile adds its own labels
(`[settings.labels]`). A label that nobody knows is kept in `extra` with its value: nothing is dropped.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Literal

from firmware_adapters.clocks import written
from firmware_adapters.contract import Reading
from firmware_adapters.fields import item_of, joined, read_value, role_of, unit_of, verdict_of
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import RecordKind

Meaning = Literal[
    "number", "record", "commodity", "item", "value", "unit", "verdict", "time", "date",
    "operator", "channel", "method", "standard", "serial",
]  # fmt: skip

LABELS: Mapping[str, Meaning] = MappingProxyType(
    {
        "样品编号": "number",
        "编号": "number",
        "序号": "record",
        "记录号": "record",
        "样品名称": "commodity",
        "样品": "commodity",
        "检测项目": "item",
        "项目名称": "item",
        "项目": "item",
        "检测结果": "value",
        "检测值": "value",
        "结果": "value",
        "含量": "value",
        "浓度": "value",
        "抑制率": "value",
        "单位": "unit",
        "判定结果": "verdict",
        "检测结论": "verdict",
        "结论": "verdict",
        "判定": "verdict",
        "检测时间": "time",
        "时间": "time",
        "检测日期": "date",
        "日期": "date",
        "检测人员": "operator",
        "检测人": "operator",
        "操作员": "operator",
        "通道": "channel",
        "通道号": "channel",
        "孔号": "channel",
        "检测方法": "method",
        "检测标准": "standard",
        "检测依据": "standard",
        "设备编号": "serial",
        "仪器编号": "serial",
    }
)
UNLABELLED = "text"
_LINE = re.compile(r"\s*([^：:]{1,40}?)\s*[：:]\s*(.*?)\s*")
_CHANNEL = re.compile(r"\D*(\d{1,3})\D*")


class NotLabelledError(ValueError):
    """Neither an item nor a value has a label: no result of this kind."""


def records_in(text: str) -> Iterator[dict[str, str]]:
    """Yield the records of `label：value` lines (full or half width colon, CR or LF). An empty line, a rule of dashes,
    or a label that the record already has, begins the next one; a line without a label is kept as `text` of the record
    before. Raises NotLabelledError where no line has a label."""
    record: dict[str, str] = {}
    is_labelled = False
    for line in re.split(r"[\r\n]+?", text.replace("\r\n", "\r").strip("\r\n\0 ")):
        found = _LINE.fullmatch(line)
        is_rule = not found and not line.strip("-=_*#~ \0")
        if record and (is_rule or (found and found[1] in record)):
            yield record
            record = {}
        if found:
            record[found[1]] = found[2]
            is_labelled = True
        elif record and not is_rule:
            record[UNLABELLED] = f"{record.get(UNLABELLED, '')} {line.strip()}".strip()
    if not is_labelled:
        raise NotLabelledError(f"no label: {text[:40]!r}")
    if record:
        yield record


def read_labelled(
    record: Mapping[str, str], profile: Profile, labels: Mapping[str, Meaning], raw: bytes, offset: int
) -> Reading:
    """Read a record of labels. Raises NotLabelledError."""
    said: dict[str, str] = {}
    extra: dict[str, str] = {}
    for label, text in record.items():
        meaning = labels.get(label) or LABELS.get(label)
        if meaning and meaning not in said:
            said[meaning] = text.strip()
        else:
            extra[label] = text.strip()
    if "value" not in said and ("item" not in said or "verdict" not in said):
        raise NotLabelledError("no result among the labels")
    name = said.get("item", "")
    item = item_of(profile, name, ItemMap(code=name or "unknown", name=name))
    value = read_value(said.get("value", ""), profile, item.scale)
    verdict, flags = verdict_of(said.get("verdict", ""), value, profile)
    if verdict is None and value.number is None:
        verdict = profile.verdicts.get(value.text)
    moment = written(" ".join(said[part] for part in ("date", "time") if said.get(part)))
    channel = _CHANNEL.fullmatch(said.get("channel", ""))
    return Reading(
        item=item.code,
        item_name=item.name,
        raw=raw,
        offset=offset,
        role=role_of(said.get("commodity", ""), said.get("number", "")),
        value=value.number,
        value_text=value.text,
        unit=unit_of(said.get("unit", "")) or value.unit or item.unit,
        verdict=verdict,
        standard=said.get("standard", ""),
        method=said.get("method", ""),
        record=said.get("record", ""),
        record_kind=profile.record_kind(said.get("record", ""), RecordKind.IN_MESSAGE),
        channel=int(channel[1]) if channel else None,
        sample_number=said.get("number", ""),
        commodity=said.get("commodity", ""),
        operator=said.get("operator", ""),
        device_serial=said.get("serial", ""),
        measured_at=moment.at,
        measured_at_text=moment.text,
        time_source=profile.time_source(moment.text, moment.source(is_kept=True)),
        flags=joined(value.flags, flags, moment.flags),
        extra=extra,
    )
