"""Tickets that repeat and groups in a line: which profile is proposed for them, and the readings that it gives."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from firmware_adapters.profile import load_profile
from shian.__main__ import build
from shian.adapters.line_blocks import block_of, blocks_of
from shian.adapters.line_groups import groups_in
from shian.adapters.line_kinds import Kinds
from shian.failures import CannotError


def _new(stream: str, folder: Path, *options: str, typed: str | None = None) -> tuple[Result, Path]:
    capture, profile = folder / "c.bin", folder / "own.toml"
    capture.write_bytes(stream.encode("utf-8"))
    arguments = ["adapters", "new", "own", "--from", str(capture), "--family", "line", "-o", str(profile), *options]
    arguments += [] if typed is not None else ["--yes"]
    return CliRunner().invoke(build(), arguments, input=typed), profile


def _read(profile: Path, stream: str) -> list[dict[str, Any]]:
    capture = profile.with_name("again.bin")
    capture.write_bytes(stream.encode("utf-8"))
    said = CliRunner().invoke(build(), ["decode", "--adapter", "line", "--profile", str(profile), str(capture)])
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    return [row for row in rows if row.get("kind") == "reading"]


def _ticket(number: int, tare: float) -> str:
    head = f"BOX{number:03d}\r\n2026-01-05\r\n10:0{number}:00\r\n"
    return f"{head}{tare:6.2f} kg\r\n{1.5 + number:6.2f} kg\r\n{1.5 + number - tare:6.2f} kg\r\nE\r\n"


def _tickets(tare: float = 0.25, growing: float = 0.0) -> str:
    return "".join(_ticket(number, tare + growing * number) for number in range(6))


def test_the_rows_of_a_ticket_are_named_where_their_sums_prove_it(tmp_path: Path) -> None:
    result, profile = _new(_tickets(), tmp_path)
    assert result.exit_code == 0, result.output
    rows = _read(profile, _tickets())
    assert [(row["item"], row["value"]) for row in rows[:3]] == [("tare", 0.25), ("gross", 1.5), ("net", 1.25)]
    assert [row["measured_at"] for row in rows[::3]] == [f"2026-01-05T10:0{number}:00" for number in range(6)]


def test_rows_that_the_sums_do_not_tell_apart_are_numbered_or_named_by_a_person(tmp_path: Path) -> None:
    for number, options in enumerate(([], ["--place", "3=tare", "--place", "4=-", "--place", "5=net"])):
        folder = tmp_path / str(number)
        folder.mkdir()
        result, profile = _new(_tickets(growing=0.1), folder, *options)
        assert result.exit_code == 0, result.output
        rows = load_profile(profile).settings["block"][0]["row"]
        named = [(row["place"], row["item"]) for row in rows]
        assert named == ([(3, "tare"), (5, "net")] if options else [(3, "value_3"), (4, "value_4"), (5, "value_5")])
        said = CliRunner().invoke(
            build(), ["decode", "--adapter", "line", "--profile", str(profile), str(folder / "c.bin")]
        )
        assert json.loads(said.stdout.splitlines()[-1])["rejected"] == 0


@pytest.mark.parametrize("place", ["2=tare", "tare"])
def test_a_place_without_a_value_is_refused(place: str, tmp_path: Path) -> None:
    result, profile = _new(_tickets(), tmp_path, "--place", place)
    assert isinstance(result.exception, CannotError)
    assert not profile.exists()


def test_a_person_may_want_no_block(tmp_path: Path) -> None:
    result, profile = _new(_tickets(), tmp_path, "--maker", "M", "--model", "P", typed="mass\nn\ny\ny\n")
    assert result.exit_code == 1, result.output  # the other lines of the tickets are then rejected
    assert "block" not in load_profile(profile).settings


def test_a_capture_that_begins_or_ends_within_a_ticket(tmp_path: Path) -> None:
    whole = _tickets()
    for number, stream in enumerate((whole[35:], whole[:-30])):
        folder = tmp_path / str(number)
        folder.mkdir()
        result, profile = _new(stream, folder)
        assert result.exit_code == 0, result.output
        assert [row["item"] for row in _read(profile, stream)] == ["tare", "gross", "net"] * 5


@pytest.mark.parametrize(
    "lines",
    [
        [f"{number}.25 g" for number in range(9)],
        ["N  1.25 g", "N  1.50 g", "   1.40 g"] * 4,
        ["4.54pH 24.7 C ATC", "4.55pH 24.7 C ATC"] * 3,
        ["hello", "1.25 g", "x", "1.50 g", "hello", "y", "2.5 g"],
        [],
    ],
)
def test_lines_that_are_no_ticket_are_none(lines: list[str]) -> None:
    assert block_of(lines) is None


@pytest.mark.parametrize(
    "lines",
    [
        ["001;A-1;1.5;mg/kg;OK", "002;A-2;2.5;mg/kg;OK"] * 3,
        ["2026-01-05 10:21:00,AFB1,1.25,ug/kg"] * 4,
        ["ST,GS,+1.25 kg"] * 4,
        ["No 12 NO2 1.20 mg/kg"] * 4,
    ],
)
def test_one_value_in_a_line_is_no_group(lines: list[str]) -> None:
    assert groups_in(lines) == {}


def test_two_kinds_of_ticket_in_a_regular_order_are_no_long_ticket() -> None:
    lines: list[str] = []
    for number in range(60):
        if number % 5 == 0:
            lines += ["--- CALIBRATION ---", f"Date: 2026-03-05 09:{number:02d}:00", "Slope: 98.5 %", "--- OK ---"]
        lines += ["--- RESULT ---", f"Sample: A-{number}", f"NO3 {number}.25 mg/kg", "--- END ---"]
    found = blocks_of(lines, Kinds(lines))
    assert [(block.count, block.lines[0]) for block in found.blocks] == [
        (60, "--- RESULT ---"),
        (12, "--- CALIBRATION ---"),
    ]
    assert found.others == ()


def test_a_line_without_an_end_is_left_out_loudly(tmp_path: Path) -> None:
    stream = "".join(f"NO2 {number}.25 mg/kg\r\n" for number in range(6))
    result, profile = _new("1.25 mg/kg " * 200_000 + "\r\n" + stream, tmp_path)
    assert "1 lines are longer than 1024 bytes: LEFT OUT" in result.output
    assert len(_read(profile, stream)) == 6
