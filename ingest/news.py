"""The live feed: what the browsers are told, written as text once, in the transaction that made the news."""

import json
from functools import lru_cache

from psycopg.types.json import Jsonb

from ingest.verdict import Judged
from ingest.work import Work
from storage import alerts
from storage.named import queries
from storage.steps import run
from wire.clocks import Moment, judge, readable
from wire.feed import StationItem
from wire.kinds.device import DeviceEvent, DeviceItem
from wire.kinds.envelope import MAX_SEQUENCE

_SQL = queries("ingest")
_text = json.JSONEncoder(ensure_ascii=False).encode


def result_item(judged: Judged, received_at: str) -> str:
    """The JSON of a wire.feed.ResultItem, put together by hand: of all that ingest does for an event, building and
    dumping that model would cost the most. `received_at` in ISO 8601. A test holds it against the model."""
    event, data, sample = judged.event, judged.event.data, judged.event.data.sample
    says = data.device_verdict.value if data.device_verdict else None
    names = (data.item, data.item_name, data.role.value, data.unit, judged.verdict.value, says)
    fixed = _fixed((judged.station, judged.device, *names))
    at = readable(data.measured_at)
    measured_at = f'"{at.isoformat()}"' if at else "null"
    return (
        f'{{"kind":"result","id":"{event.id}",{fixed},"sample":{_text(sample.number)},'
        f'"commodity":{_text(sample.commodity)},"value":{"null" if data.value is None else repr(data.value)},'
        f'"value_text":{_text(data.value_text)},"measured_at":{measured_at},'
        f'"recorded_at":"{judged.moment.at.isoformat()}","received_at":"{received_at}",'
        f'"flags":{_text(" ".join((*data.flags, *judged.moment.flags)))}}}'
    )


_FIXED = ("station", "device", "item", "item_name", "role", "unit", "verdict", "device_verdict")


@lru_cache(4096)
def _fixed(values: tuple[str | None, ...]) -> str:
    """What the results of one device mostly have in common."""
    common = dict(zip(_FIXED, values, strict=True))
    return json.dumps(common, ensure_ascii=False, separators=(",", ":"))[1:-1]


def device_item(event: DeviceEvent, moment: Moment, station: str, device: str) -> str:
    return DeviceItem(station=station, device=device, state=event.data.state, at=moment.at).model_dump_json()


def note_statuses(work: Work) -> int:
    """Stations' own states; only a change of state is news. The number of statuses of stations nobody knows."""
    unknown = 0
    for it in sorted(work.statuses, key=lambda it: it.station):
        status = it.status
        # A last will says when its agent connected, and a station may have no clock: what comes live is of now.
        at = min(judge(status.at, work.now).at, work.now) if it.is_retained else work.now
        values = {
            "name": it.station,
            "state": status.state,
            "at": at,
            "said_at": status.at.isoformat(),
            "waiting": status.waiting,
            "repeats": min(status.repeats, MAX_SEQUENCE) if status.state == "online" else None,
            "version": status.version,
            "body": Jsonb(status.model_dump(mode="json")),
            "is_retained": it.is_retained,
        }
        row = work.cursor.execute(_SQL["note_status"], values).fetchone()
        if row is None:
            unknown += 1
        elif row[1] and row[0] != status.state:
            item = StationItem(station=it.station, state=status.state, at=at)
            work.items.append(item.model_dump_json())
    return unknown


def publish(work: Work) -> None:
    """Rows of the feed, and the words that wake its readers at commit."""
    run(work.cursor, alerts.publish(work))
