"""`shian demo films --only`: one film of those that there are."""

from pathlib import Path

import pytest

from shian.demo import command
from shian.demo.district import shipped
from shian.demo.scenes import making
from shian.demo.scenes.making import plans
from shian.failures import CannotError


def test_one_film_is_drawn_and_an_unknown_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(making, "write_film", lambda plan, path, width: drawn.append(path.stem))
    command.films(tmp_path, 640, ["shuguang-school-cam-kitchen"])
    assert drawn == ["shuguang-school-cam-kitchen"], "the one of the README"
    assert (tmp_path / "shuguang-school-cam-kitchen.toml").exists()
    drawn.clear()
    command.films(tmp_path / "all")
    assert drawn == list(plans(shipped()))
    with pytest.raises(CannotError, match=r"there are: .*shuguang-school-cam-kitchen"):
        command.films(tmp_path, 640, ["nothing"])
