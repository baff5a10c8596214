"""The messages to a browser over /api/v1/watch: two bytes (how long the JSON is), JSON, the picture's bytes."""

import json
from typing import NamedTuple

from wire.live import Head, Mode


class Key(NamedTuple):
    """One mode of one camera."""

    station: str
    camera: str
    mode: Mode

    def named(self) -> dict[str, str]:
        return self._asdict()


def frame(key: Key, head: Head, body: bytes) -> bytes:
    said = {
        "station": key.station,
        "camera": key.camera,
        "part": head.part,
        "at": head.at_ms,
        "codec": head.codec,
        "key": head.is_key,
    }
    text = json.dumps(said, separators=(",", ":")).encode()
    return len(text).to_bytes(2) + text + body


def parse(message: bytes) -> tuple[dict[str, object], bytes]:
    """Parse a message into head and picture, as the page does in JavaScript."""
    end = 2 + int.from_bytes(message[:2])
    return json.loads(message[2:end]), message[end:]
