# ruff: noqa: DTZ001 - the clock of a device has no zone
"""When which request goes out, to testers that ask for 24, that stream, and that fall silent."""

from datetime import datetime
from itertools import pairwise
from random import Random

import pytest

from firmware_adapters.contract import Decoder, FrameRejected, Output, Reading, Send, Specimen
from firmware_adapters.profile import Profile
from firmware_adapters.ttnj import FAMILY
from tests.contract.adapter_kit import Conversation

AT = datetime(2026, 3, 5, 9, 41, 7)
HELLO, DATA, NEXT, LEAVE = b"\x1b\xbf", b"\x1b\xb1", b"\x24", b"\x1b\xff"


def _profile(**settings: object) -> Profile:
    profile = FAMILY.profile("ttnj-8")
    return profile.model_copy(update={"settings": {**profile.settings, **settings}})


def _sent(outputs: list[Output]) -> list[bytes]:
    return [output.data for output in outputs if isinstance(output, Send)]


def _conversation(profile: Profile, tests: int) -> list[Output]:
    """Run a round, and the beginning of the second."""
    simulator = FAMILY.simulator(profile, Random(1))
    for place in range(tests):
        simulator.measure(Specimen(str(place), "", "type-01", place, AT.replace(second=place)))
    return Conversation(FAMILY.decoder(profile), simulator).run(lambda readings: len(readings) > tests)


def test_each_group_is_asked_for_until_the_end() -> None:
    assert _sent(_conversation(_profile(), 2))[:6] == [HELLO, DATA, NEXT, NEXT, NEXT, LEAVE]


def test_a_tester_that_streams_is_not_asked_for_groups() -> None:
    assert _sent(_conversation(_profile(asks_next=False), 2))[:3] == [HELLO, DATA, LEAVE]


def test_a_tester_that_streams_though_the_profile_asks_is_not_disturbed() -> None:
    decoder = FAMILY.decoder(_profile())
    assert _sent(decoder.start(0.0)) == [HELLO]
    decoder.receive(b"\x1b\x01", 0.1)
    assert _sent(decoder.tick(0.7)) == [DATA]
    group = bytes.fromhex("01 13 35 10 02 07 02 0C 00 3F F7 53 7E 44 7C BC 7C").ljust(73, b"\0")
    decoder.receive(b"\x1b\xc1", 0.8)
    for step in range(20):
        decoder.receive(group, 1.0 + step * 0.1)
        assert decoder.tick(1.05 + step * 0.1) == []
    decoder.receive(b"\x1b\xfe", 3.0)
    assert _sent(decoder.tick(3.6)) == [LEAVE]


def _silence(decoder: Decoder, now: float) -> tuple[list[Output], float]:
    """Wait in silence until the next request."""
    outputs: list[Output] = []
    while not _sent(outputs):
        assert decoder.deadline is not None
        now = max(now, decoder.deadline)
        outputs += decoder.tick(now)
    return outputs, now


def test_a_silent_tester_is_asked_less_and_less_often() -> None:
    decoder = FAMILY.decoder(_profile())
    decoder.start(0.0)
    times = [0.0]
    for _ in range(6):
        outputs, now = _silence(decoder, times[-1])
        assert _sent(outputs) == [HELLO]
        times.append(now)
    gaps = [b - a for a, b in pairwise(times)]
    assert gaps == [9, 15, 27, 51, 63, 63]


def test_a_group_that_stays_incomplete_is_rejected_and_the_next_one_is_read() -> None:
    decoder = FAMILY.decoder(_profile())
    decoder.start(0.0)
    group = bytes.fromhex("01 13 35 10 02 07 02 0C 00 3F F7 53 7E 44 7C BC 7C").ljust(73, b"\0")
    decoder.receive(b"\x1b\xc1" + group[:50], 1.0)
    late = decoder.tick(2.1)
    assert [(output.reason, output.offset, output.data) for output in late if isinstance(output, FrameRejected)] == [
        ("timeout", 2, group[:50])
    ]
    assert [output.channel for output in decoder.receive(group, 4.0) if isinstance(output, Reading)] == [1]


def test_another_model_than_the_profile_says_is_flagged_on_every_reading() -> None:
    group = bytes.fromhex("01 13 35 10 02 07 02 0C 00 3F F7 53 7E 44 7C BC 7C").ljust(73, b"\0")
    decoder = FAMILY.decoder(_profile(), passive=True)
    decoder.start(0.0)
    outputs = decoder.receive(b"\x1b\x33\x1b\xc1" + group + b"\x1b\xfe\x1b\x01\x1b\xc1" + group, 0.0)
    assert [output.flags for output in outputs if isinstance(output, Reading)] == [("other_model",), ()]


@pytest.mark.parametrize(
    ("name", "code", "is_other"),
    [
        ("ttnj", 0x01, False),
        ("ttnj", 0x33, False),
        ("ttnj-8", 0x04, True),
        ("ttnj-16", 0x01, True),
        ("ttnj-16", 0x24, False),
        ("ttj-8h8", 0x01, True),
        ("ttj-8h8", 0x04, False),
        ("ttj-4h32", 0x33, False),
        ("ttj-16", 0x33, True),
    ],
)
def test_a_known_code_belongs_to_one_model(name: str, code: int, is_other: bool) -> None:
    group = bytes.fromhex("13 35 10 02 07 02 0C 01 00 3F 80 00 00 3F 00 00 00").ljust(73, b"\0")
    group = b"\1" + group[:7] + b"\0" + group[9:] if name in ("ttnj-8", "ttj-8h8") or code == 1 else group
    outputs = FAMILY.decoder(FAMILY.profile(name), passive=True).receive(
        b"\x1b" + bytes((code,)) + b"\x1b\xc1" + group, 0
    )
    (reading,) = (output for output in outputs if isinstance(output, Reading))
    assert ("other_model" in reading.flags) is is_other


def test_after_a_lost_group_the_place_in_the_run_is_not_known() -> None:
    profile = _profile(layout="count", channels=16, model_code="")
    group = bytes.fromhex("13 35 10 02 07 02 0C 01 00 3F F7 53 7E 44 7C BC 7C").ljust(73, b"\0")
    other = bytes.fromhex("14 35 10 02 07 02 0C 01 00 3F F7 53 7E 44 7C BC 7C").ljust(73, b"\0")
    broken = bytes.fromhex("13 35 10 02 07 02 0C 01 00 7F 00 00 00").ljust(73, b"\0")
    decoder = FAMILY.decoder(profile, passive=True)
    decoder.start(0.0)
    outputs = decoder.receive(b"\x1b\xc1" + broken + group + other + other + b"\x1b\xfe", 0.0)
    readings = [output for output in outputs if isinstance(output, Reading)]
    assert [(reading.channel, reading.flags) for reading in readings] == [
        (None, ("channel_unknown",)),
        (1, ()),
        (9, ()),
    ]
