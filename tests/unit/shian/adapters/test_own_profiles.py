"""One broken file in the folder of own profiles is named by file, line and key, and hides no other."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from firmware_adapters.profile import ProfileError, parse_profile
from firmware_adapters.registry import Family, family
from shian.__main__ import build

HEAD = 'name = "{name}"\nfamily = "line"\nmaker = "x"\nmodel = "y"\nevidence = "simulator"\n'
SOUND = HEAD.format(name="sound") + '[[settings.line]]\npattern = "W (?P<value>[0-9]+)"\nitem = "w"\n'
MISTAKES = {
    "two columns of a name": (
        '[[settings.line]]\nitem = "x"\ncolumns = ["item", "value", "item"]\n',
        ":8: settings.line.0.columns: Value error, two columns are called 'item'",
    ),
    "a name that is none": (
        '[[settings.line]]\ncolumns = ["value", "1st"]\n',
        ":7: settings.line.0.columns: Value error, '1st' is no name of a column",
    ),
    "two groups of a name": (
        '[[settings.line]]\npattern = "(?P<value>1)(?P<value>2)"\n',
        ":7: settings.line.0.pattern: Value error, not a pattern that RE2 can run: ",
    ),
    "a delimiter outside of the charset": (
        '[settings]\ndelimiter = "。"\n[[settings.line]]\ncolumns = ["value"]\n',
        ":7: settings.delimiter: 'ascii' codec can't encode",
    ),
    "no separator": ('[[settings.line]]\ncolumns = ["value"]\nseparator = ""\n', ":8: settings.line.0.separator: "),
    "a block without rows": (
        '[[settings.block]]\nstart = "a"\nend = "b"\n',
        ":6: settings.block.0: Value error, a block needs a row",
    ),
    "a number without an end": (f"[line]\nbaud = {'9' * 5000}\n", ":7: "),
    "the text of nobody": ("note = \n", ":6: Invalid value"),
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_and_the_others_are_there(text: str, said: str, tmp_path: Path) -> None:
    broken = tmp_path / "a-broken.toml"
    broken.write_text(HEAD.format(name="broken") + text, "utf-8")
    (tmp_path / "sound.toml").write_text(SOUND, "utf-8")
    capture = tmp_path / "c.bin"
    capture.write_bytes(b"".join(b"W %d\r\n" % number for number in range(10, 19)))
    named = f"{broken}{said}"
    folder = ["--profiles", str(tmp_path)]

    listed = CliRunner().invoke(build(), ["adapters", "list", *folder, "--json"])
    assert listed.exception is None, listed.exception
    rows = json.loads(listed.stdout)
    assert "sound" in [row.get("profile") for row in rows]
    assert next(row["error"] for row in rows if row["error"]).startswith(named)

    inspected = CliRunner().invoke(build(), ["adapters", "inspect", str(capture), *folder])
    assert inspected.exception is None or isinstance(inspected.exception, SystemExit)
    assert named in inspected.output
    assert "line/sound" in inspected.output

    decoded = CliRunner().invoke(build(), ["decode", "--adapter", "line", "--profile", "sound", str(capture), *folder])
    assert decoded.exception is None, decoded.exception
    made = CliRunner().invoke(
        build(), ["adapters", "new", "own", "--from", str(capture), "--yes", "-o", str(tmp_path / "own"), *folder]
    )
    assert made.exit_code == 0, made.output


def test_a_mistake_that_no_family_foresaw_is_one_of_the_profile() -> None:
    class Unforeseen:
        def __init__(self, profile: object, *, passive: bool = False, today: object = None) -> None:
            raise KeyError("gain")

    line = family("line")
    broken = Family("line", line.package, line.default_profile, Unforeseen, line.simulator)  # type: ignore[arg-type]
    with pytest.raises(ProfileError, match=r"own\.toml:1: settings: KeyError: 'gain'"):
        broken.check(parse_profile(SOUND, "own.toml"))


def test_a_name_that_two_files_have_is_told_once_and_each_mistake_of_a_file_in_its_own_line(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(SOUND, "utf-8")
    (tmp_path / "empty.toml").write_text("", "utf-8")
    (tmp_path / "c.bin").write_bytes(b"W 12\r\n" * 9)
    listed = CliRunner().invoke(build(), ["adapters", "list", "--profiles", str(tmp_path)])
    assert listed.stderr.count("is there twice") == 1
    inspected = CliRunner().invoke(
        build(), ["adapters", "inspect", str(tmp_path / "c.bin"), "--profiles", str(tmp_path)]
    )
    told = [line for line in inspected.stderr.splitlines() if "empty.toml" in line]
    assert len(told) > 1
    assert all(line.startswith("left out: ") for line in told)
