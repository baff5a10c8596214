"""An older wire, as it was released: the peer of today's in tests of skew. It runs in a process of its own, from the
bytes that were put away, so that nothing of today is mixed in."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FROZEN = Path(__file__).resolve().parents[1] / "contract" / "frozen"
VERSIONS = sorted(path.stem.removeprefix("wire-") for path in FROZEN.glob("wire-*.zip"))

_PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
import wire
assert wire.__file__.startswith(sys.argv[1])
from wire import codec, live, receipts, status
read = {"event": codec.decode, "receipt": receipts.decode, "status": status.decode, "live": live.decode}
write = {"event": codec.encode, "receipt": receipts.encode, "status": status.encode, "live": live.encode}
for line in sys.stdin:
    what, body = json.loads(line)
    try:
        model = read[what](bytes.fromhex(body))
        print(json.dumps({"said": model.model_dump(mode="json"), "body": write[what](model).hex()}))
    except ValueError as exc:
        print(json.dumps({"refused": str(getattr(exc, "reason", exc))}))
"""


def read_by(version: str, messages: Iterable[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Return what a version of the wire makes of messages (`event`, `receipt`, `status` or `live`): `said` and `body`,
    as it would write it itself, or why they are `refused`."""
    lines = "".join(json.dumps([what, body.hex()]) + "\n" for what, body in messages)
    done = subprocess.run(
        [sys.executable, "-I", "-c", _PROGRAM, str(FROZEN / f"wire-{version}.zip")],
        input=lines,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
