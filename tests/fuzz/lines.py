"""Streams as bad lines make them, by rule and not by chance: two devices at once, the wrong baud rate, lengths that
lie, noise without end."""

from collections.abc import Callable, Iterator
from random import Random


def interleaved(first: bytes, second: bytes, random: Random, longest: int) -> bytes:
    """Mix two devices that talk at once on a line that takes turns every few bytes."""
    mixed = bytearray()
    while first or second:
        size = random.randint(1, longest)
        mixed += first[:size]
        first, second = second, first[size:]
    return bytes(mixed)


def at_wrong_baud(data: bytes, sent: int, heard: int) -> bytes:
    """Return the bytes that a receiver at `heard` baud makes of 8N1 at `sent` baud: it waits for a falling edge, then
    samples the middle of each of its own bits. A byte without a stop bit is taken as it is, as Linux does."""
    bits = [bit for byte in data for bit in (0, *(byte >> place & 1 for place in range(8)), 1)]

    def level(time: float) -> int:
        """Return the level of the line at `time`, in bits of the receiver; it rests high."""
        at = int(time * sent / heard)
        return bits[at] if at < len(bits) else 1

    received, time, end = bytearray(), 0.0, len(bits) * heard / sent
    step = min(1.0, heard / sent) / 2
    while time < end:
        if level(time):
            time += step
            continue
        received.append(sum(level(time + 1.5 + place) << place for place in range(8)))
        time += 9.5  # into the stop bit; an edge after that begins the next byte
        while time < end and not level(time):
            time += step
    return bytes(received)


def with_lies(data: bytes, places: int) -> Iterator[bytes]:
    """Yield the data with every place of the head in turn (counts and lengths are there) set to the largest, a large,
    the smallest number."""
    for at in range(min(places, len(data) - 1)):
        for lie in (b"\xff", b"\0", b"\x7f\xff", b"\xff\x7f"):
            yield data[:at] + lie + data[at + len(lie) :]


def noises(unfinished: bytes) -> dict[str, Callable[[int], bytes]]:
    """Return kinds of noise without end. Each function gives the bytes of the read of that number, 64 KiB."""
    size = 65_536
    text = "".join(chr(Random(5).randrange(32, 127)) for _ in range(size)).encode()
    cut = unfinished[:-1] or b"\0"
    repeated = cut * (2 + size // len(cut))
    return {
        "random": lambda number: Random(number).randbytes(size),
        "7E": lambda _: b"\x7e" * size,
        "00": lambda _: b"\0" * size,
        "STX": lambda _: b"\2" * size,
        "ESC": lambda _: b"\x1b" * size,
        "text": lambda _: text,
        "cut frames": lambda number: repeated[number % len(cut) :][:size],
    }
