"""Labels: the bytes as a printer takes them, the browser's sheet, and a printer that is off, away or stuck."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from edge.samples.codes import CodeKind, read_code
from edge.screen.label.content import Label
from edge.screen.label.escpos import bytes_of
from edge.screen.label.printer import Printer, PrinterAwayError
from edge.screen.label.sheet import sheet
from edge.screen.settings import ScreenSettings
from tests.support.ptys import Cable
from tests.support.waiting import wait_for
from tests.unit.edge.screen.test_routes import Site

SAMPLE = {
    "number": "260110-001",
    "key": "0192aa00-0000-7000-8000-0000000000ff",
    "commodity": "韭菜\x1b@<b>",
    "stall": "A-12",
    "registered_at": "2026-01-09T22:12:00+00:00",
}
LABEL = Label.of(SAMPLE, ZoneInfo("Asia/Shanghai"))


@dataclass(slots=True)
class Paper:
    """Paper as a printer of ESC/POS prints it; a command that is not known fails."""

    lines: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    cuts: int = 0
    is_chinese: bool = False

    @classmethod
    def of(cls, data: bytes) -> "Paper":
        paper, stored, text = cls(), "", b""
        lengths = {b"\x1b@": 2, b"\x1ca": 3, b"\x1c&": 2, b"\x1ba": 3, b"\x1b3": 3, b"\x1d!": 3, b"\x1dV": 4}
        while data:
            head = data[:2]
            if data[:3] == b"\x1d(k":
                size = int.from_bytes(data[3:5], "little")
                body, data = data[5 : 5 + size], data[5 + size :]
                assert (len(body), body[:1]) == (size, b"1")
                if body[1:2] == b"P":
                    stored = body[3:].decode("ascii")
                elif body[1:2] == b"Q":
                    paper.codes.append(stored)
            elif head in lengths:
                paper.is_chinese |= head == b"\x1c&"
                paper.cuts += head == b"\x1dV"
                data = data[lengths[head] :]
            elif head[:1] == b"\n":
                paper.lines.append(text.decode("gb18030"))
                text, data = b"", data[1:]
            else:
                assert head[0] >= 0x20, f"no command {data[:4]!r}"
                text, data = text + head[:1], data[1:]
        return paper


@contextmanager
def network_printer() -> Iterator[tuple[str, list[bytes]]]:
    """Yield the place of a printer at a TCP address, and the labels that it got."""
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as heard:
                    data = heard.read()
                if data:
                    got.append(data)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"tcp://127.0.0.1:{server.getsockname()[1]}", got
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(30)


def test_a_label_is_our_own_code_and_lines_of_gb_18030() -> None:
    paper = Paper.of(bytes_of(LABEL))
    assert paper.lines == ["260110-001", "韭菜@<b>  A-12", "2026-01-10 06:12"], "no command comes out of a name"
    assert (paper.is_chinese, paper.cuts, paper.codes) == (True, 1, [LABEL.code])
    code = read_code(paper.codes[0])
    assert (code.kind, code.value, str(code.key)) == (CodeKind.SAMPLE, SAMPLE["number"], SAMPLE["key"])
    long = Label("X", "1", "豇豆" * 40, "𠮷A", "t")
    assert Paper.of(bytes_of(long)).lines[1] == "豇豆" * 8, "one line has 32 columns"


def test_the_sheet_of_a_browser_has_the_code_as_svg_and_names_as_text() -> None:
    page = sheet(LABEL, "zh")
    assert '<svg class="qr"' in page or 'class="qr"' in page
    assert "viewBox" in page
    assert "style=" not in page, "the page's policy forbids it"
    assert "<strong>260110-001</strong><span>韭菜@&lt;b&gt;</span><span>A-12</span>" in page
    assert 'lang="en"' in sheet(LABEL, "en")


def test_a_device_file_gets_the_bytes_as_they_are(tmp_path: Path) -> None:
    cord = Cable(tmp_path / "lp0")
    try:
        Printer(str(tmp_path / "lp0")).send(bytes_of(LABEL))
        cord.expect(bytes_of(LABEL))
    finally:
        cord.unplug()


def test_a_printer_that_takes_nothing_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    master, slave = os.openpty()
    try:
        stuck = Printer(os.ttyname(slave), deadline_s=0.3)
        with pytest.raises(PrinterAwayError, match="takes nothing"):
            stuck.send(bytes(1024 * 1024))
        with pytest.raises(PrinterAwayError, match="takes nothing"):
            stuck.send(bytes(1024 * 1024))  # its turn was given back
    finally:
        os.close(master)
        os.close(slave)
    (tmp_path / "file").touch()
    for place in (tmp_path / "none", tmp_path / "file", tmp_path):
        with pytest.raises(PrinterAwayError):
            Printer(str(place)).send(b"x")
    assert (tmp_path / "file").read_bytes() == b""


def test_the_screen_prints_and_prints_again(tmp_path: Path) -> None:
    with network_printer() as (place, got):
        site = Site(tmp_path, label=place)
        try:
            sample = site.done("register", request=uuid4(), commodity="韭菜", stall="A-12")
            for _ in range(2):
                sent = site.browser.post("/api/label", json={"sample": sample["key"]})
                assert (sent.status_code, sent.json()) == (200, {"sent": True})
            wait_for(lambda: len(got) == 2, what="two labels")
            assert Paper.of(got[0]).lines[:2] == [sample["number"], "韭菜  A-12"]
            assert read_code(Paper.of(got[1]).codes[0]).value == sample["number"]
        finally:
            site.close()


def test_a_printer_that_is_off_costs_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        place = f"tcp://127.0.0.1:{closed.getsockname()[1]}"
    site = Site(tmp_path, label=place)
    try:
        sample = site.done("register", request=uuid4(), commodity="韭菜")
        off = site.browser.post("/api/label", json={"sample": sample["key"]})
        assert (off.status_code, off.json()["refused"]) == (503, "printer_away")
        assert site.done("sample", sample=sample["key"])["number"] == sample["number"]
        assert site.browser.post("/api/label", json={"sample": "none"}).json()["refused"] == "unknown_sample"
        assert site.browser.post("/api/label", json=[]).status_code == 400
        page = site.browser.get(f"/label/{sample['key']}", params={"lang": "en"})
        assert (page.status_code, sample["number"] in page.text) == (200, True)
        assert site.browser.get("/label/none").status_code == 404
    finally:
        site.close()


def test_without_a_printer_the_browser_prints(tmp_path: Path) -> None:
    site = Site(tmp_path)
    try:
        sample = site.done("register", request=uuid4(), commodity="韭菜")
        assert site.browser.post("/api/label", json={"sample": sample["key"]}).json() == {"sent": False}
    finally:
        site.close()


@pytest.mark.parametrize("place", ["lp0", "tcp://host", "http://host:9100", "tcp://host:x"])
def test_a_place_that_is_no_printer_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match="label"):
        ScreenSettings(label=place)
    assert ScreenSettings(label="/dev/usb/lp0").label == "/dev/usb/lp0"
