"""The client on a bus: echoes, late answers, dead and busy slaves, exceptions, and what it may send at all."""

from random import Random

import pytest

from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise, Output, Reading, Send
from firmware_adapters.modbus_rtu import FAMILY
from firmware_adapters.modbus_rtu.decoder import Client
from firmware_adapters.modbus_rtu.frames import with_crc
from firmware_adapters.modbus_rtu.simulator import Quirks, Slaves
from firmware_adapters.profile import Profile, ProfileError, parse_profile

HEAD = """
name = "bus"
family = "modbus_rtu"
maker = "x"
model = "x"
evidence = "simulator"
"""


def profile(settings: str) -> Profile:
    return parse_profile(HEAD + settings, "bus.toml")


def map_of(*slaves: int, rest: str = "") -> Profile:
    return profile(
        f"[settings]\nslaves = {list(slaves)}\nevery_s = 10.0\nreply_s = 1.0\nbackoff_s = 30.0\n{rest}\n"
        '[[settings.register]]\nitem = "t"\naddress = 0\ntype = "s16"\nscale = 0.1\n'
    )


def client(profile: Profile) -> Client:
    made = FAMILY.decoder(profile)
    assert isinstance(made, Client)
    return made


def sent(outputs: list[Output]) -> list[bytes]:
    return [output.data for output in outputs if isinstance(output, Send)]


def reply(slave: int, *registers: int) -> bytes:
    data = b"".join(register.to_bytes(2, "big") for register in registers)
    return with_crc(bytes((slave, 3, len(data))) + data)


def run(decoder: Client, bus: Slaves, seconds: float) -> list[Output]:
    """Run the bus for `seconds`, with a clock that jumps."""
    now, outputs = 0.0, decoder.start(0.0)
    answer = b"".join(bus.receive(data, now) for data in sent(outputs))
    while True:
        new = decoder.receive(answer, now) if answer else []
        if not new and not answer:
            assert decoder.deadline is not None
            now = max(now, decoder.deadline)
            if now > seconds:
                return outputs
            new = decoder.tick(now)
        answer = b"".join(bus.receive(data, now) for data in sent(new))
        outputs += new


def test_an_echo_of_the_request_is_dropped_before_the_answer() -> None:
    decoder = client(map_of(1))
    (request,) = sent(decoder.start(0.0))
    outputs = decoder.receive(request + reply(1, 215), 0.1)
    assert [type(output) for output in outputs] == [FrameAccepted, Reading]
    assert isinstance(outputs[1], Reading)
    assert (outputs[1].value, outputs[1].value_text, outputs[1].channel) == (21.5, "21.5", 1)


@pytest.mark.parametrize("kept", range(1, 8))
def test_a_part_of_an_echo_costs_nothing_but_itself(kept: int) -> None:
    decoder = client(map_of(1))
    (request,) = sent(decoder.start(0.0))
    for part in (request[:kept], request[-kept:]):
        decoder = client(map_of(1))
        decoder.start(0.0)
        outputs = decoder.receive(part + reply(1, 215), 0.1) + decoder.tick(1.0)
        assert [output.value for output in outputs if isinstance(output, Reading)] == [21.5]
        assert b"".join(output.data for output in outputs if isinstance(output, Noise)) == part


def test_a_late_answer_is_not_taken_for_the_next_request() -> None:
    two = '[[settings.register]]\nitem = "u"\naddress = 9\ntype = "s16"\nscale = 0.1\n'
    decoder = client(profile('[settings]\nreply_s = 1.0\n[[settings.register]]\nitem = "t"\naddress = 0\n' + two))
    decoder.start(0.0)
    assert sent(decoder.tick(1.0)) == []  # given up; the slave is left alone
    late = decoder.receive(reply(1, 7), 1.3)
    assert [type(output) for output in late] == [FrameRejected]
    assert isinstance(late[0], FrameRejected)
    assert late[0].reason == "sequence"
    assert decoder.deadline is not None
    assert decoder.deadline >= 3.0


