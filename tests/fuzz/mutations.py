"""The damage that a line does to bytes: everything that was seen on one, and worse. All from one `Random`, so a case
comes again from its number."""

from collections.abc import Callable, Sequence
from random import Random

from tests.fuzz.lines import interleaved


def _flip(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    return data[:at] + bytes((data[at] ^ 1 << random.randrange(8),)) + data[at + 1 :]


def _drop(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    return data[:at] + data[at + random.choice((1, 1, 2, 5, 40)) :]


def _insert(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + random.randbytes(random.choice((1, 1, 2, 7, 60, 300))) + data[at:]


def _repeat(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    piece = data[at : at + random.choice((1, 3, 16, 100))]
    return data[:at] + piece * random.choice((2, 3, 30)) + data[at + len(piece) :]


def _overwrite(data: bytes, random: Random) -> bytes:
    """Write a byte that the stream uses elsewhere, or one that is special anywhere: a length that lies, a mark too
    many."""
    at = random.randrange(len(data))
    byte = random.choice((0, 0xFF, 0x7F, 0x80, 0x0A, 0x0D, data[random.randrange(len(data))]))
    return data[:at] + bytes((byte,)) * random.choice((1, 1, 2, 4)) + data[at + 1 :]


def _cut(data: bytes, random: Random) -> bytes:
    at = random.randrange(len(data))
    return data[:at] if random.random() < 0.5 else data[at:]


def _translate(data: bytes, random: Random) -> bytes:
    """Translate bytes, as a tool that means well does."""
    old, new = random.choice(((b"\r", b"\r\n"), (b"\r\n", b"\n"), (b"\n", b""), (b"\0", b""), (b"\xff", b"\0")))
    return data.replace(old, new)


def _strip_bits(data: bytes, random: Random) -> bytes:
    """Strip the bits, as seven bits or another baud rate do."""
    if random.random() < 0.5:
        return bytes(byte & 0x7F for byte in data)
    return bytes(byte >> 1 | (random.randrange(2) << 7) for byte in data)


_MUTATIONS: tuple[Callable[[bytes, Random], bytes], ...] = (
    *(_flip, _drop, _insert, _repeat, _overwrite) * 3,
    _cut,
    _cut,
    _translate,
    _strip_bits,
)


def damaged(seeds: Sequence[bytes], random: Random, longest: int = 6000) -> bytes:
    """Return some of the seeds in a row, damaged; now and then noise alone."""
    if random.random() < 0.03:
        return random.randbytes(random.randint(0, longest))
    data = b"".join(random.choices(seeds, k=random.randint(1, 4)))[:longest]
    if random.random() < 0.1:
        data = interleaved(data, random.choice(seeds)[:longest], random, 30)
    for _ in range(random.choice((0, 1, 1, 2, 3, 8, 25))):
        if data:
            data = random.choice(_MUTATIONS)(data, random)
    return data[: 2 * longest]
