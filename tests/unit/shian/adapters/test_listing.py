import json
from pathlib import Path

from typer.testing import CliRunner, Result

from shian.__main__ import build

GOOD = 'name = "{name}"\nfamily = "{family}"\nmaker = "m"\nmodel = "x"\nevidence = "capture"\n{rest}'


def run(*words: str) -> Result:
    return CliRunner().invoke(build(), ["adapters", "list", *words], env={"COLUMNS": "200"})


def test_every_shipped_profile_is_there_and_a_word_chooses(tmp_path: Path) -> None:
    found = json.loads(run("--json", "--profiles", str(tmp_path), "tl-310").stdout)
    assert [(row["family"], row["profile"], row["own"], row["error"]) for row in found] == [
        ("pesticide", "tl-310", False, "")
    ]
    assert found[0]["line"]["parity"] == "N"
    assert len(json.loads(run("--json", "--profiles", str(tmp_path)).stdout)) > 30


def test_ones_own_are_listed_and_the_broken_with_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD.format(name="mine", family="astm", rest='[[usb]]\nvid="1a86"\npid="7523"\n'))
    (tmp_path / "b.toml").write_text(GOOD.format(name="odd", family="astm", rest="[options]\nx = 1\n"))
    (tmp_path / "c.toml").write_text("name = \n")
    (tmp_path / "d.toml").write_text(GOOD.format(name="alien", family="nobody", rest=""))
    found = json.loads(run("--json", "--profiles", str(tmp_path), "toml").stdout)
    own = {row.get("profile", "?"): row["error"] for row in found if row["own"]}
    assert own["mine"] == ""
    assert own["odd"].startswith(f"{tmp_path}/b.toml:7: options.x: ")
    assert own["?"].startswith(f"{tmp_path}/c.toml:1: ")
    assert own["alien"].startswith(f"{tmp_path}/d.toml:2: family: ")
    shown = run("--profiles", str(tmp_path), "1a86:7523")
    assert "mine" in shown.stdout
    assert "c.toml:1" in shown.stderr


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = run("--profiles", str(tmp_path / "none"))
    assert str(tmp_path / "none") in str(result.exception)
