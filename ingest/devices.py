"""What is known of each device: its newest state, its newest result."""

from typing import Any

from ingest.work import Work
from storage.named import queries
from wire.events import DeviceEvent, ResultEvent

_SQL = queries("ingest")
_COLUMNS = ("adapter", "profile", "state", "reason", "state_at", "clock_skew_s", "last_result_at")


def note_results(work: Work) -> None:
    """What the newest result of each device says about it."""
    newest: dict[tuple[str, str], ResultEvent] = {}
    for it in work.judged:
        key = (it.station, it.device)
        known = newest.get(key)
        if known is None or it.event.time > known.time:
            newest[key] = it.event
    for key, event in newest.items():
        if key[1]:
            news = work.devices.setdefault(key, {})
            news.update(adapter=event.data.adapter, profile=event.data.profile, last_result_at=event.time)


def note_state(work: Work, station: str, device: str, event: DeviceEvent) -> None:
    """The newest state wins. A clock that is off is no state of its own: the device goes on working."""
    news, data = work.devices.setdefault((station, device), {}), event.data
    if data.clock_skew_s is not None:
        news["clock_skew_s"] = data.clock_skew_s
    if data.adapter:
        news["adapter"] = data.adapter
    if data.state != "clock_skew" and event.time >= news.get("state_at", event.time):
        news.update(state=data.state, reason=data.reason, state_at=event.time)


def write(work: Work) -> None:
    if not work.devices:
        return
    keys = sorted(work.devices)
    values: dict[str, list[Any]] = {"station": [key[0] for key in keys], "name": [key[1] for key in keys]}
    for column in _COLUMNS:
        values[column] = [work.devices[key].get(column) for key in keys]
    work.cursor.execute(_SQL["note_devices"], values)
