"""The tools of the kit on rubbish: captures and profiles that nobody would write. No command may end in a traceback,
none may hide a profile that is sound, and a mistake in a profile is named by its file, and by line and key where the
text can be read at all."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from firmware_adapters.own_profiles import read_own_profiles
from firmware_adapters.profile import ProfileError, parse_profile
from firmware_adapters.registry import families
from shian.__main__ import build
from shian.adapters.candidates import candidates
from shian.failures import CannotError

SOUND = (
    'name = "sound"\nfamily = "line"\nmaker = "x"\nmodel = "y"\nevidence = "simulator"\n'
    '[[settings.line]]\npattern = "W (?P<value>[0-9]+)"\nitem = "w"\n'
)
HEAD = 'name = "odd"\nfamily = "{family}"\nmaker = "x"\nmodel = "y"\nevidence = "simulator"\n'
HEADING = b'{"shian_capture": 1, "port": "/dev/ttyUSB0"}\n'
FAMILIES = tuple(families())
MOST_TOLD = 21  # twenty, and how many more there are

CAPTURES = {
    "empty": b"",
    "NULs": bytes(5_000),
    "one long line": b"1.23 mg/kg " * 500,
    "line ends": b"\r\n" * 2_000,
    "STX": b"\x02" * 3_000,
    "GS": b"\x1d" * 3_000,
    "UTF-16": "NO2 1.25 mg/kg\r\n".encode("utf-16") * 20,
    "GBK cut in a character": "抑制率 12.5 %\r\n".encode("gbk") * 20 + b"\xd2",
    "a heading alone": HEADING,
    "a heading that is cut": HEADING[:20],
    "a heading of another version": b'{"shian_capture": 99}\n',
    "a heading of another type": b'{"shian_capture": [1], "line": {"baud": "x"}}\n',
    "chunks of other types": HEADING
    + b'{"t": "x", "from": 1, "hex": []}\n[]\n1e999\n{"t":1e400,"from":"host","hex":""}\n',
    "a chunk that is cut": HEADING + b'{"t": 0.5, "from": "device", "hex": "0a0',
    "deep JSON": HEADING + b"[" * 20_000 + b"\n",
    "a dialogue with half a byte": b"<< 0a 0\n",
    "a dialogue of rubbish": b">> 01 03\nzzz\n<< 01 83 02\n",
    "many values in a line": b"".join(b"%d.5 " % n for n in range(200)) + b"\r\n",
}  # fmt: skip


def _run(*arguments: str) -> Result:
    result = CliRunner().invoke(build(), list(arguments))
    allowed = (SystemExit, CannotError)
    assert result.exception is None or isinstance(result.exception, allowed), (arguments, result.exc_info)
    return result


def _all_tools(capture: Path, folder: Path) -> None:
    _run("adapters", "inspect", str(capture))
    for name in FAMILIES:
        _run("decode", "--adapter", name, str(capture))
    for number, family in enumerate((None, "line", "escpos", "modbus_rtu", "astm")):
        said = ["--family", family] if family else []
        out = folder / f"out-{number}.toml"
        out.unlink(missing_ok=True)
        _run("adapters", "new", "own", "--from", str(capture), "--yes", "-o", str(out), *said)


@pytest.mark.parametrize("content", CAPTURES.values(), ids=CAPTURES)
def test_a_capture_of_rubbish_is_taken_by_every_tool(content: bytes, tmp_path: Path) -> None:
    capture = tmp_path / "c.bin"
    capture.write_bytes(content)
    _all_tools(capture, tmp_path)


_PIECES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        (b"\r\n", b"\n", b"\r", b"\x02", b"\x03", b"\x1d", b"\x1b@", b"\x1dV0", b";", b",", b"\t", b"|",
     b" 1.25 mg/kg", b"pH 7,01",
         b"2026-02-30", b"31.02.26 25:61", b"ND", b"<0.5", b"--.-", b"99999", b"1,250.50 g", "未检出".encode("gbk"),
         "抑制率：".encode(), b"H|\\^&|||", b"MSH|^~\\&|", b"\x01\x03\x02\x00\x01\x79\x84", b"\xff\xfe", b"\x00" * 8,
         b"(?P<value>", b"$", b"\\", b"{", b"'", b'"""', b"#", b"0" * 400, b"1e308",
     b"NET 1.5 kg\r\nTARE 1 kg\r\nGROSS 2.5 kg\r\n")
    ),
)  # fmt: skip


