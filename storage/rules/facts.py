"""The facts that a rule on events may ask for: one declaration each, for ingest and for the dry run.

`of` takes a fact out of an event that is being taken in; `sql` is the same fact of a stored row, so that a rule is
tried on the data of last month by the very expression that will judge tomorrow's. A test holds the two together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from storage.rows import Ruling
from storage.rules.types import BOOL, DOUBLE, DOUBLE_OR_NULL, FLAGS, INT, TEXT, Type, one_of
from wire.cameras import CameraKind
from wire.terms import Origin, ProbeState, Role, Verdict
from wire.words import Term


class Place(NamedTuple):
    """Station as rules see it. `areas`: its own area first, then those above."""

    station: str
    kind: str = ""
    areas: tuple[str, ...] = ()
    is_enrolled: bool = True


class Taken(NamedTuple):
    """Event that is being taken in. `at` is the believed time, in the district's zone."""

    data: Any
    place: Place
    device: str
    at: datetime
    received_at: datetime
    ruling: Ruling | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """Fact of an event: its type, how it is had, and what it is for people."""

    type: Type
    of: Callable[[Taken], Any]
    sql: str
    words: Term


@dataclass(frozen=True, slots=True)
class Subject:
    """Kind of event that a rule may be on. `table`: its typed rows, as `r`; `s` is the station."""

    table: str
    facts: Mapping[str, Fact]
    words: Term

    @property
    def types(self) -> Mapping[str, Type]:
        """Return the types of the facts by name."""
        return {name: fact.type for name, fact in self.facts.items()}


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_OF_ALL = {
    "station": Fact(TEXT, lambda t: t.place.station, "r.station", Term("name of the station", "检测点代号")),
    "station_kind": Fact(TEXT, lambda t: t.place.kind, "s.kind", Term("market, school ...", "检测点类型")),
    "area": Fact(
        TEXT, lambda t: t.place.areas[0] if t.place.areas else "", "coalesce(s.area, '')", Term("its own area", "区域")
    ),
    "device": Fact(TEXT, lambda t: t.device, "r.device", Term("name of the device", "仪器代号")),
    "time": Fact(
        TEXT,
        lambda t: f"{t.at:%H:%M}",
        "to_char(r.recorded_at AT TIME ZONE %(zone)s, 'HH24:MI')",
        Term('time of day, "08:30"', "时刻，如 \"08:30\""),
    ),
    "weekday": Fact(
        one_of(_DAYS),
        lambda t: _DAYS[t.at.weekday()],
        "(ARRAY['mon','tue','wed','thu','fri','sat','sun'])"
        "[extract(isodow FROM r.recorded_at AT TIME ZONE %(zone)s)::int]",
        Term("mon, tue ... sun", "星期：mon 至 sun"),
    ),
}  # fmt: skip
_LATE = Fact(
    DOUBLE,
    lambda t: round((t.received_at - t.at).total_seconds(), 3),
    "round(extract(epoch FROM r.received_at - r.recorded_at), 3)::float8",
    Term("seconds between test and receipt", "检测到上传的秒数"),
)


def _text(name: str, sql: str, en: str, zh: str) -> Fact:
    return Fact(TEXT, lambda t: getattr(t.data, name), sql, Term(en, zh))


def _of_sample(name: str, sql: str, en: str, zh: str) -> Fact:
    return Fact(TEXT, lambda t: getattr(t.data.sample, name), sql, Term(en, zh))


def _in_body(name: str) -> str:
    """Return the SQL of a part of the sample that has no column: out of the event's own bytes."""
    body = "(SELECT convert_from(e.body, 'UTF8')::jsonb FROM event e WHERE e.id = r.event)"
    return f"coalesce({body} #>> '{{data,sample,{name}}}', '')"


def _ruling(taken: Taken) -> Ruling:
    assert taken.ruling is not None, "every result is judged"
    return taken.ruling


_VERDICT = one_of(Verdict)
_CHANNEL = Fact(
    INT,
    lambda t: -1 if t.data.channel is None else t.data.channel,
    "coalesce(r.channel, -1)",
    Term("channel or probe; -1: none", "通道号，-1 表示没有"),
)

