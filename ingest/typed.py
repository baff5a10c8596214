"""Newly stored events -> typed rows, counts, and what is known of each device. Only newly stored ones: a duplicate
counts nothing twice."""

from collections import Counter
from typing import Any

from ingest.news import device_item, result_item
from ingest.rules import on_result
from ingest.verdict import Judged, Limits
from ingest.work import Days, Work
from storage import bulk
from storage.named import queries
from storage.rows import camera_row, reading_row, result_row, sample_row
from storage.tables import CAMERA_EVENT, READING, RESULT, SAMPLE
from wire.events import CameraEvent, DeviceEvent, ReadingEvent, ResultEvent, SampleEvent

_SQL = queries("ingest")
_DEVICE_COLUMNS = ("adapter", "profile", "state", "reason", "state_at", "clock_skew_s", "last_result_at")
DeviceNews = dict[str, Any]


def store(work: Work, limits: Limits, days: Days) -> None:
    """Fills work.judged, work.items and work.signals."""
    samples, readings, cameras = [], [], []
    devices: dict[tuple[str, str], DeviceNews] = {}
    received_at = work.now.isoformat()
    for it in work.stored:
        device = it.device or ""
        match it.event:
            case ResultEvent() as event:
                judged = limits.judge(event, it.station, device, days.day(event.time))
                work.judged.append(judged)
                work.signals += on_result(judged)
                work.items.append(result_item(judged, received_at))
            case SampleEvent() as event:
                samples.append(sample_row(event))
            case ReadingEvent() as event:
                readings.append(reading_row(event))
            case CameraEvent() as event:
                cameras.append(camera_row(event))
            case DeviceEvent() as event if device:
                work.items.append(device_item(event, it.station, device))
                _note_state(devices.setdefault((it.station, device), {}), event)
            case _:
                pass
    _note_results(devices, work.judged)
    bulk.insert(work.cursor, RESULT, [result_row(it.event, it, work.now) for it in work.judged])
    bulk.insert(work.cursor, SAMPLE, samples)
    bulk.insert(work.cursor, READING, readings)
    bulk.insert(work.cursor, CAMERA_EVENT, cameras)
    _count(work)
    _write_devices(work, devices)


def _note_results(devices: dict[tuple[str, str], DeviceNews], results: list[Judged]) -> None:
    """What the newest result of each device says about it."""
    newest: dict[tuple[str, str], ResultEvent] = {}
    for it in results:
        key = (it.station, it.device)
        known = newest.get(key)
        if known is None or it.event.time > known.time:
            newest[key] = it.event
    for key, event in newest.items():
        if key[1]:
            news = devices.setdefault(key, {})
            news.update(adapter=event.data.adapter, profile=event.data.profile, last_result_at=event.time)


def _note_state(news: DeviceNews, event: DeviceEvent) -> None:
    """The newest state wins. A clock that is off is no state of its own: the device goes on working."""
    data = event.data
    if data.clock_skew_s is not None:
        news["clock_skew_s"] = data.clock_skew_s
    if data.state != "clock_skew" and event.time >= news.get("state_at", event.time):
        news.update(state=data.state, reason=data.reason, state_at=event.time)


def _write_devices(work: Work, devices: dict[tuple[str, str], DeviceNews]) -> None:
    if not devices:
        return
    keys = sorted(devices)
    values: dict[str, list[Any]] = {"station": [key[0] for key in keys], "name": [key[1] for key in keys]}
    for column in _DEVICE_COLUMNS:
        values[column] = [devices[key].get(column) for key in keys]
    work.cursor.execute(_SQL["note_devices"], values)


def _count(work: Work) -> None:
    """Tests by day, station, item and verdict; samples once each, and whether one of their tests failed."""
    tests: Counter[tuple[Any, ...]] = Counter()
    samples: dict[tuple[Any, ...], bool] = {}
    for judged in work.judged:
        if not judged.is_sample:
            continue
        verdict = judged.verdict.value
        tests[judged.day, judged.station, judged.event.data.item, verdict] += 1
        sample = (judged.day, judged.station, judged.sample)
        samples[sample] = samples.get(sample, False) or verdict == "fail"
    if not tests:
        return
    keys = sorted(tests)
    names = ("day", "station", "item", "verdict")
    values: dict[str, list[Any]] = {name: [key[i] for key in keys] for i, name in enumerate(names)}
    work.cursor.execute(_SQL["count_tests"], values | {"tests": [tests[key] for key in keys]})
    keys = sorted(samples)
    values = {name: [key[i] for key in keys] for i, name in enumerate(("day", "station", "sample"))}
    work.cursor.execute(_SQL["count_samples"], values | {"is_failed": [samples[key] for key in keys]})
