"""The conformance kit: the duties of every adapter family, whatever its protocol. A family's test file subclasses
`AdapterKit` under a name that pytest collects and says what is its own:

    class TestAstm(AdapterKit):
        family = FAMILY
        vectors = (Vector("one result", STREAM, (Expected("GLU", 5.1, "5.1"),), frames=1), ...)
        quiet = bytes(...)          # bytes that can neither begin a frame nor mean anything between frames
        ignorable = b"\\x05\\x06..."  # bytes that the family eats between frames without a word
        specimens = (Specimen(...), ...)

Every check compares the invariance (chunking, noise, truncation) with an oracle, the vector's known decode: a decoder
that is wrong in the same way every time does not pass.
"""

import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import ClassVar

import pytest

from firmware_adapters.contract import (
    Decoder,
    FrameAccepted,
    FrameRejected,
    Noise,
    Output,
    Reading,
    Send,
    Simulator,
    Specimen,
)
from firmware_adapters.profile import Profile
from firmware_adapters.registry import Family
from wire.terms import RecordKind, TimeSource

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Expected:
    """Expectation of one reading; `has` holds more attributes of Reading with their values."""

    item: str
    value: float | None
    value_text: str
    has: tuple[tuple[str, object], ...] = ()

    def check(self, reading: Reading, *, is_shifted: bool) -> None:
        """Assert that the reading is the expected one. `is_shifted`: the stream has more bytes than the vector, so
        offsets differ."""
        assert (reading.item, reading.value, reading.value_text) == (self.item, self.value, self.value_text)
        for name, wanted in self.has:
            assert getattr(reading, name) == wanted or (is_shifted and name == "offset"), name


@dataclass(frozen=True, slots=True)
class Vector:
    """One captured or made stream with its known decode. `rejected` are the reasons, in order."""

    name: str
    stream: bytes
    readings: tuple[Expected, ...]
    frames: int
    rejected: tuple[str, ...] = ()
    profile: str | None = None


def merged(outputs: Iterable[Output]) -> list[Output]:
    """Join neighbouring pieces of Noise, as a decoder may cut them where its input was cut."""
    joined: list[Output] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if isinstance(output, Noise) and isinstance(last, Noise) and last.offset + len(last.data) == output.offset:
            joined[-1] = Noise(last.offset, last.data + output.data)
        else:
            joined.append(output)
    return joined


def decode(decoder: Decoder, chunks: Iterable[bytes], now: float = 0.0) -> list[Output]:
    """Decode `chunks` from start to stop, and return all outputs, Noise merged."""
    outputs = decoder.start(now)
    for chunk in chunks:
        outputs.extend(decoder.receive(chunk, now))
    outputs.extend(decoder.stop(now))
    return merged(outputs)


def single_bytes(stream: bytes) -> Iterator[bytes]:
    return (stream[i : i + 1] for i in range(len(stream)))


def random_chunks(stream: bytes, random: Random, longest: int = 40) -> Iterator[bytes]:
    at = 0
    while at < len(stream):
        size = random.randint(1, longest)
        yield stream[at : at + size]
        at += size


def readings_of(outputs: Iterable[Output]) -> list[Reading]:
    return [output for output in outputs if isinstance(output, Reading)]


def rejected_of(outputs: Iterable[Output]) -> list[FrameRejected]:
    return [output for output in outputs if isinstance(output, FrameRejected)]


def frames_of(outputs: Iterable[Output]) -> list[FrameAccepted]:
    return [output for output in outputs if isinstance(output, FrameAccepted)]


def noise_of(outputs: Iterable[Output]) -> list[Noise]:
    return [output for output in outputs if isinstance(output, Noise)]


Line = Callable[[bytes], bytes]