RESULT = Subject(
    "result",
    {
        **_OF_ALL,
        "late_s": _LATE,
        "item": _text("item", "r.item", "code of the item", "检测项目代码"),
        "item_name": _text("item_name", "r.item_name", "the device's word for it", "仪器上的项目名称"),
        "role": Fact(one_of(Role), lambda t: t.data.role.value, "r.role", Term("sample, control, blank", "样品或质控")),
        "origin": Fact(one_of(Origin), lambda t: t.data.origin.value, "r.origin", Term("where it is from", "来源")),
        "sample": _of_sample("number", "r.sample", "number of the sample", "样品编号"),
        "commodity": _of_sample("commodity", "r.commodity", "the food", "样品名称"),
        "stall": _of_sample("stall", "r.stall", "the stall", "摊位"),
        "vendor": _of_sample("vendor", "r.vendor", "who sells it", "经营户"),
        "supplier": _of_sample("supplier", _in_body("supplier"), "who supplied it", "供货商"),
        "origin_place": _of_sample("origin_place", _in_body("origin_place"), "where it grew", "产地"),
        "lot": _of_sample("lot", _in_body("lot"), "the lot", "批号"),
        "channel": _CHANNEL,
        "method": _text("method", "r.method", "method", "检测方法"),
        "standard": _text("standard", "r.standard", "standard that the record names", "检测标准"),
        "value": Fact(DOUBLE_OR_NULL, lambda t: t.data.value, "r.value", Term("the value", "检测值")),
        "value_text": _text("value_text", "r.value_text", "the value as the device wrote it", "检测值原文"),
        "unit": _text("unit", "r.unit", "unit", "单位"),
        "verdict": Fact(_VERDICT, lambda t: _ruling(t).verdict.value, "r.verdict", Term("the verdict", "判定")),
        "decided_verdict": Fact(
            _VERDICT, lambda t: _ruling(t).decided.value, "r.decided_verdict", Term("by our limits", "按限值判定")
        ),
        "device_verdict": Fact(
            _VERDICT,
            lambda t: t.data.device_verdict.value if t.data.device_verdict else "",
            "coalesce(r.device_verdict, '')",
            Term("the device's own", "仪器自身判定"),
        ),
        "operator": _text("operator", "r.operator", "who tested", "检测人员"),
        "is_retest": Fact(BOOL, lambda t: t.data.is_retest, "r.is_retest", Term("a retest", "是否复测")),
        "flags": Fact(
            FLAGS,
            lambda t: [*t.data.flags, *t.flags],
            "string_to_array(r.flags, ' ')",
            Term("flags of the record", "记录标记"),
        ),
    },
    Term("result", "检测结果"),
)
READING = Subject(
    "reading",
    {
        **_OF_ALL,
        "quantity": _text("quantity", "r.quantity", "what is measured", "监测量"),
        "value": Fact(DOUBLE, lambda t: t.data.value, "r.value", Term("the value", "监测值")),
        "unit": _text("unit", "r.unit", "unit", "单位"),
        "channel": _CHANNEL,
    },
    Term("reading", "监测值"),
)
CAMERA = Subject(
    "camera_event",
    {
        **_OF_ALL,
        "kind": Fact(one_of(CameraKind), lambda t: t.data.kind, "r.kind", Term("kind of scene", "事件类型")),
        "phase": Fact(
            one_of(("start", "update", "end")), lambda t: t.data.phase, "r.phase", Term("start, update, end", "阶段")
        ),
        "zone": _text("zone", "r.zone", "zone of the picture", "画面区域"),
    },
    Term("camera event", "摄像头事件"),
)
PROBE = Subject(
    "probe_event",
    {
        **_OF_ALL,
        "quantity": _text("quantity", "r.quantity", "what is measured", "监测量"),
        "phase": Fact(one_of(("start", "end")), lambda t: t.data.phase, "r.phase", Term("start, end", "阶段")),
        "state": Fact(one_of(ProbeState), lambda t: t.data.state.value, "r.state", Term("state", "探头状态")),
        "reason": _text("reason", "r.reason", "reason", "原因"),
        "value": Fact(DOUBLE_OR_NULL, lambda t: t.data.value, "r.value", Term("the last value", "最近监测值")),
        "lasted_s": Fact(DOUBLE, lambda t: t.data.lasted_s, "r.lasted_s", Term("seconds so far", "已持续秒数")),
        "channel": _CHANNEL,
    },
    Term("probe event", "探头事件"),
)
SUBJECTS: Mapping[str, Subject] = {"result": RESULT, "reading": READING, "camera": CAMERA, "probe": PROBE}


def taken_at(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return a believed time as the facts say it."""
    return moment.astimezone(zone)
