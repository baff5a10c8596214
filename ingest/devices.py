"""The state of each device: its newest state, its newest result."""

from typing import Any

from ingest.verdict import Judged
from ingest.work import Work
from storage.named import queries
from wire.clocks import Moment
from wire.kinds.device import DeviceEvent

_SQL = queries("ingest")
_COLUMNS = (
    *("adapter", "profile", "state", "reason", "state_at", "state_stream", "state_sequence", "clock_skew_s"),
    *("last_result_at", "last_reading_at"),
)


def note_results(work: Work) -> None:
    """Note the state that the newest result of each device shows."""
    newest: dict[tuple[str, str], Judged] = {}
    for result in work.judged:
        key = (result.station, result.device)
        known = newest.get(key)
        if known is None or result.moment.at > known.moment.at:
            newest[key] = result
    for key, judged in newest.items():
        if key[1]:
            news = work.devices.setdefault(key, {})
            data, at = judged.event.data, min(judged.moment.at, work.now)
            news.update(adapter=data.adapter, profile=data.profile, last_result_at=at)


def note_state(work: Work, station: str, device: str, event: DeviceEvent, moment: Moment) -> None:
    """Keep the newest state: of one stream the later event, whatever its time, for a clock may be turned back. A clock
    that is off is no state of its own: the device goes on working."""
    news, data = work.devices.setdefault((station, device), {}), event.data
    if data.clock_skew_s is not None:
        news["clock_skew_s"] = data.clock_skew_s
    if data.adapter:
        news["adapter"] = data.adapter
    at = min(moment.at, work.now)
    is_newer = event.stream == news.get("state_stream") or at >= news.get("state_at", at)  # they come in order
    if data.state != "clock_skew" and is_newer:
        news.update(
            state=data.state, reason=data.reason, state_at=at, state_stream=event.stream, state_sequence=event.sequence
        )


def write(work: Work) -> None:
    if not work.devices:
        return
    keys = sorted(work.devices)
    values: dict[str, list[Any]] = {"station": [key[0] for key in keys], "name": [key[1] for key in keys]}
    for column in _COLUMNS:
        values[column] = [work.devices[key].get(column) for key in keys]
    work.cursor.execute(_SQL["note_devices"], values)
