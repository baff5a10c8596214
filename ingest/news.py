"""The live feed: what the browsers are told, written as text once, in the transaction that made the news."""

from datetime import datetime

from ingest.verdict import Judged
from ingest.work import Work
from storage.named import queries
from wire.events import DeviceEvent
from wire.feed import DeviceItem, ResultItem, StationItem

_SQL = queries("ingest")
_ITEMS = 200  # of one row: one WebSocket message


def result_item(judged: Judged, received_at: datetime) -> str:
    event, data = judged.event, judged.event.data
    return ResultItem.model_construct(
        id=event.id,
        station=event.station,
        device=judged.device,
        item=data.item,
        item_name=data.item_name,
        sample=data.sample.number,
        commodity=data.sample.commodity,
        role=data.role,
        value=data.value,
        value_text=data.value_text,
        unit=data.unit,
        verdict=judged.verdict,
        device_verdict=data.device_verdict,
        measured_at=data.measured_at,
        recorded_at=event.time,
        received_at=received_at,
    ).model_dump_json()


def device_item(event: DeviceEvent) -> str:
    return DeviceItem.model_construct(
        station=event.station, device=event.device or "", state=event.data.state, at=event.time
    ).model_dump_json()


def note_statuses(work: Work) -> int:
    """Stations' own states; only a change of state is news. The number of statuses of stations nobody knows."""
    unknown = 0
    for it in sorted(work.statuses, key=lambda it: it.station):
        status = it.status
        values = {
            "name": it.station,
            "state": status.state,
            "at": status.at,
            "waiting": status.waiting,
            "version": status.version,
        }
        row = work.cursor.execute(_SQL["note_status"], values).fetchone()
        if row is None:
            unknown += 1
        elif row[0] != status.state:
            item = StationItem.model_construct(station=it.station, state=status.state, at=status.at)
            work.items.append(item.model_dump_json())
    return unknown


def publish(work: Work) -> None:
    """Rows of the feed, and the words that wake its readers at commit."""
    if work.items:
        parts = [work.items[start : start + _ITEMS] for start in range(0, len(work.items), _ITEMS)]
        values = {"now": work.now, "items": ["[" + ",".join(part) + "]" for part in parts]}
        work.cursor.execute(_SQL["add_feed"], values)
        work.cursor.execute(_SQL["notify_feed"])
    if work.is_routed:
        work.cursor.execute(_SQL["notify_delivery"])