def test_an_answer_of_another_slave_or_size_leaves_the_request_open() -> None:
    decoder = client(map_of(1))
    decoder.start(0.0)
    wrong = decoder.receive(reply(2, 1), 0.1)
    assert [type(output) for output in wrong] == [FrameRejected]
    right = decoder.receive(reply(1, 1), 0.2)
    assert [type(output) for output in right] == [FrameAccepted, Reading]


def test_an_answer_that_comes_in_pieces_after_the_deadline_is_waited_for() -> None:
    decoder = client(map_of(1))
    decoder.start(0.0)
    whole = reply(1, 5)
    assert decoder.receive(whole[:4], 0.9) == []
    assert decoder.tick(1.0) == []
    assert len(decoder.receive(whole[4:], 1.2)) == 2


def test_a_good_answer_behind_a_length_that_lies_is_found_when_the_time_is_up() -> None:
    both = '[[settings.register]]\nitem = "many"\naddress = 0\ntype = "f32"\n'
    decoder = client(profile('[settings]\nreply_s = 1.0\n[[settings.register]]\nitem = "t"\naddress = 7\n' + both))
    decoder.start(0.0)
    assert decoder.receive(b"\x01\x03\x04" + reply(1, 0, 0)[:-1], 0.1) == []
    outputs = decoder.receive(reply(1, 0, 0)[-1:], 0.1) + decoder.tick(1.0)
    assert [output.item for output in outputs if isinstance(output, Reading)] == ["many"]


def test_a_dead_slave_does_not_starve_the_others() -> None:
    profile = map_of(1, 2, 3)
    bus = Slaves(profile, Random(1), Quirks(dead_slaves=frozenset((2,))))
    outputs = run(client(profile), bus, 600.0)
    readings = [output.channel for output in outputs if isinstance(output, Reading)]
    assert readings.count(1) >= 58
    assert readings.count(3) >= 58
    asked_dead = sum(data[0] == 2 for data in sent(outputs))
    assert 15 <= asked_dead <= 30
    lost = [output for output in outputs if isinstance(output, FrameRejected)]
    assert [(output.reason, output.detail) for output in lost] == [("timeout", "slave 2 does not answer")]


def test_a_second_outage_is_noticed_and_survived_like_the_first() -> None:
    profile = map_of(1)
    decoder, now = client(profile), 0.0
    (request,) = sent(decoder.start(now))
    for _ in range(2):
        reports = []
        for _ in range(4):
            assert decoder.deadline is not None
            now = decoder.deadline
            reports += [output for output in decoder.tick(now) if isinstance(output, FrameRejected)]
        assert [report.reason for report in reports] == ["timeout"]
        while not sent(asked := decoder.tick(now)):
            assert decoder.deadline is not None
            now = max(now, decoder.deadline)
        assert sent(asked) == [request]
        assert len(decoder.receive(reply(1, 1), now)) == 2


@pytest.mark.parametrize("code", [5, 6])
def test_a_busy_slave_is_asked_again_later_and_the_request_is_not_lost(code: int) -> None:
    decoder = client(map_of(1))
    (request,) = sent(decoder.start(0.0))
    outputs = decoder.receive(with_crc(bytes((1, 0x83, code))), 0.1)
    assert [type(output) for output in outputs] == [FrameAccepted]
    assert decoder.deadline == pytest.approx(1.1)
    assert sent(decoder.tick(1.1)) == [request]
    again = decoder.receive(with_crc(bytes((1, 0x83, code))), 1.2)
    assert [type(output) for output in again] == [FrameAccepted]
    assert decoder.deadline == pytest.approx(3.2)
    assert sent(decoder.tick(3.3)) == [request]
    assert len(decoder.receive(reply(1, 1), 3.4)) == 2


