"""The place of the data, which has one owner at a time."""

from pathlib import Path

import pytest

from shian.failures import CannotError
from shian.local.folders import chosen_data, claim, default_data


@pytest.mark.parametrize(
    ("environ", "is_root", "folder"),
    [
        ({"HOME": "/home/li"}, False, "/home/li/.local/state/shian"),
        ({"HOME": "/home/li", "XDG_STATE_HOME": "/state"}, False, "/state/shian"),
        ({"HOME": "/home/li", "XDG_STATE_HOME": "relative"}, False, "/home/li/.local/state/shian"),
        ({"HOME": "/root", "XDG_STATE_HOME": "/state"}, True, "/var/lib/shian"),
    ],
)
def test_the_default_folder(environ: dict[str, str], is_root: bool, folder: str) -> None:
    assert default_data(environ, is_root=is_root) == Path(folder)


def test_a_second_claim_is_refused_and_names_the_holder(tmp_path: Path) -> None:
    import os

    with claim(tmp_path / "data"), pytest.raises(CannotError, match=str(os.getpid())), claim(tmp_path / "data"):
        pass
    with claim(tmp_path / "data"):
        pass


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotError, match="file/data"), claim(tmp_path / "file" / "data"):
        pass


def test_the_demo_has_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shian.local.folders.default_data", lambda environ, is_root: tmp_path)
    assert chosen_data(None) == tmp_path
    assert chosen_data(None, is_demo=True) == tmp_path / "demo"
    assert chosen_data(tmp_path / "x", is_demo=True) == tmp_path / "x"


def test_a_new_folder_lets_the_user_of_postgresql_pass(tmp_path: Path) -> None:
    """Hold it against the umask of the tests, which lets nobody else in."""
    with claim(tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o711
    (tmp_path / "data").chmod(0o700)
    with claim(tmp_path / "data"):
        assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700, "a folder that is there stays as it is"
