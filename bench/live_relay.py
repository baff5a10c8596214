"""Measure the cost of the live view at the station: the share of one core, by the view that is watched of one 720p25
camera.

    ./dev bench live_relay                # or: python -m bench.live_relay [--seconds 20] [--kbit 3000]

The live worker runs in a process of its own with a camera that hands it 25 real H.264 packets a second (encoded
before), as the capture thread would, and one picture of 1280x720 5 times a second, as the analysis does. The broker is
a real one, and a client takes what comes. Measured is that process's CPU time, less what it uses while nobody watches.
The reference, in the same run: decoding the same video (what a relay that re-encodes would do at least).
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import paho.mqtt.client as mqtt
from av import CodecContext
from av import Packet as AvPacket
from paho.mqtt.enums import CallbackAPIVersion

from edge.camera.packets import Packet, StreamInfo
from shian.local.broker import LocalBroker, best_kind
from shian.local.ports import free_port
from tests.support.live_station import DrawnCamera, live_station
from tests.support.video import frames, stream
from wire.live import LiveCommand, encode
from wire.topics import Leaf, subscription, topic

STATION = "bench"
SIZE = (1280, 720)
_RATE = 25


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--kbit", type=int, default=3000, help="bit rate of the camera")
    parser.add_argument("--station", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.station:
        run_station(asked.station, asked.kbit)
    else:
        run(asked.seconds, asked.kbit)


def run_station(port: int, kbit: int) -> None:
    """Run the process that is measured. Each line on stdin is answered with the CPU seconds so far."""
    info, packets = stream(seconds=4, group=50, size=SIZE, bit_rate=kbit * 1000)
    pictures = [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in frames(8, *SIZE)]
    camera = DrawnCamera(video=(info, packets))
    stop = threading.Event()

    def roll() -> None:
        begun, turn = time.monotonic(), 0
        while not stop.wait(max(0.0, begun + turn / _RATE - time.monotonic())):
            rounds, at = divmod(turn, len(packets))
            shift = rounds * len(packets) * 3600
            packet = packets[at]
            camera.flow(info, [replace(packet, pts=packet.pts + shift, dts=packet.dts + shift)])
            if turn % 5 == 0:
                camera.show(turn / _RATE, pictures[turn // 5 % len(pictures)])
            turn += 1

    with live_station(port, camera, station=STATION) as station:
        thread = threading.Thread(target=roll)
        thread.start()
        for line in sys.stdin:
            if line.strip() == "end":
                break
            said = {"cpu": time.process_time(), "sent": station.count("sent_bytes_total")}
            said["dropped"] = station.count("dropped_total")
            sys.stdout.write(json.dumps(said) + "\n")
            sys.stdout.flush()
        stop.set()
        thread.join()


def run(seconds: float, kbit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        broker = LocalBroker(Path(folder), free_port(), best_kind())
        broker.start()
        try:
            with _station(broker.port, kbit) as process:
                _measure(process, broker.port, seconds)
        finally:
            broker.stop()
    _decode(kbit)


@contextmanager
def _station(port: int, kbit: int) -> Iterator["subprocess.Popen[str]"]:
    argv = [sys.executable, "-m", "bench.live_relay", "--station", str(port), "--kbit", str(kbit)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.write("end\n")
            process.stdin.close()


def _ask(process: "subprocess.Popen[str]") -> dict[str, float]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("?\n")
    process.stdin.flush()
    for line in process.stdout:
        if line.startswith("{"):
            said: dict[str, float] = json.loads(line)
            return said
    raise RuntimeError("the station has ended")


def _measure(process: "subprocess.Popen[str]", port: int, seconds: float) -> None:
    got = 0

    def count(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        nonlocal got
        got += len(message.payload)

    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.on_message = count
    client.on_connect = lambda connected, *_: connected.subscribe(subscription(Leaf.LIVE))
    client.connect("127.0.0.1", port)
    client.loop_start()
    _ask(process)
    idle = 0.0
    for label, modes in (
        ("nobody watches", ()),
        ("video", ("video",)),
        ("previews, 5/s", ("preview",)),
        ("both", ("video", "preview")),
    ):
        ids = {mode: uuid4() for mode in modes}
        before, began, got = _ask(process), time.monotonic(), 0
        while time.monotonic() - began < seconds:
            for mode, identity in ids.items():
                command = {
                    "id": identity,
                    "camera": "kitchen",
                    "mode": mode,
                    "fps": 5,
                    "for_s": 15,
                    "at": datetime.now(UTC),
                }
                client.publish(topic(STATION, Leaf.COMMANDS), encode(LiveCommand.model_validate(command)))
            time.sleep(min(5.0, seconds))
        after, took = _ask(process), time.monotonic() - began
        for identity in ids.values():
            command = {"id": identity, "camera": "kitchen", "mode": "none", "at": datetime.now(UTC)}
            client.publish(topic(STATION, Leaf.COMMANDS), encode(LiveCommand.model_validate(command)))
        time.sleep(1.0)
        share = 100 * (after["cpu"] - before["cpu"]) / took
        idle = share if not modes else idle
        kbit = (after["sent"] - before["sent"]) * 8 / took / 1000
        print(
            f"{label:16} {share:5.2f} % of a core, {share - idle:5.2f} % for the live view; sent {kbit:6.0f} kbit/s, "
            f"arrived {got * 8 / took / 1000:6.0f}; dropped {after['dropped'] - before['dropped']:.0f}",
            flush=True,
        )
    client.disconnect()
    client.loop_stop()


def _decode(kbit: int) -> None:
    info, packets = stream(seconds=4, group=50, size=SIZE, bit_rate=kbit * 1000)
    print(f"reference: decoding the same video takes {_decode_share(info, packets):.2f} % of a core")


def _decode_share(info: StreamInfo, packets: list[Packet]) -> float:
    decoder = CodecContext.create(info.codec, "r")
    decoder.thread_count = 1
    began = time.process_time()
    for packet in packets:
        decoder.decode(AvPacket(packet.data))  # type: ignore[attr-defined]
    return 100 * (time.process_time() - began) / (len(packets) / _RATE)


if __name__ == "__main__":
    main()