def test_a_slave_that_stays_busy_is_reported_once() -> None:
    decoder, now, reports = client(map_of(1)), 0.0, 0
    decoder.start(now)
    for _ in range(8):
        outputs = decoder.receive(with_crc(bytes((1, 0x83, 6))), now)
        reports += sum(isinstance(output, FrameRejected) for output in outputs)
        assert decoder.deadline is not None
        now = decoder.deadline
        assert sent(decoder.tick(now))
    assert reports == 1
    assert now > 60.0


def test_a_refused_request_is_reported_once_and_asked_soon_then_rarely() -> None:
    profile = map_of(1)
    bus = Slaves(profile, Random(1))
    bus.memory = {(1, 4, 0): 0}
    outputs = run(client(profile), bus, 300.0)
    (reported,) = [output for output in outputs if isinstance(output, FrameRejected)]
    assert (reported.reason, reported.data) == ("exception", b"")
    assert reported.detail == "slave 1, function 3: exception 2, illegal data address"
    # After 1, 2, 4, 8 and 16 s, then every 30: one exception of a probe must not mean half a minute without it.
    assert 13 <= len(sent(outputs)) <= 15


def test_a_bus_with_echo_zeros_and_busy_slaves_gives_every_reading() -> None:
    profile = map_of(1, 2)
    bus = Slaves(profile, Random(3), Quirks(has_echo=True, leads_with=b"\0\0", trails_with=b"\0", busy=0.3))
    outputs = run(client(profile), bus, 300.0)
    readings = [output.channel for output in outputs if isinstance(output, Reading)]
    assert readings.count(1) >= 25
    assert readings.count(2) >= 25
    assert {bytes(output.data) for output in outputs if isinstance(output, Noise)} <= {b"\0", b"\0\0", b"\0\0\0"}


def test_nothing_but_reading_functions_is_ever_sent() -> None:
    for shipped in FAMILY.shipped().values():
        decoder = FAMILY.decoder(shipped)
        if isinstance(decoder, Client):
            outputs = run(decoder, Slaves(shipped, Random(1)), 60.0)
            assert sent(outputs)
            assert {data[1] for data in sent(outputs)} <= {1, 2, 3, 4}


def test_neighbours_are_read_by_one_request_unless_the_profile_forbids_it() -> None:
    registers = "".join(f'[[settings.register]]\nitem = "r{place}"\naddress = {place}\n' for place in (0, 1, 2, 7))
    for settings, requests in (("", 2), ("can_join = false\n", 4), ("max_size = 2\n", 3)):
        made = profile(f"[settings]\n{settings}" + registers)
        bus = Slaves(made, Random(1))
        assert len(sent(run(client(made), bus, 5.0))) == requests


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ('[[settings.register]]\nitem = "t"\naddress = 0\ntype = "u8"\n', "settings.register.0.type"),
        ('[[settings.register]]\nitem = "t"\nadress = 0\n', "settings.register.0.address"),
        ('[[settings.register]]\nitem = "t"\naddress = 0\nfunction = 6\n', "settings.register.0.function"),
        (
            '[[settings.register]]\nitem = "t"\naddress = 0\nnot_available = ["xx"]\n',
            "settings.register.0.not_available",
        ),
        ('[[settings.register]]\nitem = "t"\naddress = 0\nfunction = 1\n', "functions 1 and 2 read bits"),
        ('[[settings.register]]\nitem = "t"\naddress = 65535\ntype = "f32"\n', "outside 0..65535"),
        ("[settings]\nslaves = [0]\n", "settings.slaves.0"),
        ("[settings]\npoll = 1\n", "settings.poll"),
    ],
)
def test_a_wrong_map_is_refused_with_its_file_and_key(settings: str, key: str) -> None:
    with pytest.raises(ProfileError) as error:
        FAMILY.decoder(profile(settings))
    assert "bus.toml" in str(error.value)
    assert key in str(error.value)
