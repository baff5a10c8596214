"""Every byte sequence that this family can send, held against the list of documented requests.

An erase command sits one byte from a read command on several testers.
"""

import ast
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import firmware_adapters.pesticide as package
from firmware_adapters.contract import Send, Specimen
from firmware_adapters.pesticide import requests
from firmware_adapters.pesticide.decoder import PesticideDecoder
from tests.unit.firmware_adapters.pesticide.line import profile

DAYS = [date(2000, 1, 1) + timedelta(days=day) for day in range(36_525)]


def _crc(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31) & 0xFF if crc & 0x80 else crc << 1
    return crc


def _by_day(head: str, day: date) -> bytes:
    body = bytes.fromhex(head) + bytes((day.year - 2000, day.month, day.day))
    return body + bytes((_crc(body[1:]), 0xAA))


FIXED = {
    "lz-4000t": {bytes.fromhex("7E 00 02 00 00 00 07 AA")},
    "tl-310": {bytes.fromhex("7E 15 04 00 FF 00 00 00 2B AA"), bytes.fromhex("7E 15 04 00 FF FF FF FF 4D AA")},
}
HEADS = {"lz-4000t": "7E 10 03 00", "tl-310": "7E 15 04 00 FF"}
ALLOWED = {name: FIXED[name] | {_by_day(HEADS[name], day) for day in DAYS} for name in FIXED}


def test_the_requests_are_the_documented_ones_for_every_day_of_the_century() -> None:
    assert {requests.LZ_PING, *map(requests.lz_day, DAYS)} == ALLOWED["lz-4000t"]
    assert {requests.TL_LAST, requests.TL_ALL, *map(requests.tl_day, DAYS)} == ALLOWED["tl-310"]


def test_nothing_else_in_the_package_makes_bytes_to_send() -> None:
    """Check that `Send` is made in decoder.py alone, from requests that the poller took out of `requests`."""
    for file in Path(package.__path__[0]).glob("*.py"):
        names = {node.id for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Name)}
        assert file.name == "decoder.py" or "Send" not in names
        assert file.name in ("requests.py", "frames.py") or "encode" not in names


def test_whatever_arrives_only_documented_requests_leave() -> None:
    for name, allowed in ALLOWED.items():
        for seed in range(60):
            random = Random(seed)
            assert _sent_in_a_storm(name, random) <= allowed


def _sent_in_a_storm(name: str, random: Random) -> set[bytes]:
    """Run an hour with a simulator that damages, repeats and swallows, under clocks that jump over decades."""
    today = [date(2026, 3, 5)]
    decoder = PesticideDecoder(profile(name), today=lambda: today[0])
    simulator = package.FAMILY.simulator(profile(name), random)
    now = 0.0
    sent: set[bytes] = set()
    outputs = decoder.start(now)
    for _ in range(200):
        arriving = b""
        for output in outputs:
            if isinstance(output, Send):
                sent.add(output.data)
                arriving += simulator.receive(output.data, now)
        match random.randrange(6):
            case 0:
                arriving = b""
            case 1:
                arriving += random.randbytes(40)
            case 2:
                today[0] = random.choice([date.min, date.max, *random.sample(DAYS, 3)])
            case 3:
                moment = datetime.combine(random.choice(DAYS), datetime.min.time())
                simulator.measure(Specimen("", "", "", random.uniform(-10, 100), moment))
            case _:
                pass
        outputs = decoder.receive(arriving, now)
        now = max(now, decoder.deadline or 0.0)
        outputs += decoder.tick(now)
    return sent
