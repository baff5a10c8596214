"""One case: a damaged stream, and what must hold of any stream.

- No exception, whatever the bytes and however they are cut in time and space.
- Every byte comes out in exactly one range, or is one that the family may pass over.
- The way in which the bytes are cut changes nothing.
- After silence a good stream is read whole.
- A passive decoder sends nothing; any other sends what is in its request table and nothing else.
"""

from random import Random

from firmware_adapters.contract import Decoder, Output, Send
from tests.contract.adapter_kit import merged, random_chunks, readings_of
from tests.fuzz.mutations import damaged
from tests.fuzz.targets import Target

_MOST_TICKS = 200


def case_stream(target: Target, seed: int, number: int) -> tuple[bytes, Random]:
    random = Random(f"{target.name}/{target.profile}/{seed}/{number}")
    return damaged([vector.stream for vector in target.vectors], random), random


def run_case(target: Target, seed: int, number: int) -> None:
    """Run one case. Raises AssertionError, or any error of the decoder."""
    stream, random = case_stream(target, seed, number)
    check_stream(target, stream, random)


def check_stream(target: Target, stream: bytes, random: Random) -> None:
    _check_ranges_and_cuts(target, stream, random)
    _check_time(target, stream, random)
    check_recovery(target, stream)


def check_ranges(target: Target, stream: bytes) -> None:
    decoder = target.decoder(passive=True)
    outputs = decoder.start(0.0) + decoder.receive(stream, 0.0) + decoder.stop(0.0)
    target.kit._check_ranges(stream, merged(outputs))


def _check_ranges_and_cuts(target: Target, stream: bytes, random: Random) -> None:
    for passive in (True, False):
        decoder = target.decoder(passive=passive)
        whole = decoder.start(0.0) + decoder.receive(stream, 0.0) + decoder.stop(0.0)
        if passive:
            target.kit._check_ranges(stream, merged(whole))
        pieces = decoder.start(0.0)
        for chunk in random_chunks(stream, random, random.choice((1, 3, 40, 400))):
            pieces += decoder.receive(chunk, 0.0)
        assert merged(pieces + decoder.stop(0.0)) == merged(whole)


def _check_time(target: Target, stream: bytes, random: Random) -> None:
    """Check pauses anywhere, and ticks when they are due and when they are not."""
    for passive in (True, False):
        decoder, now = target.decoder(passive=passive), 0.0
        outputs = decoder.start(now)
        for chunk in random_chunks(stream, random, 200):
            now += random.choice((0.0, 0.001, 0.05, 1.0, 40.0))
            if random.random() < 0.7 or (decoder.deadline is not None and decoder.deadline <= now):
                outputs += decoder.tick(now)
            outputs += decoder.receive(chunk, now)
        outputs += decoder.stop(now)
        sent = [output.data for output in outputs if isinstance(output, Send)]
        assert not (passive and sent)
        table = target.table() if sent else ()
        for data in sent:
            assert any(request.allows(data) for request in table), f"not in the request table: {data.hex(' ')}"


def check_recovery(target: Target, stream: bytes) -> None:
    decoder = target.decoder(passive=True)
    outputs: list[Output] = decoder.start(0.0) + decoder.receive(stream, 0.0)
    _fall_silent(decoder, outputs)
    outputs += decoder.receive(target.gap, 1000.0)
    _fall_silent(decoder, outputs)
    outputs += decoder.receive(target.good.stream, 2000.0) + decoder.stop(3000.0)
    read = {(reading.item, reading.value, reading.value_text) for reading in readings_of(outputs)}
    for expected in target.good.readings:
        assert (expected.item, expected.value, expected.value_text) in read, f"not read behind the damage: {expected}"


def _fall_silent(decoder: Decoder, outputs: list[Output]) -> None:
    for _ in range(_MOST_TICKS):
        if decoder.deadline is None:
            return
        outputs += decoder.tick(decoder.deadline)
    raise AssertionError("a passive decoder never comes to rest")
