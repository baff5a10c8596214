"""A profile from a capture: what is proposed, what is asked, and that it decodes at once."""

import json
import struct
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firmware_adapters.profile import load_profile
from firmware_adapters.registry import family
from shian.__main__ import build
from shian.adapters.line_columns import columns_of
from shian.adapters.line_shapes import charsets_of, delimiter_of, lines_of, shape_of
from shian.adapters.profile_text import as_toml
from shian.adapters.sentinels import of_registers
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
    # Raw bytes do not say where they came from: only a capture that names a device's port proves anything.
    assert (profile.maker, profile.model, profile.charset, profile.evidence) == ("M", "P-1", "cp437", "simulator")
    # The temperature that most lines end with is a reading of its own.
    assert _counts(out, ph_meter) == {"frames": 19, "rejected": 5, "readings": 35, "refused": 0}


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


def _readings(profile: Path, capture: Path) -> list[dict[str, object]]:
    lines = CliRunner().invoke(
        build(), ["decode", "--adapter", load_profile(profile).family, "--profile", str(profile), str(capture)]
    )
    rows = [json.loads(line) for line in lines.stdout.splitlines()]
    return [row for row in rows if row.get("kind") == "reading"]


def _made(tmp_path: Path, stream: bytes, *options: str) -> tuple[Result, Path, Path]:
    path, out = tmp_path / "c.bin", tmp_path / "own.toml"
    path.write_bytes(stream)
    return _new("own", "--from", str(path), "--family", "line", "--yes", "-o", str(out), *options), out, path


@pytest.mark.parametrize("unit", ["mg/kg", "ug/kg", "µg/kg", "μg/kg", "mg/100g", "mmol/L", "IU/L", "mS/cm", "CFU/mL"])
def test_a_unit_is_whole_and_many_blanks_are_taken(unit: str, tmp_path: Path) -> None:
    stream = "".join(f"NO2  1.{n}0 {unit}{' ' * 13}\r\n" for n in range(6)).encode()
    result, out, path = _made(tmp_path, stream, *([] if unit.isascii() else ["--charset", "utf-8"]))
    assert result.exit_code == 0, result.output
    assert [(row["value"], row["unit"]) for row in _readings(out, path)] == [(1 + n / 10, unit) for n in range(6)]


_GERMAN = b"".join(b"09.03.26 10:%02d MS 001.0 000006.%d\r\n" % (22 + 4 * n, n) for n in range(5))


def test_an_ambiguous_day_is_asked_and_never_dropped(tmp_path: Path) -> None:
    options = ["--pattern", r"(?P<date>\S+) (?P<time>\S+) MS (?P<ms>\S+) (?P<value>\S+)"]
    result, out, _ = _made(tmp_path, _GERMAN, *options)
    assert isinstance(result.exception, CannotError)
    assert "--time-format with one of: %d.%m.%y %H:%M, %m.%d.%y %H:%M, %y.%m.%d %H:%M" in str(result.exception)
    assert not out.exists()
    result, out, path = _made(tmp_path, _GERMAN, *options, "--time-format", "%d.%m.%y %H:%M")
    assert result.exit_code == 0, result.output
    assert next(row["measured_at"] for row in _readings(out, path)) == "2026-03-09T10:22:00"


def test_a_day_that_can_be_no_month_is_not_asked(tmp_path: Path) -> None:
    result, out, path = _made(tmp_path, _GERMAN.replace(b"09.03.26", b"31.03.2026").replace(b" MS 001.0", b""))
    assert result.exit_code == 0, result.output
    assert [row["measured_at"] for row in _readings(out, path)][1] == "2026-03-31T10:26:00"


def test_a_time_that_no_form_reads_is_told(tmp_path: Path) -> None:
    options = ["--pattern", r"(?P<date>\S+) (?P<value>\S+)"]
    result, _, _ = _made(tmp_path, b"40.50.60 1.5\r\n" * 5, *options)
    assert "no form of time is known that reads '40.50.60'" in str(result.exception)


def test_a_profile_that_decodes_nothing_or_less_is_loud(tmp_path: Path) -> None:
    result, out, _ = _made(tmp_path, b"W 1.5 g\r\n" * 5, "--pattern", "never(?P<value>1)")
    assert result.exit_code == 1
    assert "THIS PROFILE DECODES NOTHING" in result.output
    out.unlink()
    result, _, _ = _made(tmp_path, b"W 1.5 g\r\n" * 5 + b"hello\r\n")
    assert "1 of 6 lines or frames are REJECTED" in result.output


@pytest.mark.parametrize(
    ("mark", "is_one"),
    [("99999", True), ("9.99E+37", True), ("-999.9", True), ("3276.7", True), ("25.3", False), ("99.9", False)],
)
def test_a_mark_for_no_value_is_proposed(mark: str, is_one: bool, tmp_path: Path) -> None:
    values = ["20.1", "21.5", mark, "22.0", mark, "20.9"]
    result, out, path = _made(
        tmp_path, "".join(f"T={value}\r\n" for value in values).encode(), "--pattern", r"T=(?P<value>\S+)"
    )
    assert result.exit_code == 0, result.output
    assert load_profile(out).not_available == ((mark,) if is_one else ())
    assert [row["value"] is None for row in _readings(out, path)] == [is_one and value == mark for value in values]


def test_the_end_of_a_register_is_proposed_as_not_available() -> None:
    assert of_registers("s16", [b"\x00\xc8", b"\x80\x00", b"\x80\x00"]) == ["8000"]
    assert of_registers("u16", [b"\x00\xc8", b"\xff\xff", b"\x7f\xff"]) == ["ffff", "7fff"]
    assert of_registers("s16", [b"\xff\xff", b"\x7f\xfe", b"\x7f\xff"]) == []
    assert of_registers("f32", [struct.pack(">f", 9.99e37), struct.pack(">f", 21.5)]) == ["7e965015"]
