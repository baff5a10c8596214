"""The score of `adapters new`, one row a box: does the profile that --yes writes, with at most one more option, read
every value with its unit? The streams are made here and have the structure that manuals print and captures show. The
boxes of `unseen_boxes`, `more_unseen_boxes`, `makers_boxes`, `later_boxes`, `trade_boxes` and `later_trade_boxes` were
written before the proposals saw them; there the family is left to the command, too, and no box may be read wrong
without a word.

`./dev test tests/unit/shian/adapters/test_new_score.py` prints the table.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from firmware_adapters.profile import load_profile
from shian.__main__ import build
from tests.unit.shian.adapters.later_boxes import LATER
from tests.unit.shian.adapters.later_trade_boxes import LATER_TRADES
from tests.unit.shian.adapters.makers_boxes import MAKERS
from tests.unit.shian.adapters.more_unseen_boxes import MORE
from tests.unit.shian.adapters.odd_trade_boxes import ODD_TRADES
from tests.unit.shian.adapters.trade_boxes import TRADES
from tests.unit.shian.adapters.unseen_boxes import UNSEEN, Unseen
from wire.units import code_of

# What is not read right, and says so. Every other box was right once, and stays right.
NOT_RIGHT = frozenset((
    "card, signs alone", "two whole numbers, nothing said", "whole thousands, 1,250", "pH meter, ticket with slope",
    "conductivity, two units by range", "colorimeter, JSON lines", "fluorometer, tags",
    "plate, 12 absorbances in fixed columns", "scale, sign behind", "scale, whole, nothing said",
    "bench scale, ? for unstable, G and N", "water activity", "dryer slip, 20 columns, two masses and a loss",
    "viscosity, name=number without blanks, a code first", "fixed width, number, date, time, count, letter",
    "fixed width, no mark, no point", "negatives padded",
))  # fmt: skip


class Box(NamedTuple):
    """A box: its stream, and value and unit of each reading, with its item where rows must be told apart."""

    name: str
    stream: str
    right: list[tuple[float | str, ...]]
    options: tuple[str, ...] = ()


def _rows(form: str, unit: str) -> tuple[str, list[tuple[float | str, ...]]]:
    values = [1.25 + number for number in range(8)]
    return "".join(form.format(v=v, n=n + 1) + "\r\n" for n, v in enumerate(values)), [(v, unit) for v in values]


def _weighings(form: str, unit: str = "kg") -> tuple[str, list[tuple[float | str, ...]]]:
    """Return tickets of a scale, and tare, gross and net of each in the order of `form`."""
    masses: list[dict[str, float]] = [
        {"tare": 0.25, "gross": 1.5 + number, "net": 1.25 + number} for number in range(6)
    ]
    order = sorted(masses[0], key=lambda name: form.index(f"{{{name}"))
    stream = "".join(form.format(n=n + 1, **row) for n, row in enumerate(masses))
    right: list[tuple[float | str, ...]] = [(row[name], unit, name) for row in masses for name in order]
    return stream, right


def _analytes(form: str, mark: str, end: str, head: str = "") -> tuple[str, list[tuple[float | str, ...]]]:
    """Return lines of one to four analytes, each as `form` with `mark` between them."""
    stream = ""
    right: list[tuple[float | str, ...]] = []
    for n in range(8):
        found = [
            (name.casefold(), 0.25 + n + place) for place, name in enumerate(("Pb", "Cd", "As", "Cr")[: 1 + n % 4])
        ]
        stream += head.format(n=n + 1) + mark.join(form.format(name=name.title(), v=v) for name, v in found) + end
        right += [(v, "mg/kg", name) for name, v in found]
    return stream, right


_CELSIUS = _rows("T {v:.2f} degC", "degC")
_POSITIONS = (
    "BOX00{n}\r\n2026-01-05\r\n10:0{n}:00\r\n{tare:6.2f} kg\r\n{gross:6.2f} kg\r\n0\r\n0\r\n"
    "{net:6.2f} kg\r\n{net:6.2f} kg\r\n    0 pcs\r\n \r\n \r\nE\r\n~P1\r\n"
)
BOXES = (
    Box("balance, SBI with a stable mark", *_rows("N     + {v:8.2f} g  ", "g")),
    Box("balance, MT-SICS", *_rows("S S   {v:8.2f} g", "g")),
    Box("balance, ST,GS", *_rows("ST,GS,+{v:08.2f} kg", "kg")),
    Box("nitrite reader, mg/kg", *_rows("NO2  {v:.2f} mg/kg", "mg/kg")),
    Box("photometer padded with blanks", *_rows("Abs  {v:.2f} mg/L             ", "mg/L")),
    Box("toxin reader, CSV, ISO time", *_rows("{n:03d},2026-01-05 10:2{n}:00,AFB1,{v:.2f},ug/kg", "ug/kg")),
    Box("conductivity with a time", *_rows("2026-01-05 10:2{n}:00 COND {v:.2f} mS/cm", "mS/cm")),
    Box(
        "moisture balance, German date", *_rows("09.03.26 10:2{n} MS {v:.2f} %", "%"),
        ("--time-format", "%d.%m.%y %H:%M"),
    ),
    Box("colony counter, semicolons", *_rows("{n};05/13/2026;{v:.2f};CFU/mL", "CFU/mL")),
    Box("thermometer with a dead probe", "T 99999 degC\r\n" * 2 + _CELSIUS[0], _CELSIUS[1]),
    Box("scale ticket: tare, gross, net by place", *_weighings(_POSITIONS)),
    Box("scale ticket: gross, tare, net behind one word", *_weighings(
        "T\r\n {gross:.2f} kg\r\n {tare:.2f} kg\r\n {net:.2f} kg\r\n"
    )),
    Box("scale ticket: empty lines between", *_weighings(
        " {gross:.3f} kg\r\n {tare:.3f} kg\r\n {net:.3f} kg\r\n\r\n\r\n"
    )),
    Box("scale ticket: G, T and N, dated", *_weighings(
        "2026-01-05 10:0{n}\r\nG {gross:9.2f} kg\r\nT {tare:9.2f} kg\r\nN {net:9.2f} kg\r\n--------\r\n"
    )),
    Box("balance, gross and net lines in turn", *_weighings(
        "ST,GS,+{gross:08.2f} kg\r\nST,NT,+{net:08.2f} kg\r\nST,TR,+{tare:08.2f} kg\r\n"
    )),
    Box("printed report: sample, date, time, one value", *_rows(
        "*** REPORT ***\r\nSample: A-{n}\r\nDate: 2026-01-05\r\nTime: 10:2{n}:00\r\nNO2   {v:.2f} mg/kg\r\n", "mg/kg"
    )),
    Box("printed report: one to four analytes", *_analytes(
        "{name:4} {v:8.2f} mg/kg", "\r\n", "\r\nEND OF REPORT\r\n", "RESULTS 2026-01-05 10:2{n}\r\n"
    )),
    Box("report: one to four analytes, empty line behind", *_analytes(
        "{name}: {v:.2f} mg/kg", "\r\n", "\r\n\r\n", "Sample No: {n}\r\n2026/01/05 10:2{n}:00\r\n"
    )),
    Box("groups in a line, semicolons", *_analytes("{name} {v:.2f} mg/kg", "; ", "\r\n", "S-{n}; ")),
    Box("groups in a line, blanks", *_analytes("{name}={v:.2f} mg/kg", " ", "\r\n", "2026-01-05 10:2{n} S{n} ")),
    Box("groups in a line, all by commas", *_analytes("{name},{v:.2f},mg/kg", ",", "\r\n", "00{n},")),
    Box("groups in a line, by tabs", *_analytes("{name}\t{v:.2f}\tmg/kg", "\t", "\r\n")),
)  # fmt: skip


def _reads(box: Box, folder: Path) -> bool:
    capture, profile = folder / "c.bin", folder / "own.toml"
    capture.write_bytes(box.stream.encode())
    arguments = ["adapters", "new", "own", "--from", str(capture), "--family", "line", "--yes", "-o", str(profile)]
    made = CliRunner().invoke(build(), [*arguments, *box.options])
    if made.exit_code:
        return False
    said = CliRunner().invoke(build(), ["decode", "--adapter", "line", "--profile", str(profile), str(capture)])
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    readings = [row for row in rows if row.get("kind") == "reading" and row["value"] is not None]
    are_timed = all("bad_time" not in row.get("flags", ()) for row in readings)
    if not are_timed or len(readings) != len(box.right):
        return False
    pairs = zip(readings, box.right, strict=True)
    return all((row["value"], row["unit"], row["item"].casefold())[: len(right)] == right for row, right in pairs)


def test_all_boxes_are_read_right_by_new_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = {}
    for number, box in enumerate(BOXES):
        folder = tmp_path / str(number)
        folder.mkdir()
        scores[box.name] = _reads(box, folder)
    table = ["", "| box | right |", "|---|---|"]
    table += [f"| {name} | {'yes' if is_right else 'no'} |" for name, is_right in scores.items()]
    with capsys.disabled():
        sys.stdout.write("\n".join([*table, f"| all | {sum(scores.values())} of {len(scores)} |", ""]))
    assert [name for name, is_right in scores.items() if not is_right] == []


def _outcome(box: Unseen, folder: Path) -> str:
    """Return right, refused, told (a profile that is not right, with a word), or SILENT."""
    capture, profile = folder / "c.bin", folder / "own.toml"
    capture.write_bytes(box.stream)
    arguments = ["adapters", "new", "own", "--from", str(capture), "--yes", "-o", str(profile), *box.options]
    made = CliRunner().invoke(build(), arguments)
    if not profile.exists():
        return "refused"
    family = load_profile(profile).family
    said = CliRunner().invoke(build(), ["decode", "--adapter", family, "--profile", str(profile), str(capture)])
    readings = [row for row in map(json.loads, said.stdout.splitlines()) if row.get("kind") == "reading"]
    if len(readings) == len(box.right) and all(map(_is_right, readings, box.right)):
        return "right"
    return "told" if made.exit_code or made.stderr.strip() else "SILENT"


def _is_right(row: dict[str, Any], right: Mapping[str, Any]) -> bool:
    said = row | {"item": row["item"].casefold(), "unit": code_of(row["unit"])}
    return "bad_time" not in row["flags"] and all(said[key] == value for key, value in right.items())


def test_no_unseen_box_is_read_wrong_in_silence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = {}
    for number, box in enumerate((*UNSEEN, *MORE, *MAKERS, *LATER, *TRADES, *LATER_TRADES, *ODD_TRADES)):
        folder = tmp_path / str(number)
        folder.mkdir()
        scores[box.name] = _outcome(box, folder)
    counts = ", ".join(f"{list(scores.values()).count(how)} {how}" for how in ("right", "told", "refused", "SILENT"))
    table = ["", "| unseen box | outcome |", "|---|---|", *(f"| {name} | {how} |" for name, how in scores.items())]
    with capsys.disabled():
        sys.stdout.write("\n".join([*table, f"| all {len(scores)} | {counts} |", ""]))
    assert "SILENT" not in scores.values()
    assert {name for name, how in scores.items() if how != "right"} <= NOT_RIGHT


TABLES = [pytest.param(box, id=box.name) for box in (*MAKERS, *LATER) if box.name.startswith("table")]


@pytest.mark.parametrize("box", TABLES)
def test_a_table_whose_titles_come_again_is_no_ticket(box: Unseen, tmp_path: Path) -> None:
    twice = box._replace(stream=box.stream * 2, right=[*box.right, *box.right])
    assert _outcome(twice, tmp_path) == "right"
