"""No byte that erases or sets can leave this program. An erase command sits one byte from a read command on several
testers. So every family lists what it may say (`Family.request_table`), requests and answers alike, and here that is
held against the known commands: what the tables allow, what the decoders really send, what a user's own profile can
bring, and what stands in the code."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from firmware_adapters.contract import Decoder, Send, Simulator
from firmware_adapters.forbidden import why_forbidden
from firmware_adapters.profile import Profile, ProfileError, parse_profile
from firmware_adapters.registry import Family, families
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
# Known commands that erase, by their bytes.
IN_FULL = {"TTNJ, TTJ": b"\x1b\xb9", "DY-6200, DY-6400": b"\x6a\x5d"}
ERASE = {**IN_FULL, "DY-6200, DY-6400 (the command byte alone)": b"\x5d"}
MODBUS_READS = (1, 2, 3, 4)
MODBUS_WRITES = (0x05, 0x06, 0x0F, 0x10, 0x15, 0x16, 0x17)
TABLES = {
    f"{family.name}: {profile.name}": (family, profile)
    for family in families().values()
    for profile in family.shipped().values()
}
every_table = pytest.mark.parametrize(("family", "profile"), TABLES.values(), ids=TABLES)


def is_modbus_write(data: bytes) -> bool:
    """Return True for a write to any device that speaks Modbus: a good CRC behind a function that writes, and the
    length that it must have. Without the length one in 65,536 requests of any other protocol is one by chance."""
    crc = int.from_bytes(data[-2:], "big")
    length = _write_length(data) if len(data) >= 8 else None
    return len(data) == length and FramerRTU.compute_CRC(data[:-2]) == crc


def _write_length(data: bytes) -> int | None:
    """Return the bytes of a write, address and CRC included; None: no function that writes."""
    match data[1]:
        case 0x05 | 0x06:
            return 8
        case 0x0F | 0x10:
            return 9 + data[6]
        case 0x15:
            return 5 + data[2]
        case 0x16:
            return 10
        case 0x17 if len(data) > 10:
            return 13 + data[10]
        case _:
            return None


@pytest.mark.parametrize(
    ("said", "is_write"),
    [
        (b"\x01\x05\x00\xac\xff\x00\x4c\x1b", True),
        (b"\x11\x10\x00\x01\x00\x02\x04\x00\x0a\x01\x02\xc6\xf0", True),
        (b"\x11\x03\x00\x6b\x00\x03\x76\x87", False),
        (b"\x7e\x10\x03\x00\x13\x07\x1f\x71\xaa", False),  # the results of a day, asked of a pesticide tester
    ],
)
def test_a_modbus_write_is_known_by_crc_function_and_length(said: bytes, *, is_write: bool) -> None:
    assert FramerRTU.compute_CRC(said[:-2]) == int.from_bytes(said[-2:], "big")
    assert is_modbus_write(said) == is_write


@every_table
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_nothing_that_a_table_allows_is_or_begins_as_a_command_that_erases(
    family: Family, profile: Profile, data: st.DataObject
) -> None:
    for request in family.request_table(profile):
        said = data.draw(st.from_regex(request.pattern, fullmatch=True))
        assert not is_modbus_write(said)
        for tester, command in ERASE.items():
            assert not said.startswith(command), f"{family.name} {request.name}: erases {tester}"


@every_table
def test_requests_without_parameters_hold_no_command_that_erases_alone_or_in_a_row(
    family: Family, profile: Profile
) -> None:
    fixed = [
        plain
        for request in family.request_table(profile)
        if re.escape(plain := re.sub(rb"\\(.)", rb"\1", request.pattern.pattern, flags=re.DOTALL))
        == request.pattern.pattern
    ]
    for first in fixed:
        for second in fixed:
            for tester, command in ERASE.items():
                assert command not in first + second, f"{family.name}: erases {tester}"


def _said(decoder: Decoder, simulator: Simulator, patience: int) -> Iterator[bytes]:
    """Yield the bytes that the decoder sends to a device that answers so many times, and is silent from then on."""
    now, outputs = 0.0, decoder.start(0.0)
    for step in range(400):
        said = [output.data for output in outputs if isinstance(output, Send)]
        yield from said
        heard = b"".join(simulator.receive(data, now) for data in said) + simulator.tick(now)
        outputs = decoder.receive(heard if step < patience else b"", now)
        if outputs:
            continue
        deadlines = [at for at in (decoder.deadline, simulator.deadline) if at is not None]
        if not deadlines:
            return
        now = max(now, min(deadlines)) + 0.001
        outputs = decoder.tick(now)


@every_table
@pytest.mark.parametrize("patience", [400, 3])
def test_what_the_decoders_really_say_is_in_the_table(family: Family, profile: Profile, patience: int) -> None:
    decoder = family.decoder(profile, today=lambda: date(2026, 3, 5))
    simulator = family.simulator(profile, Random(1))
    kits = [target.kit for target in TARGETS[family.name]]
    own = [kit for kit in kits if any(simulated.name == profile.name for simulated in kit.simulated_profiles())]
    for specimen in own[0].specimens if own else ():
        simulator.measure(specimen)
    table = family.request_table(profile)
    said = list(_said(decoder, simulator, patience))
    assert said or not table or family.name in ("astm", "hl7", "poct1a"), "it never asked"
    for data in said:
        assert any(row.allows(data) for row in table), data.hex(" ")
    assert not getattr(simulator, "was_erased", False)


# A user's own profile.

LINE = """
name = "mine"
family = "line"
maker = "-"
model = "-"
evidence = "simulator"
charset = "{charset}"
[[settings.line]]
pattern = '(?P<value>[0-9]+)'
is_answer = true
"""


def _line_profile(*requests: str, charset: str = "latin-1") -> Profile:
    escaped = ["".join(f"\\u{ord(letter):04x}" for letter in request) for request in requests]
    rows = "".join(f'[[settings.request]]\nsend = "{request}"\nitem = "x"\n' for request in escaped)
    return parse_profile(LINE.format(charset=charset) + rows, "mine.toml")


BANNED = {
    "1B B9": "\x1b\xb9",
    "1B B9 behind something": "\x1b\xbf\x1b\xb9",
    "6A 5D": "j]",
    "6A 5D with its complements": "j]\xa2i",
    **{
        f"Modbus {function:02X}": (body + FramerRTU.compute_CRC(body).to_bytes(2, "big")).decode("latin-1")
        for function in MODBUS_WRITES
        for body in [bytes((1, function, 0, 1, 0, 1, 2, 0, 0))]
    },
}


@pytest.mark.parametrize("request_", BANNED.values(), ids=BANNED)
def test_a_profile_that_would_send_one_is_refused_with_its_file_and_key(request_: str) -> None:
    profile = _line_profile("SI\r\n", request_)
    with pytest.raises(ProfileError, match=r"^mine\.toml:\d+: settings\.request\.1\.send: it (erases|writes)"):
        families()["line"].decoder(profile)


def test_two_requests_that_would_make_one_in_a_row_are_refused() -> None:
    with pytest.raises(ProfileError, match=r"^mine\.toml:\d+: settings\.request: .* one behind the other, .* erases"):
        families()["line"].decoder(_line_profile("\xb9\r\n", "S\x1b"))


def test_a_request_that_is_none_in_its_charset_is_refused() -> None:
    with pytest.raises(ProfileError, match=r"^mine\.toml:\d+: settings\.request\.0\.send: .*ascii"):
        families()["line"].decoder(_line_profile("\xb9", charset="ascii"))


@settings(deadline=None)
@given(requests=st.lists(st.text(st.characters(max_codepoint=0xFF), min_size=1, max_size=12), min_size=1, max_size=3))
def test_whatever_a_line_profile_asks_it_cannot_erase(requests: list[str]) -> None:
    try:
        table = families()["line"].request_table(_line_profile(*requests))
    except ProfileError:
        return
    sent = [request.encode("latin-1") for request in requests]
    assert all(any(row.allows(data) for row in table) for data in sent)
    for first in sent:
        assert not is_modbus_write(first)
        for second in sent:
            assert not any(command in first + second for command in IN_FULL.values())


@pytest.mark.parametrize("function", [*MODBUS_WRITES, 0, 7, 8, 0x65])
def test_a_register_map_has_functions_that_read_and_no_other(function: int) -> None:
    profile = parse_profile(
        'name = "mine"\nfamily = "modbus_rtu"\nmaker = "-"\nmodel = "-"\nevidence = "simulator"\n'
        f'[[settings.register]]\nitem = "x"\naddress = 1\nfunction = {function}\n',
        "mine.toml",
    )
    with pytest.raises(ProfileError, match=r"^mine\.toml:\d+: settings\.register\.0\.function"):
        families()["modbus_rtu"].decoder(profile)


def test_the_list_of_the_program_knows_what_this_list_knows() -> None:
    for command in (*IN_FULL.values(), b"\x01\x06\0\1\0\1\x19\xca"):
        assert why_forbidden(command)


# The code.


def _sources() -> list[Path]:
    return [path for name in ("firmware_adapters", "edge", "shian") for path in sorted((ROOT / name).rglob("*.py"))]


def _bytes_in(tree: ast.Module) -> Iterator[tuple[int, bytes]]:
    """Yield every value of bytes that the code holds: literals, tuples of numbers, and arguments of `fromhex`."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=bytes(value)):
                yield node.lineno, value
            case ast.Tuple(elts=elements) | ast.List(elts=elements) if elements:
                numbers = [
                    element.value
                    for element in elements
                    if isinstance(element, ast.Constant) and type(element.value) is int
                ]
                if len(numbers) == len(elements) and all(0 <= number < 256 for number in numbers):
                    yield node.lineno, bytes(numbers)
            case ast.Call(func=ast.Attribute(attr="fromhex"), args=[ast.Constant(value=str(text))]):
                yield node.lineno, bytes.fromhex(text)
            case _:
                pass


def test_no_command_that_erases_stands_in_the_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in _sources()
        for line, value in _bytes_in(ast.parse(path.read_text("utf-8")))
        if any(command in value for command in IN_FULL.values())
    ]
    assert not found


def test_only_a_session_writes_to_the_line_of_an_analyzer() -> None:
    """Check that tools which listen (capture, inspect, settings found by listening) hold no other way to a port."""
    writes = re.compile(r"(?:link|port|serial)\.write\(")
    holders = {str(path.relative_to(ROOT)) for path in _sources() if writes.search(path.read_text("utf-8"))}
    assert holders == {"edge/device/link.py", "edge/device/session.py", "shian/replay_link.py"}
