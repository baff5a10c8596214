"""The decoders: MB and frames a second for each family, its speed as a multiple of its line's, and memory under noise.

    ./dev bench adapters            # or: python -m bench.adapters [--mb 4] [--family astm ...] [--noise-gib 0.015]
    python -m bench.adapters --family hl7 --mb 0 --noise-gib 4 --noise-kind random      # the long run: noise alone

The streams are the good vectors of the conformance kits, again and again, fed in reads of 4 KiB as a capture is. Speed
is by CPU time, so that other work on the machine counts less. Next to two references in the same run, on the same
bytes:

- Modbus replies through pymodbus' framer (it is given one frame at a time and gives registers), next to our framer
  alone and to the whole decoder, which makes a reading of each register;
- HL7 messages through python-hl7 (`hl7.parse` of messages that are split and decoded already; no framing).
"""

import argparse
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import hl7  # type: ignore[import-untyped]
import psutil
from pymodbus.framer import FramerRTU
from pymodbus.pdu import DecodePDU

from firmware_adapters.contract import FrameAccepted, Reading
from firmware_adapters.modbus_rtu.framer import Framer
from firmware_adapters.modbus_rtu.frames import Frame
from firmware_adapters.profile import LineSettings
from tests.contract.hl7_messages import ORU, OUL, framed
from tests.contract.modbus_vectors import VECTORS
from tests.fuzz.lines import noises
from tests.fuzz.targets import TARGETS, Target, without_zeros

READ = 4096
AIM = 100


@dataclass(frozen=True, slots=True)
class Speed:
    seconds: float
    size: int
    frames: int
    readings: int

    @property
    def mb_s(self) -> float:
        return self.size / self.seconds / 1e6

    @property
    def frames_s(self) -> float:
        return self.frames / self.seconds


def line_bytes_s(line: LineSettings) -> float:
    bits = 1 + line.bytesize + (line.parity != "N") + line.stopbits
    return line.baud / bits