@dataclass(slots=True)
class Conversation:
    """A decoder and a simulator on one line, with a clock that jumps to the next deadline when both are silent.

    `to_host` and `to_device` are the line: a test damages bytes there. A simulator that knows which of its specimens
    it was told are received says so in an attribute `delivered` (a number): it must never run ahead of the readings.
    """

    decoder: Decoder
    simulator: Simulator
    to_host: Line = bytes
    to_device: Line = bytes
    now: float = 0.0
    longest_chunk: int = 64

    def run(self, is_enough: Callable[[list[Reading]], bool], steps: int = 20_000) -> list[Output]:
        """Run until the readings are enough and both sides were silent once more, and return all outputs. Fails after
        `steps`."""
        random = Random(7)
        seen: list[Output] = []
        to_device = bytearray(self._act(self.decoder.start(self.now), seen))
        for _ in range(steps):
            answer = self.simulator.receive(bytes(to_device), self.now) if to_device else b""
            to_device.clear()
            arriving = self.to_host(answer + self.simulator.tick(self.now))
            for chunk in random_chunks(arriving, random, self.longest_chunk):
                to_device += self._act(self.decoder.receive(chunk, self.now), seen)
            to_device += self._act(self.decoder.tick(self.now), seen)
            self._check_delivered(seen)
            if arriving or to_device:
                continue
            if is_enough(readings_of(seen)):
                return seen
            self.now = self._next_deadline()
        pytest.fail(f"after {steps} steps there are only {readings_of(seen)}")

    def _act(self, outputs: list[Output], seen: list[Output]) -> bytes:
        seen.extend(outputs)
        return self.to_device(b"".join(output.data for output in outputs if isinstance(output, Send)))

    def _check_delivered(self, seen: list[Output]) -> None:
        delivered = getattr(self.simulator, "delivered", 0)
        assert delivered <= len(readings_of(seen)), "the analyzer was told 'received' before the reading was out"

    def _next_deadline(self) -> float:
        deadlines = [at for at in (self.decoder.deadline, self.simulator.deadline) if at is not None]
        assert deadlines, "both sides are silent and neither waits for anything"
        return max(self.now, min(deadlines)) + 0.001


@cache
def parsed_profile(family: Family, name: str | None) -> Profile:
    """Parse a profile once: that takes longer than decoding a vector, and the kit makes thousands of decoders."""
    return family.profile(name)


