"""How fast an export is checked by public keys alone, on one core: links, signatures, anchors.

./dev bench proof [--events 1000000]

The reference is a bare loop of the standard library over the same file: unpack, read the JSON, sha256, compare.
"""

import argparse
import gzip
import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shian.proof.checking import Keys, check
from shian.proof.exporting import PLAIN, event_line, first_line, stream_line
from storage.anchored import Held
from storage.findings import Finding, Walked
from tests.support import services
from tests.support.station import ChainedStation, result
from wire import anchors, chain
from wire.anchors import Anchor, AnchorFile, StationKey, StreamHead

_STATIONS = 20
_ANCHORS = 100
_AT = datetime(2026, 3, 2, tzinfo=UTC)


def main() -> None:
    """Make an export, and check it three times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=1_000_000)
    events: int = parser.parse_args().events
    key = Ed25519PrivateKey.generate()
    with services.short_folder() as folder:
        path = folder / "proof.gz"
        files = _fill(path, events // _STATIONS, key)
        print(f"{path.stat().st_size / events:.0f} bytes an event, packed")
        for _ in range(3):
            _bare(path)
            _check(path, files, key)


def _fill(path: Path, events: int, key: Ed25519PrivateKey) -> list[AnchorFile]:
    """Write the export; a checkpoint comes each hundred events, as an edge writes them. Return anchors over it."""
    hashes: list[list[str]] = []
    stations: list[ChainedStation] = []
    with gzip.open(path, "wb", compresslevel=6) as out:
        out.write(first_line(()) + b"\n")
        for place in range(_STATIONS):
            station = ChainedStation(f"market-{place}")
            out.write(stream_line(station.stream, station.name, ()) + b"\n")
            for number in range(events):
                if number % 100 == 99:
                    station.checkpoint()
                else:
                    station.add(result(12.5, number=str(number), device_verdict=None))
                out.write(event_line(station.stream, number + 1, station.bodies[-1]) + b"\n")
            hashes.append([hashlib.sha256(body).hexdigest() for body in station.bodies])
            station.bodies.clear()
            stations.append(station)
    return list(_anchors(stations, hashes, key))


def _anchors(stations: list[ChainedStation], hashes: list[list[str]], key: Ed25519PrivateKey) -> Iterator[AnchorFile]:
    before: Anchor | None = None
    keys = tuple(StationKey(station=station.name, key=chain.public_key(station.key)) for station in stations)
    for part in range(1, _ANCHORS + 1):
        through = len(hashes[0]) * part // _ANCHORS
        heads = tuple(
            StreamHead(station=station.name, stream=station.stream, through=through, hash=found[through - 1])
            for station, found in zip(stations, hashes, strict=True)
        )
        before = anchors.make(key, before, _AT, heads, keys)
        yield AnchorFile(anchor=before, heads=heads, keys=keys)


def _check(path: Path, files: list[AnchorFile], key: Ed25519PrivateKey) -> None:
    began = time.process_time()
    events = signed = findings = 0
    for found in check(path, files, Keys(frozenset({chain.public_key(key)})), Held()):
        match found:
            case Walked():
                events += found.events
                signed += found.signed_through
            case Finding():
                findings += 1
    _say("check", events, began, f"{signed} under a signature, {findings} findings")


def _bare(path: Path) -> None:
    began = time.process_time()
    events = wrong = 0
    before = ""
    with gzip.open(path, "rb") as lines:
        for line in lines:
            if line.startswith(PLAIN):
                body = line.removesuffix(b"\n")
                event = json.loads(body)
                events += 1
                wrong += event["sequence"] > 1 and event["previoushash"] != before
                before = hashlib.sha256(body).hexdigest()
    _say("bare loop", events, began, f"{wrong} broken links")


def _say(name: str, events: int, began: float, more: str) -> None:
    took = time.process_time() - began
    print(f"{name}: {events} events in {took:.1f} s of one core, {events / took:,.0f}/s; {more}", flush=True)


if __name__ == "__main__":
    main()
