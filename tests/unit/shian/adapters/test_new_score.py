"""The score of `adapters new`, one row a box: does the profile that --yes writes, with at most one more option, read
every value with its unit? The streams are made here and have the structure that manuals print and captures show.

`./dev test tests/unit/shian/adapters/test_new_score.py` prints the table.
"""

import json
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from shian.__main__ import build

ENOUGH = 0.8


class Box(NamedTuple):
    name: str
    stream: str
    right: list[tuple[float, str]]
    options: tuple[str, ...] = ()


def _rows(form: str, unit: str) -> tuple[str, list[tuple[float, str]]]:
    values = [1.25 + number for number in range(8)]
    return "".join(form.format(v=v, n=n + 1) + "\r\n" for n, v in enumerate(values)), [(v, unit) for v in values]


_CELSIUS = _rows("T {v:.2f} degC", "degC")
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
    Box("scale ticket: tare, gross, net by place", "T\r\n 0.20 kg\r\n 1.20 kg\r\n 1.00 kg\r\n" * 4, [(1.0, "kg")] * 4),
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
    return are_timed and [(row["value"], row["unit"]) for row in readings] == box.right


def test_most_boxes_are_read_right_by_new_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = {}
    for number, box in enumerate(BOXES):
        folder = tmp_path / str(number)
        folder.mkdir()
        scores[box.name] = _reads(box, folder)
    table = ["", "| box | right |", "|---|---|"]
    table += [f"| {name} | {'yes' if is_right else 'no'} |" for name, is_right in scores.items()]
    with capsys.disabled():
        sys.stdout.write("\n".join([*table, f"| all | {sum(scores.values())} of {len(scores)} |", ""]))
    assert sum(scores.values()) >= ENOUGH * len(scores)