class AdapterKit:
    """Subclass as `Test...`; see the module's text."""

    family: ClassVar[Family]
    vectors: ClassVar[tuple[Vector, ...]]
    quiet: ClassVar[bytes]
    ignorable: ClassVar[bytes] = b""
    specimens: ClassVar[tuple[Specimen, ...]] = ()
    simulated_profile: ClassVar[str | None] = None
    # What a decoder may hold of an endless line; the noise is half as long again.
    most_held: ClassVar[int] = MEBIBYTE // 2

    # What a family may say otherwise.

    def is_range(self, rejected: FrameRejected) -> bool:
        """Return True when the rejected bytes are one range of the input (and not joined from several frames)."""
        return rejected.detail != "record"

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        """Return True when `reading` is `specimen` and nothing else. Override where the protocol does not carry a
        field."""
        return (
            reading.sample_number == specimen.number
            and reading.commodity == specimen.commodity
            and reading.item == specimen.item
            and reading.value == pytest.approx(specimen.value)
            and reading.measured_at == specimen.measured_at
            and reading.verdict == specimen.verdict
        )

    def simulated_profiles(self) -> Sequence[Profile]:
        """Return the profiles whose simulator is held against the decoder."""
        return (self.family.profile(self.simulated_profile),)

    def is_same(self, known: Reading, reading: Reading) -> bool:
        """Return True when a reading out of a disturbed stream says the same as in the clean one."""
        return (reading.item, reading.value, reading.value_text) == (
            known.item,
            known.value,
            known.value_text,
        ) and reading.sample_number in ("", known.sample_number)

    def may_be_silent(self, gap: bytes) -> bool:
        """Return True when the family may pass over these bytes, of which no output spoke, without a word."""
        return not gap.translate(None, self.ignorable)

    # How the checks make their decoders.

    def _decoder(self, vector: Vector, *, passive: bool = True) -> Decoder:
        return self.family.decoder(parsed_profile(self.family, vector.profile), passive=passive)

    def _decode(self, vector: Vector, stream: bytes) -> list[Output]:
        return decode(self._decoder(vector), [stream])

    def _check_known(self, vector: Vector, outputs: list[Output], *, is_shifted: bool = False) -> None:
        readings = readings_of(outputs)
        assert len(readings) == len(vector.readings)
        for expected, reading in zip(vector.readings, readings, strict=True):
            expected.check(reading, is_shifted=is_shifted)
        assert len(frames_of(outputs)) == vector.frames
        assert [rejected.reason for rejected in rejected_of(outputs)] == list(vector.rejected)

    def _check_identity(self, vector: Vector, readings: list[Reading]) -> None:
        """Check that a record has a kind and a time has a source, and that neither claims more than the profile
        declares."""
        declared = parsed_profile(self.family, vector.profile).identity
        assert declared is not None, "the profile declares no [identity]"
        for reading in readings:
            assert (reading.record == "") is (reading.record_kind is RecordKind.NONE), "a record has a kind"
            assert (reading.measured_at_text == "") is (reading.time_source is TimeSource.NONE), "a time has a source"
            assert not declared.claims_more(reading.record_kind, reading.time_source), reading
            assert reading.measured_at is None or reading.measured_at_text

    def _check_ranges(self, stream: bytes, outputs: list[Output]) -> None:
        """Check that every byte of `stream` lies in exactly one reported range, or is one that the family may eat."""
        ranges: list[tuple[int, int]] = []
        for output in outputs:
            match output:
                case FrameAccepted(offset, length):
                    ranges.append((offset, offset + length))
                case Noise(offset, data):
                    assert stream[offset : offset + len(data)] == data
                    ranges.append((offset, offset + len(data)))
                case FrameRejected(_, offset, data) if self.is_range(output):
                    assert stream[offset : offset + len(data)] == data
                    ranges.append((offset, offset + len(data)))
                case _:
                    pass
        at = 0
        for first, last in sorted(ranges):
            assert first >= at, f"bytes {first}..{at} are reported twice"
            assert self.may_be_silent(stream[at:first]), f"nothing is said of bytes {at}..{first}"
            at = last
        assert at <= len(stream)
        assert self.may_be_silent(stream[at:]), f"nothing is said of the bytes from {at}"

    # The checks.

    def test_every_vector_decodes_as_known(self) -> None:
        for vector in self.vectors:
            outputs = self._decode(vector, vector.stream)
            self._check_known(vector, outputs)
            self._check_identity(vector, readings_of(outputs))
            self._check_ranges(vector.stream, outputs)

    def test_the_way_in_which_the_bytes_are_cut_changes_nothing(self) -> None:
        for number, vector in enumerate(self.vectors):
            for passive in (True, False):
                whole = decode(self._decoder(vector, passive=passive), [vector.stream])
                singly = decode(self._decoder(vector, passive=passive), single_bytes(vector.stream))
                assert singly == whole
                for seed in range(8):
                    chunks = random_chunks(vector.stream, Random(number * 100 + seed), 1 + 30 * seed)
                    assert decode(self._decoder(vector, passive=passive), chunks) == whole

    def test_quiet_noise_before_between_and_after_frames_is_reported_where_it_was(self) -> None:
        for number, vector in enumerate(self.vectors):
            random = Random(number)
            clean = self._decode(vector, vector.stream)
            if noise_of(clean) or rejected_of(clean):
                continue
            stream, noise = b"", []
            edges = [0, *(frame.offset for frame in frames_of(clean) if frame.offset), len(vector.stream)]
            for first, last in zip(edges, [*edges[1:], len(vector.stream)], strict=True):
                noise.append(Noise(len(stream), bytes(random.choices(self.quiet, k=random.randint(1, 20)))))
                stream += noise[-1].data + vector.stream[first:last]
            outputs = self._decode(vector, stream)
            self._check_known(vector, outputs, is_shifted=True)
            self._check_ranges(stream, outputs)
            assert noise_of(outputs) == noise

    def test_random_noise_between_frames_is_survived_and_invents_nothing(self) -> None:
        for number, vector in enumerate(self.vectors):
            clean = self._decode(vector, vector.stream)
            edges = [0, *(frame.offset for frame in frames_of(clean)), len(vector.stream)]
            for seed in range(10):
                random = Random(number * 1000 + seed)
                stream = bytearray()
                for first, last in zip(edges, [*edges[1:], len(vector.stream)], strict=True):
                    stream += random.randbytes(random.randint(0, 20)) + vector.stream[first:last]
                outputs = self._decode(vector, bytes(stream))
                self._check_ranges(bytes(stream), outputs)
                assert decode(self._decoder(vector), single_bytes(bytes(stream))) == outputs
                self._check_nothing_invented(clean, outputs)

    def test_a_damaged_byte_makes_no_wrong_result(self) -> None:
        for number, vector in enumerate(self.vectors):
            clean = self._decode(vector, vector.stream)
            random = Random(number)
            for _ in range(min(200, len(vector.stream))):
                at = random.randrange(len(vector.stream))
                damaged = vector.stream[at] ^ (1 << random.randrange(8))
                stream = vector.stream[:at] + bytes((damaged,)) + vector.stream[at + 1 :]
                outputs = self._decode(vector, stream)
                self._check_ranges(stream, outputs)
                self._check_nothing_invented(clean, outputs)

    def test_a_stream_cut_anywhere_gives_no_half_result(self) -> None:
        for vector in self.vectors:
            clean = self._decode(vector, vector.stream)
            step = max(1, len(vector.stream) // 400)
            for end in range(0, len(vector.stream), step):
                for stream in (vector.stream[:end], vector.stream[end:]):
                    outputs = self._decode(vector, stream)
                    self._check_ranges(stream, outputs)
                    self._check_nothing_invented(clean, outputs)

    def _check_nothing_invented(self, clean: list[Output], outputs: list[Output]) -> None:
        truth: dict[bytes, list[Reading]] = {}
        for reading in readings_of(clean):
            truth.setdefault(reading.raw, []).append(reading)
        for reading in readings_of(outputs):
            assert reading.raw in truth, f"invented: {reading.raw!r}"
            assert any(self.is_same(known, reading) for known in truth[reading.raw]), f"invented: {reading}"

    def test_stopping_twice_is_harmless_and_a_new_start_forgets(self) -> None:
        for vector in self.vectors:
            decoder = self._decoder(vector)
            first = decode(decoder, [vector.stream])
            assert decoder.stop(0.0) == []
            assert decode(decoder, [vector.stream]) == first
            decode(decoder, [vector.stream[: len(vector.stream) // 2]])
            assert decode(decoder, [vector.stream]) == first

    def test_a_passive_decoder_sends_nothing(self) -> None:
        for vector in self.vectors:
            decoder = self._decoder(vector)
            outputs = decoder.start(0.0)
            for chunk in single_bytes(vector.stream):
                outputs.extend(decoder.receive(chunk, 0.0))
            for _ in range(10):
                if decoder.deadline is None:
                    break
                outputs.extend(decoder.tick(decoder.deadline + 0.001))
            outputs.extend(decoder.stop(1e6))
            assert not [output for output in outputs if isinstance(output, Send)]

    def test_a_reading_comes_before_what_is_sent_in_the_same_breath(self) -> None:
        for vector in self.vectors:
            decoder = self._decoder(vector, passive=False)
            decoder.start(0.0)
            for chunk in single_bytes(vector.stream):
                kinds = [
                    isinstance(output, Send) for output in decoder.receive(chunk, 0.0) if _is_reading_or_send(output)
                ]
                assert kinds == sorted(kinds)

    def test_memory_stays_bounded_however_long_the_noise(self) -> None:
        quiet = bytes(self.quiet[:1]) * 65_536
        random = Random(1).randbytes(65_536)
        unfinished = self.vectors[0].stream[:-1] * (1 + 65_536 // len(self.vectors[0].stream))
        for passive in (True, False):  # tables that are made at the first use hold nothing of the line
            self._decoder(self.vectors[0], passive=passive).receive(unfinished + quiet, 0.0)
        for noise, passive in ((quiet, True), (quiet, False), (random, False), (unfinished, True)):
            decoder = self._decoder(self.vectors[0], passive=passive)
            tracemalloc.start()
            try:
                decoder.start(0.0)
                for _ in range(3 * self.most_held // 2 // len(noise)):
                    decoder.receive(noise, 0.0)
                held, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert held < self.most_held
            assert peak < 16 * self.most_held

    def test_what_the_simulator_measured_is_what_the_decoder_reads(self) -> None:
        self._check_simulation(bytes, bytes)

    def test_a_line_that_damages_bytes_neither_loses_nor_alters_a_result(self) -> None:
        random = Random(11)

        def damage(data: bytes) -> bytes:
            if not data or random.random() > 0.1:
                return data
            at = random.randrange(len(data))
            return data[:at] + bytes((data[at] ^ (1 << random.randrange(8)),)) + data[at + 1 :]

        self._check_simulation(damage, bytes)

    def test_answers_that_are_lost_neither_lose_nor_alter_a_result(self) -> None:
        random = Random(13)
        self._check_simulation(bytes, lambda data: b"" if random.random() < 0.1 else data)

    def _check_simulation(self, to_host: Line, to_device: Line) -> None:
        if not self.specimens:
            pytest.skip("no specimens")
        for profile in self.simulated_profiles():
            self._check_one_simulation(profile, to_host, to_device)

    def _check_one_simulation(self, profile: Profile, to_host: Line, to_device: Line) -> None:
        simulator = self.family.simulator(profile, Random(3))
        for specimen in self.specimens:
            simulator.measure(specimen)
        conversation = Conversation(self.family.decoder(profile), simulator, to_host, to_device)

        def has_all(readings: list[Reading]) -> bool:
            return all(any(self.matches(one, reading, profile) for reading in readings) for one in self.specimens)

        readings = readings_of(conversation.run(has_all))
        if to_host is bytes and to_device is bytes:
            assert len(readings) == len(self.specimens)
        for reading in readings:
            assert any(self.matches(specimen, reading, profile) for specimen in self.specimens), reading

    def test_every_shipped_profile_loads_and_tells_how_it_is_known(self) -> None:
        shipped = self.family.shipped()
        assert self.family.default_profile in shipped
        for name, profile in shipped.items():
            assert profile.name == name
            assert profile.family == self.family.name
            assert profile.note, f"{name}: say where the layout is known from"
            assert profile.identity is not None, f"{name}: say in [identity] what tells its tests apart"
            most = self.family.identity
            assert not most.claims_more(profile.identity.record, profile.identity.time), name
            self.family.decoder(profile)


def _is_reading_or_send(output: Output) -> bool:
    return isinstance(output, Reading | Send)


def without_offset(reading: Reading) -> Reading:
    """Return the reading without its offset, to compare streams that differ in the bytes between the frames."""
    return replace(reading, offset=0)
