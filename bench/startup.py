"""`shian up --demo` from the command to the first result on the page's API, with everything installed.

    ./dev bench startup              # or: python -m bench.startup [--times 3]

Each run is timed twice: on a new data folder (the database is made), and again on the same one. "Everything installed"
includes Python's bytecode: a first run that is not counted makes it. The reference is what one Python costs here that
only imports what the server needs.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError

from shian.local.ports import free_port

_GIVE_UP_S = 120.0
VISITOR = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())


def get(address: str) -> bytes:
    try:
        with VISITOR.open(address, timeout=1) as answer:
            return bytes(answer.read())
    except HTTPError as exc:
        exc.close()  # an answer with a connection of its own
        return b""
    except OSError:
        return b""


def until(condition: Callable[[], bool], started: float) -> float:
    while not condition():
        if time.monotonic() - started > _GIVE_UP_S:
            raise TimeoutError
        time.sleep(0.02)
    return time.monotonic() - started


def one_start(folder: Path, bytecode: str) -> dict[str, float]:
    """Return the seconds from the command to the first page, the first result and all stations online, and of the
    end."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-P", "-m", "shian", "up", "--demo", "--data", str(folder), "--port", str(port)]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": bytecode, "LC_ALL": "C.UTF-8"}
    started = time.monotonic()
    with (
        (folder.parent / "up.log").open("wb") as log,
        subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process,
    ):
        try:
            page = until(lambda: bool(get(address + "/")), started)
            until(lambda: _enter(folder.parent / "up.log"), started)
            result = until(lambda: _has_result(address), started)
            online = until(lambda: _online(address) == 9, started)
        finally:
            process.send_signal(signal.SIGTERM)
            ending = time.monotonic()
            process.wait()
    return {"page": page, "result": result, "all online": online, "end": time.monotonic() - ending}


def _enter(log: Path) -> bool:
    """Open the link that was printed. Return False while there is none yet."""
    _, shown, rest = log.read_text("utf-8").rpartition("The page:")
    if not shown:
        return False
    address, _, link = rest.split()[0].partition("/#link=")
    headers = {"Content-Type": "application/json"}
    entering = urllib.request.Request(address + "/api/v1/session", json.dumps({"link": link}).encode(), headers)
    with VISITOR.open(entering, timeout=5) as answer:
        return bool(answer.status == 204)


def _has_result(address: str) -> bool:
    return b'"items":[{' in get(address + "/api/v1/results?limit=1").replace(b" ", b"")


def _online(address: str) -> int:
    answer = get(address + "/api/v1/stations?limit=100")
    return sum(station["state"] == "online" for station in json.loads(answer)["items"]) if answer else 0


def reference(bytecode: str) -> float:
    started = time.monotonic()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    code = "import fastapi, uvicorn, psycopg, pydantic"
    subprocess.run([sys.executable, "-c", code], check=True, env=environment | {"PYTHONPYCACHEPREFIX": bytecode})
    return time.monotonic() - started


def measure(number: int, bytecode: str) -> None:
    # Directly below /tmp: root's PostgreSQL runs as another user.
    with tempfile.TemporaryDirectory(prefix="shian-bench-", dir="/tmp") as place:
        Path(place).chmod(0o711)
        for what in ("new folder", "again"):
            figures = one_start(Path(place) / "data", bytecode)
            words = "  ".join(f"{name} {seconds:5.2f} s" for name, seconds in figures.items())
            print(f"{f'run {number}' if number else 'not counted'}, {what:<11} {words}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shian-bytecode-") as bytecode:
        measure(0, bytecode)
        print(f"reference: one Python with the server's libraries {reference(bytecode):.2f} s")
        for number in range(1, options.times + 1):
            measure(number, bytecode)


if __name__ == "__main__":
    main()