@settings(max_examples=15)
@given(pieces=st.lists(_PIECES, min_size=1, max_size=12), times=st.integers(1, 4))
def test_a_capture_of_pieces_is_taken_by_the_tools(
    pieces: list[bytes], times: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    capture = folder / "c.bin"
    capture.write_bytes(b"".join(pieces) * times)
    _run("adapters", "inspect", str(capture), "--json")
    for number, family in enumerate((None, "escpos")):
        said = ["--family", family] if family else []
        _run("adapters", "new", "own", "--from", str(capture), "--yes", "-o", str(folder / f"{number}.toml"), *said)


_SCALARS = st.one_of(
    st.sampled_from(
        ("1", "-1", "0", "1e999", "-inf", "nan", "9" * 30, "9" * 4400, "true", "1979-05-27", "07:32:00", '""', '"x"',
     "[]", "{}",
         "[[]]", "[1, 'a', {}]", '"(?P<value>(a+)+$"', '"(?=x)"', '"("', '"(?P<value>.{1,1000}){1,1000}"', '"[" ',
     "'''\n'''",
         '"\\u0000"', '"\\uFFFF"', "0x7fffffffffffffff", "[" * 40 + "]" * 40, "{a = {a = {a = 1}}}", '"utf-16"',
     '"rot13"',
         '"idna"', '"undefined"', '"hex"', "'2026'", '"u16"', '"fc3/0"', '[{item = "a"}]', "[{}]", '{"" = 1}')
    ),
)  # fmt: skip
_KEYS = st.sampled_from(
    ("name", "family", "maker", "evidence", "note", "charset", "line", "line.baud", "line.stopbits", "usb", "items",
     "items.a", "items.a.code",
     "items.a.scale", "not_available", "verdicts", "verdicts.x", "quirks", "identity", "identity.record", "options",
     "options.x", "settings",
     "settings.line", "settings.block", "settings.ignore", "settings.delimiter", "settings.max_length",
     "settings.time_formats",
     "settings.request", "settings.register", "settings.slaves", "settings.columns", "settings.commands",
     "settings.gap_s", "settings.clock",
     "settings.simulate", "place", "source", "zzz", '"a.b"', '"\\n"', "''")
)  # fmt: skip


@settings(max_examples=100)
@given(
    family=st.sampled_from((*FAMILIES, "nobody")),
    rows=st.lists(st.tuples(_KEYS, _SCALARS), max_size=5),
    end=st.sampled_from(("\n", "\r\n")),
    is_headed=st.booleans(),
)
def test_a_mistake_in_a_profile_is_named_with_its_line(
    family: str, rows: list[tuple[str, str]], end: str, is_headed: bool
) -> None:
    head = HEAD.format(family=family) if is_headed else ""
    text = (head + "".join(f"{key} = {value}\n" for key, value in rows)).replace("\n", end)
    try:
        profile = parse_profile(text, "own.toml")
        if profile.family in families():
            families()[profile.family].check(profile)
    except ProfileError as exc:
        for line in str(exc).splitlines():
            assert line.startswith("own.toml:"), (line, text)


UNREADABLE = {
    "not UTF-8": HEAD.format(family="line").encode() + b'note = "\xb5g"\n',
    "UTF-16": HEAD.format(family="line").encode("utf-16"),
    "NULs": bytes(1000),
    "a NUL within": HEAD.format(family="line").encode() + b'note = "\x00"\n',
    "empty": b"",
    "one line of 2 MB": b"a" * 2_000_000,
    "deep": b"a = " + b"[" * 100_000,
    "deep tables": b"a" + b".a" * 50_000 + b" = 1\n",
    "many unknown keys": b"".join(b"k%d = 1\n" % number for number in range(9_000)),
    "many bad patterns": HEAD.format(family="line").encode()
    + b"".join(b"[[settings.line]]\npattern = '%d(?P<value>.{1,1000})'\n" % number for number in range(200))
    + b"[[settings.line]]\npattern = '('\n",
    "a huge number": HEAD.format(family="line").encode() + b"[line]\nbaud = " + b"9" * 5000 + b"\n",
    "a key twice": HEAD.format(family="line").encode() + b'maker = "z"\n',
    "a table twice": HEAD.format(family="line").encode() + b"[line]\nbaud = 9600\n[line]\nbaud = 9600\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "profiles"
    made.mkdir()
    (made / "sound.toml").write_text(SOUND, "utf-8")
    yield made
    for path in made.iterdir():
        if not path.is_symlink() and not path.is_dir():
            path.chmod(0o600)


def _is_named(folder: Path, broken: str, capture: Path) -> None:
    """Check that every tool names the file and still has the sound profile."""
    there = ["--profiles", str(folder)]
    rows = json.loads(_run("adapters", "list", "--json", *there).stdout)
    assert "sound" in [row.get("profile") for row in rows]
    errors = [row["error"] for row in rows if row["error"]]
    assert len(errors) == 1
    assert len(errors[0].splitlines()) <= MOST_TOLD
    assert errors[0].startswith(f"{folder / broken}:")
    inspected = _run("adapters", "inspect", str(capture), "--all", *there)
    assert "line/sound" in inspected.output
    assert str(folder / broken) in inspected.output
    _run("decode", "--adapter", "line", "--profile", "sound", str(capture), *there)
    named = _run("decode", "--adapter", "line", "--profile", str(folder / broken), str(capture))
    assert named.exit_code


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "c.bin"
    path.write_bytes(b"".join(b"W %d\r\n" % number for number in range(10, 19)))
    return path


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_is_no_profile_is_named_and_hides_no_other(content: bytes, folder: Path, capture: Path) -> None:
    (folder / "a.toml").write_bytes(content)
    _is_named(folder, "a.toml", capture)


@pytest.mark.parametrize("kind", ["folder", "loop", "nowhere", "fifo", "endless"])
def test_what_is_no_file_is_named_and_hides_no_other(kind: str, folder: Path, capture: Path) -> None:
    path = folder / "a.toml"
    match kind:
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to(path)
        case "nowhere":
            path.symlink_to(folder / "nothing")
        case "fifo":
            os.mkfifo(path)
        case _:
            path.symlink_to("/dev/zero")
    _is_named(folder, "a.toml", capture)
    for tool in (("inspect", str(path)), ("new", "own", "--from", str(path), "--yes", "-o", str(folder / "new.toml"))):
        result = _run("adapters", *tool)
        assert isinstance(result.exception, CannotError)
        assert str(path) in str(result.exception)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_named_and_hides_no_other(folder: Path, capture: Path) -> None:
    (folder / "a.toml").write_text(SOUND.replace("sound", "other"))
    (folder / "a.toml").chmod(0)
    _is_named(folder, "a.toml", capture)


def test_a_profile_with_a_byte_order_mark_is_read(folder: Path, capture: Path) -> None:
    (folder / "bom.toml").write_bytes(b"\xef\xbb\xbf" + SOUND.replace("sound", "bom").replace("\n", "\r\n").encode())
    rows = json.loads(_run("adapters", "list", "--json", "--profiles", str(folder), "bom").stdout)
    assert [row["error"] for row in rows] == [""]
    _run("decode", "--adapter", "line", "--profile", str(folder / "bom.toml"), str(capture))


def test_the_sound_profiles_are_candidates_beside_hostile_ones(folder: Path) -> None:
    for name, content in UNREADABLE.items():
        (folder / f"{re.sub(r'[^a-z]', '-', name.lower())}.toml").write_bytes(content)
    told: list[str] = []
    found = list(candidates(read_own_profiles(folder), told.append))
    assert "sound" in [candidate.profile.name for candidate in found]
    assert len(told) == len(UNREADABLE)


def test_a_long_capture_is_looked_at_as_far_as_is_said(tmp_path: Path) -> None:
    capture, out = tmp_path / "c.bin", tmp_path / "own.toml"
    capture.write_bytes(b"NO2 1.25 mg/kg\r\n" + b"A" * 5_000_000)
    said = _run("adapters", "new", "own", "--from", str(capture), "--family", "line", "--yes", "-o", str(out))
    assert "FIRST 4 MIB" in said.output
    assert out.exists()


@pytest.mark.parametrize("end", ["\x1b@", "\r\n"])
def test_long_lines_of_many_values_are_left_to_a_person(end: str, tmp_path: Path) -> None:
    capture = tmp_path / "c.bin"
    capture.write_text("".join(" ".join(f"{n + k}.5" for n in range(150)) + end for k in range(30)))
    for family in ("line", "escpos"):
        out = tmp_path / f"{family}.toml"
        _run("adapters", "new", "own", "--from", str(capture), "--family", family, "--yes", "-o", str(out))
        assert not out.exists()
