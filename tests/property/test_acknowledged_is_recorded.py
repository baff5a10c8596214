"""No acknowledged test without a row, whatever fields are missing, and no row too many without a mark.

Devices that are answered (ASTM, HL7, POCT1-A) say tests whose number, sample, times and ids are there or not, exact or
not, counted anew or constant; answers get lost, links too, and the agent is killed in between. Acknowledged tests are
counted against the rows of a real spool.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.spool.spool import Spool, SpoolPlan
from firmware_adapters.registry import family
from tests.support.one_device import Clock, OneDevice

START = datetime(2026, 1, 10, 1, 0, tzinfo=UTC)
Written = Literal["", "second", "minute", "day", "reset", "impossible"]
FORMS = {"second": "%Y%m%d%H%M%S", "minute": "%Y%m%d%H%M", "day": "%Y%m%d"}
DEAD_CLOCKS = {"": "", "reset": "20000101000005", "impossible": "20261340990000"}


@dataclass(frozen=True, slots=True)
class Device:
    """Way in which one model writes: the same for all of its tests."""

    measured: Written
    ordered: Written
    sent: Written
    control: Literal["", "constant", "unique", "daily"]
    has_sample: bool


@dataclass(frozen=True, slots=True)
class Made:
    """One test, and what happens after it was said: its answer is lost, and it is said again so often, behind a lost
    link or a killed agent; then so many seconds pass."""

    value: Literal["NEG", "POS"]
    results: int
    again: int
    between: Literal["", "link", "agent"]
    pause_s: int


devices = st.builds(
    Device,
    measured=st.sampled_from(["", "second", "minute", "day", "reset", "impossible"]),
    ordered=st.sampled_from(["", "second", "day"]),
    sent=st.sampled_from(["", "second", "minute", "day", "reset"]),
    control=st.sampled_from(["", "constant", "unique", "daily"]),
    has_sample=st.booleans(),
)
tests_made = st.lists(
    st.builds(
        Made,
        value=st.sampled_from(["NEG", "POS"]),
        results=st.integers(1, 3),
        again=st.sampled_from([0, 0, 0, 1, 2]),
        between=st.sampled_from(["", "", "link", "agent"]),
        pause_s=st.sampled_from([2, 20, 90, 3600, 86_400]),
    ),
    min_size=1,
    max_size=8,
)


@dataclass(frozen=True, slots=True)
class Words:
    """Text that one test writes into its message."""

    value: str
    results: int
    sample: str
    measured: str
    ordered: str
    sent: str
    control: str


def written(form: Written, at: datetime) -> str:
    return at.strftime(FORMS[form]) if form in FORMS else DEAD_CLOCKS[form]


def words(device: Device, made: Made, number: int, at: datetime) -> Words:
    controls = {"": "", "constant": "1", "unique": str(number), "daily": str(at.hour)}
    return Words(
        made.value, made.results, str(number % 3) if device.has_sample else "", written(device.measured, at),
        written(device.ordered, at), written(device.sent, at), controls[device.control],
    )  # fmt: skip


def astm(spoken: Words) -> list[bytes]:
    records = [
        rf"H|\^&|{spoken.control}||tester|||||||P|1|{spoken.sent}",
        f"O|1|{spoken.sample}||^^^NIT||||||||||||||||||{spoken.ordered}",
        *(f"R|{place}|^^^NIT|{spoken.value}|||||F||||{spoken.measured}" for place in range(1, spoken.results + 1)),
        "L|1|N",
    ]
    frames = []
    for place, record in enumerate(records, start=1):
        body = b"%d" % (place % 8) + record.encode() + b"\r\x03"
        frames.append(b"\x02" + body + b"%02X\r\n" % (sum(body) % 256))
    return frames


def say_astm(device: OneDevice, spoken: Words, *, is_heard: bool) -> bool:
    """Say a test in ASTM, and return True when the sender was told that all of it was taken. Where it does not hear, it
    says no EOT."""
    answers = device.hear(b"\x05") + b"".join(device.hear(frame) for frame in astm(spoken))
    if is_heard:
        device.hear(b"\x04")
    return set(answers) == {0x06}


def say_hl7(device: OneDevice, spoken: Words, *, is_heard: bool) -> bool:
    segments = (
        rf"MSH|^~\&|R|S|||{spoken.sent}||ORU^R01|{spoken.control}|P|2.3.1",
        f"OBR|1||{spoken.sample}||||{spoken.ordered}",
        *(f"OBX|{place}|ST|NIT||{spoken.value}||||||F|||{spoken.measured}" for place in range(1, spoken.results + 1)),
    )
    return b"MSA|AA" in device.hear(b"\x0b" + "".join(part + "\r" for part in segments).encode() + b"\x1c\r")


def say_poct(device: OneDevice, spoken: Words, *, is_heard: bool) -> bool:
    result = f'<OBS><OBS.observation_id V="NIT"/><OBS.qualitative_value V="{spoken.value}"/></OBS>'
    text = (
        f'<OBS.R01><HDR><HDR.control_id V="{spoken.control}"/><HDR.creation_dttm V="{spoken.sent}"/></HDR>'
        f'<SVC><SVC.role_cd V="OBS"/><SVC.observation_dttm V="{spoken.measured}"/>'
        f'<SPC><SPC.specimen_id V="{spoken.sample}"/>'
        f"</SPC><PT>{result * spoken.results}</PT></SVC></OBS.R01>"
    )
    return b"ACK.R01" in device.hear(text.encode())


Say = Callable[..., bool]


@pytest.mark.parametrize(("name", "say"), [("astm", say_astm), ("hl7", say_hl7), ("poct1a", say_poct)])
@settings(max_examples=60, deadline=None)
@given(model=devices, made=tests_made)
def test_no_acknowledged_test_is_without_a_row(name: str, say: Say, model: Device, made: list[Made]) -> None:
    kind = family(name)
    with TemporaryDirectory() as folder:
        clock = Clock(START)
        spool = Spool(SpoolPlan("m1", Path(folder)), clock=lambda: clock.now, free_bytes=lambda: 1 << 40)
        spool.open()
        try:
            device = OneDevice(spool, clock, kind, kind.profile())
            acknowledged = tell(device, say, model, made)
            rows = Counter((result.sample.number, result.value_text) for result in device.results())
            too_many = rows.total() - acknowledged.total()
            assert acknowledged <= rows, "acknowledged, and there is no row"
            assert too_many <= len(device.marked()), "twice, and no mark"
        finally:
            spool.close()


def tell(device: OneDevice, say: Say, model: Device, made: list[Made]) -> Counter[tuple[str, str]]:
    acknowledged: Counter[tuple[str, str]] = Counter()
    for number, spoken in enumerate(made):
        at = (device.clock.now + timedelta(hours=8)).replace(tzinfo=None)
        said = words(model, spoken, number, at)
        for place in range(spoken.again + 1):
            is_taken = say(device, said, is_heard=place == spoken.again)
            assert is_taken
            if place < spoken.again and spoken.between == "link":
                device.reconnect()
            if place < spoken.again and spoken.between == "agent":
                device.restart()
        acknowledged[said.sample, said.value] += said.results
        device.clock.forward(spoken.pause_s)
    return acknowledged
