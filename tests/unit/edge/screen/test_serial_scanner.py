"""A scanner on a serial line: each line is one code, whatever ends it, and unplugged it comes back."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from edge.samples.codes import CodeKind, read_code
from edge.screen.news import News
from edge.screen.serial_scanner import SerialScanner
from tests.support.ptys import Cable
from tests.support.screen_station import screening
from tests.support.waiting import wait_for

LATER_S = 60.0


@dataclass
class Gun:
    """A scanner at a cable, and what was heard of it."""

    cable: Cable
    codes: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def says(self, data: bytes, *codes: str) -> None:
        self.codes.clear()
        self.cable.write(data)
        wait_for(lambda: self.codes == list(codes), timeout_s=LATER_S, what=f"{codes}")


@pytest.fixture
def gun(tmp_path: Path) -> Iterator[Gun]:
    gun, stop = Gun(Cable(tmp_path / "gun")), threading.Event()
    scanner = SerialScanner(str(tmp_path / "gun"), 9600, gun.codes.append, gun.troubles.append)
    thread = threading.Thread(target=scanner.run, args=(stop,))
    thread.start()
    try:
        wait_for(lambda: gun.troubles == [""], timeout_s=LATER_S, what="an open port")
        yield gun
    finally:
        stop.set()
        thread.join(LATER_S)
        gun.cable.unplug()
        assert not thread.is_alive()


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b""])
def test_a_code_ends_with_its_line_or_with_silence(gun: Gun, end: bytes) -> None:
    gun.says(b"SHIAN-B.A-12" + end, "SHIAN-B.A-12")
    gun.says("韭菜\x02".encode() + end, "韭菜")


def test_several_codes_at_once_are_several(gun: Gun) -> None:
    gun.says(b"one\r\ntwo\r\n\r\nthree\r", "one", "two", "three")


def test_the_separator_of_gs1_comes_as_it_is(gun: Gun) -> None:
    text = "]d2010690123456789210L1128\x1d17261231"
    gun.says(text.encode() + b"\r", text)
    code = read_code(gun.codes[0])
    assert (code.kind, code.lot, code.is_doubtful) == (CodeKind.GOODS, "L1128", False)


def test_noise_of_a_wrong_speed_is_no_code(gun: Gun) -> None:
    gun.says(b"\xff\x00\x81\rafter\r", "after")
    gun.says(b"x" * 401 + b"\rafter\r", "after")
    gun.says(b"\xff\x00\x81" * 4000 + b"\rafter\r", "after")


def test_unplugged_it_is_told_and_plugged_in_it_is_there_again(gun: Gun) -> None:
    gun.cable.unplug()
    wait_for(lambda: len(gun.troubles) >= 2 and gun.troubles[-1], timeout_s=LATER_S, what="the loss")
    gun.cable.plug()
    wait_for(lambda: gun.troubles[-1] == "", timeout_s=LATER_S, what="the port")
    gun.says(b"again\r", "again")


def test_the_pages_of_this_machine_hear_the_code_and_tablets_only_where_there_is_none(tmp_path: Path) -> None:
    async def heard() -> list[list[str]]:
        news = News(tmp_path / "agent.sock")
        tablet, kiosk = news.stream(is_here=False), news.stream(is_here=True)
        await anext(tablet)
        news.scanned("first")
        first = await anext(tablet)
        await anext(kiosk)
        news.scanned("second")
        second = await anext(kiosk)
        await kiosk.aclose()
        news.scanned("third")
        third = await anext(tablet)
        await tablet.aclose()
        return [said.split("\n") for said in (first, second, third)]

    for lines, text in zip(asyncio.run(heard()), ("first", "second", "third"), strict=True):
        assert lines[0] == "event: scan"
        assert json.loads(lines[1].removeprefix("data: ")) == {"text": text}


def test_an_open_page_hears_the_scanner_of_the_station(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    cable = Cable(tmp_path / "gun")
    try:
        with (
            screening(tmp_path / "data", scanner_port=str(tmp_path / "gun")) as screen,
            httpx.stream("GET", f"{screen.address}/api/news", timeout=LATER_S) as page,
        ):
            lines = page.iter_lines()
            assert next(lines).startswith("data:")
            cable.write(b"SHIAN-B.A-12\r")
            assert next(line for line in lines if line == "event: scan")
            assert json.loads(next(lines).removeprefix("data: ")) == {"text": "SHIAN-B.A-12"}
    finally:
        cable.unplug()
