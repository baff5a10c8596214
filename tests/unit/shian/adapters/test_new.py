"""A profile from a capture: what is proposed, what is asked, and that it decodes at once."""

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firmware_adapters.profile import load_profile
from firmware_adapters.registry import family
from shian.__main__ import build
from shian.adapters.line_shapes import charsets_of, columns_of, delimiter_of, lines_of, shape_of
from shian.adapters.profile_text import as_toml
from shian.adapters.tally import Heard
from shian.failures import CannotError
from tests.contract.test_line import PH_METER
from tests.support.dialogues import overheard


def _new(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(build(), ["adapters", "new", *arguments], input=typed)


def _counts(profile: Path, capture: Path) -> dict[str, int]:
    of = load_profile(profile).family
    result = CliRunner().invoke(build(), ["decode", "--adapter", of, "--profile", str(profile), str(capture)])
    assert result.exception is None, result.exception
    counts: dict[str, int] = json.loads(result.stdout.splitlines()[-1])
    return counts


def _capture(path: Path, heard: Sequence[Heard], port: str = "/dev/ttyUSB0") -> Path:
    lines: list[dict[str, object]] = [{"shian_capture": 1, "port": port, "line": {"baud": 4800}}]
    lines += [
        {"t": chunk.at_s, "from": "host" if chunk.is_host else "device", "hex": chunk.data.hex()} for chunk in heard
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


@pytest.fixture
def ph_meter(tmp_path: Path) -> Path:
    path = tmp_path / "ph.bin"
    path.write_bytes(PH_METER)
    return path


def test_lines_with_a_unit(ph_meter: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.toml"
    arguments = ["own", "--from", str(ph_meter), "--family", "line", "--charset", "cp437", "--item", "ph", "--yes"]
    result = _new(*arguments, "--maker", "M", "--model", "P-1", "-o", str(out))
    assert result.exit_code == 0, result.output
    profile = load_profile(out)
    assert (profile.maker, profile.model, profile.charset, profile.evidence) == ("M", "P-1", "cp437", "capture")
    assert _counts(out, ph_meter) == {"frames": 19, "rejected": 5, "readings": 18, "refused": 0}


def test_a_charset_is_never_guessed(ph_meter: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.toml"
    result = _new("own", "--from", str(ph_meter), "--family", "line", "--yes", "-o", str(out))
    assert isinstance(result.exception, CannotError)
    assert "--charset with one of: gb18030, cp437, latin-1" in str(result.exception)
    assert "cp437    4.54pH 24.7°C ATC" in result.output
    assert not out.exists()


def test_asked_a_step_at_a_time(ph_meter: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.toml"
    typed = "macroman\ncp437\nph\ny\ny\ntemperature\nMaker\nP-1\ny\n"
    result = _new("own", "--from", str(ph_meter), "--family", "line", "-o", str(out), typed=typed)
    assert result.exit_code == 0, result.output
    rows = tomllib.loads(out.read_text("utf-8"))["settings"]["line"]
    assert [row["item"] for row in rows] == ["ph", "ph", "temperature"]
    assert "write " in result.output


def test_no_means_that_nothing_is_written(ph_meter: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.toml"
    options = ["--family", "line", "--charset", "cp437", "--item", "ph", "--maker", "M", "--model", "P"]
    result = _new("own", "--from", str(ph_meter), *options, "-o", str(out), typed="y\ny\n-\nn\n")
    assert result.exit_code == 1
    assert not out.exists()


def test_columns(tmp_path: Path) -> None:
    path, out = tmp_path / "c.bin", tmp_path / "own.toml"
    path.write_bytes(b"".join(b"%03d;A-%d;%d.5;mg/kg;OK\r\n" % (n, n, n) for n in range(1, 12)))
    result = _new("own", "--from", str(path), "--family", "line", "--item", "nitrite", "--yes", "-o", str(out))
    assert result.exit_code == 0, result.output
    assert load_profile(out).settings["line"][0]["columns"] == ["column_1", "column_2", "value", "unit", "column_5"]
    named = tmp_path / "named.toml"
    columns = "record,sample_number,value,unit,verdict"
    _new("own", "--from", str(path), "--family", "line", "--columns", columns, "--yes", "-o", str(named))
    assert _counts(named, path) == {"frames": 11, "rejected": 0, "readings": 11, "refused": 0}


def test_what_a_number_means_is_asked_or_the_weakest(tmp_path: Path) -> None:
    path = tmp_path / "c.bin"
    path.write_bytes(b"".join(b"%03d;2026-01-10;A-%d;%d.5;mg/kg\r\n" % (n, n, n) for n in range(1, 12)))
    arguments = ["own", "--from", str(path), "--family", "line", "--item", "nitrite"]
    arguments += ["--columns", "record,date,sample_number,value,unit", "--yes", "-o"]
    named = ["--record", "daily", "--time-of", "day"]
    said: list[tuple[list[str], str, str]] = [([], "in_message", "message"), (named, "daily", "day")]
    for number, (options, record, time) in enumerate(said):
        out = tmp_path / f"own{number}.toml"
        result = _new(*arguments, str(out), *options)
        assert result.exit_code == 0, result.output
        identity = load_profile(out).identity
        assert identity is not None
        assert (identity.record, identity.time) == (record, time)
    wrong = _new(*arguments, str(tmp_path / "x.toml"), "--record", "rolling")
    assert "none of running, daily, in_message, none" in str(wrong.exception)


@pytest.mark.parametrize(
    ("stream", "values"),
    [
        (b"60 kg    G\r\n" + b"   0.360 kg    G\r\n" * 5 + b"-  1.640 kg   ?N\r\n" * 3, [0.36] * 5 + [-1.64] * 3),
        (b"ST,GS,   245.6 g\r\n" * 5 + b"ST,GS,-    0.5 g\r\n" * 2, [245.6] * 5 + [-0.5] * 2),
        (b"".join(b"+00%d.12/%d G S\r\n" % (n, n) for n in range(1, 9)), [n + 0.12 for n in range(1, 9)]),
    ],
    ids=["a sign, a mark, and met within a line", "no column is a number", "two numbers, one with a point"],
)
def test_a_balance_without_a_word_about_it(stream: bytes, values: list[float], tmp_path: Path) -> None:
    path, out = tmp_path / "c.bin", tmp_path / "own.toml"
    path.write_bytes(stream)
    result = _new("own", "--from", str(path), "--yes", "-o", str(out))
    assert result.exit_code == 0, result.output
    lines = CliRunner().invoke(build(), ["decode", "--adapter", "line", "--profile", str(out), str(path)])
    said = [json.loads(line) for line in lines.stdout.splitlines()]
    assert [row["value"] for row in said if row.get("kind") == "reading"] == pytest.approx(values)


def test_registers(tmp_path: Path) -> None:
    of = family("modbus_rtu")
    path = _capture(tmp_path / "c.jsonl", overheard(of, of.profile("jxbs-th")))
    out = tmp_path / "own.toml"
    registers = ["--register", "fc3/0=humidity:u16:0.1:%RH", "--register", "fc3/1=temperature:s16:0.1:degC"]
    result = _new("own", "--from", str(path), *registers, "--yes", "-o", str(out))
    assert result.exit_code == 0, result.output
    assert "fc3/0" in result.output
    profile = load_profile(out)
    assert (profile.family, profile.line.baud, profile.evidence) == ("modbus_rtu", 4800, "capture")
    lines = CliRunner().invoke(build(), ["decode", "--adapter", "modbus_rtu", "--profile", str(out), str(path)])
    items = {json.loads(line).get("item") for line in lines.stdout.splitlines()[:-1]}
    assert items == {"humidity", "temperature"}
    everything = tmp_path / "all.toml"
    assert _new("own", "--from", str(path), "--yes", "-o", str(everything)).exit_code == 0
    assert [row["item"] for row in load_profile(everything).settings["register"]] == ["fc3_0", "fc3_1"]


def test_item_codes_of_a_checked_family(tmp_path: Path) -> None:
    of = family("astm")
    path = _capture(tmp_path / "c.jsonl", overheard(of, of.profile("erba-xl")))
    out = tmp_path / "own.toml"
    result = _new("own", "--from", str(path), "--map", "value=formaldehyde", "--yes", "-o", str(out))
    assert result.exit_code == 0, result.output
    profile = load_profile(out)
    assert (profile.family, profile.items["value"].code) == ("astm", "formaldehyde")


@pytest.mark.parametrize("port", ["/dev/pts/7", "./box", "socket://127.0.0.1:4000"])
def test_a_virtual_analyzer_proves_nothing(port: str, tmp_path: Path) -> None:
    of = family("astm")
    path = _capture(tmp_path / "c.jsonl", overheard(of, of.profile()), port=port)
    out = tmp_path / "own.toml"
    assert _new("own", "--from", str(path), "--yes", "-o", str(out)).exit_code == 0
    assert load_profile(out).evidence == "simulator"


def test_what_does_not_decode_is_no_evidence(ph_meter: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.toml"
    options = ["--family", "line", "--charset", "cp437", "--pattern", "(?P<value>[0-9]+)never", "--yes"]
    result = _new("own", "--from", str(ph_meter), *options, "-o", str(out))
    assert result.exit_code == 1
    assert load_profile(out).evidence == "simulator"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--pattern", "(?P<value>"], "not a pattern that RE2 can run"),
        (["--family", "nothing"], "no adapter 'nothing'"),
        (["--family", "modbus_rtu", "--register", "x"], "--register x: not fcN/ADDRESS"),
    ],
)
def test_what_cannot_be_used_is_named(options: list[str], said: str, ph_meter: Path, tmp_path: Path) -> None:
    arguments = ["own", "--from", str(ph_meter), "--family", "line", "--charset", "cp437", "--yes"]
    result = _new(*arguments, *options, "-o", str(tmp_path / "own.toml"))
    assert isinstance(result.exception, CannotError)
    assert said in str(result.exception)


def test_nothing_is_overwritten(ph_meter: Path, tmp_path: Path) -> None:
    out = tmp_path / "own.toml"
    out.write_text("mine", "utf-8")
    result = _new("own", "--from", str(ph_meter), "--family", "line", "--yes", "-o", str(out))
    assert "is there already" in str(result.exception)
    assert out.read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [(b"a\r\nb\r\n", "\r\n"), (b"a\rb\r", "\r"), (b"a\nb\n", "\n"), (b"a\r\nb\r", "any"), (b"ab", "gap")],
)
def test_how_lines_end(data: bytes, delimiter: str) -> None:
    assert delimiter_of(data) == delimiter


def test_shapes() -> None:
    assert shape_of("no number") is None
    assert shape_of("1 2 3") is None
    assert shape_of("W: -1.50 kg") is not None
    assert columns_of(["1.5 g"]) is None
    assert list(charsets_of(lines_of(b"a\r\n"))) == ["ascii"]
    assert charsets_of(["浓度".encode("gb18030")])["gb18030"] == "浓度"


def test_toml_is_read_back_as_it_was_written() -> None:
    document = {
        "name": "x",
        "text": "back\\slash 'and' \"quotes\"\t\x7f浓度",
        "pattern": r"(?P<value>\d+)",
        "list": ["a", "b"],
        "settings": {"line": [{"pattern": r"\d", "columns": ["a"]}, {"item": "浓度"}], "n": 1.5, "is": True},
        "items": {"LYM%": {"code": "x", "unit": "%"}},
    }
    assert tomllib.loads(as_toml(document)) == document
