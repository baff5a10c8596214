"""Which family and profile would decode a capture, and why not the others."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner, Result

from firmware_adapters.registry import families
from shian.adapters.candidates import candidates
from shian.adapters.inspect_command import command
from shian.adapters.inspection import Inspection, inspect
from shian.adapters.reasons import reason_against
from shian.adapters.sources import open_source
from shian.adapters.tally import Heard
from tests.contract.test_line import IVTM, PH_METER
from tests.support.dialogues import overheard

# Their simulators send plain text, which proves no family; modbus_rtu/generic asks nothing, so nothing is said.
TELLS_NOTHING = {"escpos/generic", "escpos/receipt", "line/barcode-scanner", "line/generic", "modbus_rtu/generic"}
CHECKED = {"astm", "dy2620", "dy3000", "dy_gold", "modbus_rtu", "pesticide"}


def _capture(path: Path, heard: Sequence[Heard]) -> Path:
    lines: list[dict[str, object]] = [{"shian_capture": 1, "port": "/dev/x", "line": {"baud": 9600}}]
    lines += [
        {"t": chunk.at_s, "from": "host" if chunk.is_host else "device", "hex": chunk.data.hex()} for chunk in heard
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def _inspected(path: Path) -> Inspection:
    return inspect(open_source(path), candidates())


def _family(found: Inspection) -> str | None:
    return found.best.candidate.family.name if found.best and not found.doubt else None


def test_a_tester_that_says_its_model_is_that_model(tmp_path: Path) -> None:
    wells = bytes.fromhex("3F 00 00 00 41 48 00 00") * 8
    groups = b"".join(bytes.fromhex("13 35 10 02 07 01 0C 55") + bytes((group,)) + wells for group in range(4))
    (tmp_path / "c.bin").write_bytes(b"\x1b\x33\x1b\xc1" + groups + b"\x1b\xfe")
    found = _inspected(tmp_path / "c.bin")
    assert found.best is not None
    named = {score.candidate.profile.name for score in (found.best, *found.alike)}
    assert named == {"ttnj", "ttj-4h32"}


@pytest.mark.parametrize(
    "name",
    [
        f"{candidate.family.name}/{candidate.profile.name}"
        for candidate in candidates()
        if candidate.name not in TELLS_NOTHING
    ],
)
def test_the_family_of_every_virtual_analyzer_is_told(name: str, tmp_path: Path) -> None:
    family_name, profile_name = name.split("/")
    family = families()[family_name]
    profile = family.profile(profile_name)
    found = _inspected(_capture(tmp_path / "c.jsonl", overheard(family, profile)))
    assert _family(found) == family_name
    assert found.best is not None
    named = {score.candidate.profile.name for score in (found.best, *found.alike)}
    assert profile_name in named
    assert found.best.is_checked is (family_name in CHECKED or name == "line/ivtm-7")


def test_real_captures(shared_captures: Path) -> None:
    told = {}
    for path in sorted(shared_captures.glob("*/*")):
        if path.suffix in (".astm", ".bin", ".dat"):
            found = _inspected(path)
            told[path.name.split("_20")[0]] = (
                _family(found),
                [score.candidate.profile.name for score in found.alike] != [],
            )
    assert told == {
        "erba_xl": ("astm", True),
        "vitros_3600": ("astm", True),
        "yumizen_h500": ("astm", True),
        "receipt-with-logo.bin": ("escpos", False),
        "TIVTMDeviceTest.IVTM7MQuery.dat": ("line", False),
        "ph_meter.bin": ("line", False),
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        Random(5).randbytes(20_000),
        bytes(5000),
        b"the quick brown fox jumps over the lazy dog\r\n" * 50,
        b"ABC-0001\r\nABC-0002\r\n",
    ],
)
def test_what_cannot_be_told_is_not_told(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "c.bin"
    path.write_bytes(data)
    found = _inspected(path)
    assert _family(found) is None
    assert found.doubt


def test_a_check_that_holds_beats_text_that_reads_well(tmp_path: Path) -> None:
    # Each line of the answer is good ASCII text for line/generic; the sums of ivtm-7 hold.
    path = tmp_path / "c.bin"
    path.write_bytes(b"".join(ask + say for ask, say in IVTM))
    found = _inspected(path)
    assert found.best is not None
    assert found.best.candidate.name == "line/ivtm-7"
    others = {score.candidate.name: reason_against(score, found.best) for score in found.ranking[1:]}
    assert "0 frames: no beginning of one in " in others["ttnj/ttnj"]
    assert "takes any bytes" in others["line/generic"] or "no check" in others["line/generic"]


def test_requests_of_the_host_are_counted_and_never_decoded_as_the_devices(tmp_path: Path) -> None:
    heard = [Heard(float(i), side == 0, said) for i, pair in enumerate(IVTM) for side, said in enumerate(pair)]
    found = _inspected(_capture(tmp_path / "c.jsonl", heard))
    assert found.best is not None
    assert (found.best.candidate.name, found.best.requests, found.best.with_host) == ("line/ivtm-7", 3, True)
    assert (found.size, found.host_size) == (54, 48)


def test_a_long_capture_is_compared_by_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "c.bin"
    path.write_bytes(PH_METER * 1000)
    found = inspect(open_source(path), candidates(), most=65_536)
    assert found.is_cut
    assert found.size == 65_536
    assert _family(found) == "line"


def _run(*arguments: str) -> Result:
    import typer

    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


def test_the_table_the_verdict_and_the_frames(tmp_path: Path) -> None:
    path = tmp_path / "c.bin"
    path.write_bytes(PH_METER)
    result = _run(str(path))
    assert result.exit_code == 0, result.exception
    assert "Family line: by its structure.\nProfile ph-meter.\n" in result.stdout
    assert "0     18 B  frame\n                     pH  4.54 pH" in result.stdout
    assert "... more: --frames shows all" in result.stdout
    assert "... more" not in _run("--frames", str(path)).stdout


def test_json_lines_for_programs(tmp_path: Path) -> None:
    path = tmp_path / "c.bin"
    path.write_bytes(b"\x00" + PH_METER[:19])
    first, *ranges = map(json.loads, _run("--json", str(path)).stdout.splitlines())
    assert (first["family"], first["profile"], first["alike"]) == ("line", "ph-meter", [])
    assert first["candidates"][0]["frames"] == 1
    assert [part["kind"] for part in ranges] == ["noise", "frame"]
    assert ranges[1]["readings"][0]["value"] == 4.54


def test_exit_code_1_says_that_it_cannot_be_told(tmp_path: Path) -> None:
    path = tmp_path / "c.bin"
    path.write_bytes(b"\x00" * 40)
    result = _run(str(path))
    assert result.exit_code == 1
    assert "Cannot tell: no profile finds a frame in 40 bytes." in result.stdout


def test_own_profiles_take_part(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "own"\nfamily = "line"\nmaker = "m"\nmodel = "m"\nevidence = "simulator"\n[settings]\n'
        "[[settings.line]]\nitem = 'mass'\npattern = 'W:(?P<value>[0-9.]{1,9})kg;'\n",
        "utf-8",
    )
    path = tmp_path / "c.bin"
    path.write_bytes(b"".join(b"W:%d.5kg;\r\n" % i for i in range(20)))
    assert "Profile own." in _run("--profiles", str(tmp_path), str(path)).stdout
    own.write_text("name = 1\n", "utf-8")
    result = _run("--profiles", str(tmp_path), str(path))
    assert "own.toml" in result.stderr
    assert "Profile own." not in result.stdout
