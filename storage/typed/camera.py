"""Camera events in columns."""

import json

from storage.rows import Row, Taking, Typed
from storage.tables import table
from wire.kinds.camera import CameraEvent

CAMERA_EVENT = table(
    "camera_event",
    "event uuid, recorded_at timestamptz, station text, device text, key uuid, phase text, kind text, zone text,"
    " evidence text, flags text",
)


def camera_row(event: CameraEvent, taking: Taking) -> Row:
    """Return the row of a camera event."""
    data = event.data
    evidence = json.dumps(data.evidence, ensure_ascii=False, sort_keys=True)
    at = (event.id, taking.moment.at, event.station, event.device or "")
    return (*at, data.key, data.phase, data.kind, data.zone, evidence, " ".join(taking.moment.flags))


TYPED = Typed(CAMERA_EVENT, camera_row)
