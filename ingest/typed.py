"""Newly stored events -> typed rows, and what else they say."""

from ingest import cameras
from ingest.devices import note_results, note_state
from ingest.news import device_item, result_item
from ingest.rules import on_result
from ingest.verdict import Limits
from ingest.work import Days, Work
from storage import bulk
from storage.rows import camera_row, reading_row, result_row, sample_row
from storage.tables import CAMERA_EVENT, READING, RESULT, SAMPLE
from wire.events import CameraEvent, DeviceEvent, ReadingEvent, ResultEvent, SampleEvent


def store(work: Work, limits: Limits, days: Days) -> None:
    """Fills work.judged, work.devices, work.items and work.signals."""
    samples, readings, seen = [], [], []
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
                seen.append(event)
                cameras.note(work, event, it.station, device)
            case DeviceEvent() as event if device:
                work.items.append(device_item(event, it.station, device))
                note_state(work, it.station, device, event)
            case _:
                pass
    note_results(work)
    bulk.insert(work.cursor, RESULT, [result_row(it.event, it, work.now) for it in work.judged])
    bulk.insert(work.cursor, SAMPLE, samples)
    bulk.insert(work.cursor, READING, readings)
    bulk.insert(work.cursor, CAMERA_EVENT, [camera_row(event) for event in seen])
    cameras.expect_media(work, seen)
