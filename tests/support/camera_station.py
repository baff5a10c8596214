"""Settings of an agent with cameras, with a test's patience."""

from pathlib import Path
from typing import Any

STREAM = {"open_s": 5.0, "read_s": 1.0, "reconnect_s": 0.05, "reconnect_longest_s": 0.2, "settle_s": 0.05}


def camera_document(folder: Path, port: int, cameras: dict[str, str], station: str = "m1") -> dict[str, Any]:
    """Return the settings of a station with `cameras`, urls by name. No broker has to listen at `port`."""
    return {
        "station": station,
        "data": str(folder / "data"),
        "broker": {"port": port},
        "uplink": {"receipt_s": 1.0, "receipt_longest_s": 2.0, "reconnect_s": 0.05, "reconnect_longest_s": 0.5},
        "spool": {"min_free_mib": 1, "retry_s": 0.1},
        "camera": [{"name": name, "url": url, "stream": dict(STREAM)} for name, url in cameras.items()],
    }
