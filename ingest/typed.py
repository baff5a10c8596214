"""Newly stored events that say something new -> typed rows, and what else they say."""

from ingest import cameras
from ingest.devices import note_results, note_state
from ingest.news import device_item, result_item
from ingest.rules import on_clock, on_result
from ingest.verdict import Limits
from ingest.work import Work
from storage import bulk
from storage.rows import camera_row, reading_row, result_row, sample_row
from storage.tables import CAMERA_EVENT, READING, RESULT, SAMPLE
from wire.clocks import moment_of
from wire.days import Days
from wire.kinds.camera import CameraEvent
from wire.kinds.device import DeviceEvent
from wire.kinds.reading import ReadingEvent
from wire.kinds.result import ResultEvent
from wire.kinds.sample import SampleEvent


def store(work: Work, limits: Limits, days: Days) -> None:
    """Fills work.judged, work.devices, work.doubted, work.items and work.signals."""
    samples, readings, seen = [], [], []
    received_at = work.now.isoformat()
    for it in work.effective():
        device, moment = it.device or "", moment_of(it.event, work.now)
        if not moment.is_believed:
            work.doubted[it.station] = it.event
        match it.event:
            case ResultEvent() as event:
                judged = limits.judge(event, it.station, device, moment, days.day(moment.at))
                work.judged.append(judged)
                work.signals += on_result(judged)
                work.items.append(result_item(judged, received_at))
            case SampleEvent() as event:
                samples.append(sample_row(event, moment))
            case ReadingEvent() as event:
                readings.append(reading_row(event, moment))
            case CameraEvent() as event:
                seen.append((event, moment))
                cameras.note(work, event, moment, it.station, device)
            case DeviceEvent() as event if device:
                work.items.append(device_item(event, moment, it.station, device))
                note_state(work, it.station, device, event, moment)
            case _:
                pass
    note_results(work)
    work.signals += [on_clock(event, station, work.now) for station, event in sorted(work.doubted.items())]
    bulk.insert(work.cursor, RESULT, [result_row(it.event, it, work.now, it.moment) for it in work.judged])
    bulk.insert(work.cursor, SAMPLE, samples)
    bulk.insert(work.cursor, READING, readings)
    bulk.insert(work.cursor, CAMERA_EVENT, [camera_row(event, moment) for event, moment in seen])
    cameras.expect_media(work, seen)