def good_stream(target: Target, size: int) -> bytes:
    good = b"".join(vector.stream for vector in target.vectors if vector.readings and not vector.rejected)
    good = good or target.vectors[0].stream
    return good * (1 + size // len(good))


def decode_speed(target: Target, stream: bytes) -> Speed:
    decoder = target.decoder(passive=True)
    frames = readings = 0
    started = time.process_time()
    decoder.start(0.0)
    for at in range(0, len(stream), READ):
        for output in decoder.receive(stream[at : at + READ], 0.0):
            frames += isinstance(output, FrameAccepted)
            readings += isinstance(output, Reading)
    decoder.stop(0.0)
    return Speed(time.process_time() - started, len(stream), frames, readings)


def print_speeds(targets: Sequence[Target], size: int) -> None:
    print("| family, profile | MB/s | frames/s | readings/s | line | times the line |\n|---|---|---|---|---|---|")
    for target in targets:
        speed = decode_speed(target, good_stream(target, size))
        profile = target.kit.family.profile(target.profile)
        factor = speed.mb_s * 1e6 / line_bytes_s(profile.line)
        print(
            f"| `{target.kit.family.name}` {profile.name} | {speed.mb_s:.2f} | {speed.frames_s:,.0f} "
            f"| {speed.readings / speed.seconds:,.0f} | {profile.line.baud} "
            f"| {factor:,.0f}{'' if factor >= AIM else f' (below {AIM})'} |",
            flush=True,
        )


def modbus_reference(size: int) -> Iterator[tuple[str, Speed]]:
    """Yield the figures of replies alone, which is the input of a client's framer."""
    names = ("jxbs_th_resp", "epics39_r1", "epics39_r2", "epics39_r3", "epics39_r4", "tele9253_r", "yaacov92_r")
    replies = [VECTORS[name] for name in names]
    count = size // len(b"".join(replies)) + 1
    stream = b"".join(replies) * count
    framer, at, frames, started = FramerRTU(DecodePDU(False)), 0, 0, time.process_time()
    for frame in replies * count:
        used, pdu = framer.handleFrame(frame, 0, 0)
        frames += pdu is not None
        at += used
    assert at == len(stream), "pymodbus read another stream"
    yield "pymodbus FramerRTU", Speed(time.process_time() - started, at, frames, 0)
    ours, frames, started = Framer(), 0, time.process_time()
    for first in range(0, len(stream), READ):
        frames += sum(isinstance(item, Frame) for item in ours.feed(stream[first : first + READ]))
    yield "`modbus_rtu`, frames alone", Speed(time.process_time() - started, at, frames, 0)
    listener = next(target for target in TARGETS["modbus_rtu"] if target.profile is None)
    yield "`modbus_rtu`, a reading of each register", decode_speed(listener, stream)


def hl7_reference(size: int) -> Iterator[tuple[str, Speed]]:
    messages = [framed(*ORU), framed(*OUL)]
    count = size // len(b"".join(messages)) + 1
    texts = [message.strip(b"\x0b\x1c\r").decode("utf-8", "replace") + "\r" for message in messages]
    started = time.process_time()
    for text in texts * count:
        hl7.parse(text)
    seconds = time.process_time() - started
    yield "python-hl7 parse", Speed(seconds, len(b"".join(messages)) * count, 2 * count, 0)
    # Each message has another id, or it would be a resend and not be read.
    stream = b"".join(message.replace(b"|17|", b"|%d|" % number) for number in range(count) for message in messages)
    yield "`hl7`", decode_speed(TARGETS["hl7"][0], stream)


def print_references(size: int) -> None:
    print("\n| next to | MB/s | frames/s | ratio |\n|---|---|---|---|")
    for run in (modbus_reference, hl7_reference):
        first: Speed | None = None
        for name, speed in run(size):
            first = first or speed
            print(f"| {name} | {speed.mb_s:.2f} | {speed.frames_s:,.0f} | {speed.mb_s / first.mb_s:.2f} |", flush=True)


def print_noise(targets: Sequence[Target], size: int, kinds: Sequence[str]) -> None:
    print(f"\nNoise: {size / 2**20:,.0f} MiB of each kind.\n")
    print("| family, profile | noise | MB/s | RSS grew by |\n|---|---|---|---|")
    process = psutil.Process(os.getpid())
    for target in targets:
        for name, read in noises(target.good.stream).items():
            if kinds and name not in kinds:
                continue
            decoder = target.decoder(passive=True)
            decoder.start(0.0)
            for number in range(16):
                decoder.receive(read(number), 0.0)
            before = highest = process.memory_info().rss
            started = time.process_time()
            for number in range(size // 65_536):
                decoder.receive(read(number), 0.0)
                highest = max(highest, process.memory_info().rss)
            seconds = max(time.process_time() - started, 1e-9)
            label = f"`{target.kit.family.name}` {target.profile or ''}".strip()
            print(
                f"| {label} | {name} | {size / seconds / 1e6:.1f} | {(highest - before) / 2**20:.1f} MiB |", flush=True
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", nargs="*", choices=sorted(TARGETS), default=sorted(TARGETS))
    parser.add_argument("--mb", type=float, default=4.0, help="of each stream; 0: no speeds")
    parser.add_argument("--noise-gib", type=float, default=0.004, help="of each kind, for each family; 0: none")
    parser.add_argument("--noise-kind", nargs="*", default=[], help="of random, 7E, 00, STX, ESC, text, 'cut frames'")
    arguments = parser.parse_args()
    targets = [without_zeros(target) for name in arguments.family for target in TARGETS[name]]
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    if arguments.mb:
        print_speeds(targets, int(arguments.mb * 1e6))
        print_references(int(arguments.mb * 1e6))
    if arguments.noise_gib:
        firsts = [TARGETS[name][0] for name in arguments.family]
        print_noise(
            [without_zeros(target) for target in firsts], int(arguments.noise_gib * 2**30), arguments.noise_kind
        )


if __name__ == "__main__":
    main()
