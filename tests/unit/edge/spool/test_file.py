import sqlite3
import stat
from pathlib import Path

import pytest

from edge.errors import SpoolError, SpoolLockedError
from tests.unit.edge.conftest import MakeSpool, draft


def recorded(make_spool: MakeSpool, count: int = 5) -> Path:
    """Record some events in a spool, close it, and return its folder."""
    spool = make_spool()
    spool.open()
    spool.record([draft(number) for number in range(count)])
    folder: Path = spool._plan.folder
    spool.close()
    return folder


def test_the_first_start_says_so_and_the_key_is_for_the_agent_alone(make_spool: MakeSpool, tmp_path: Path) -> None:
    assert make_spool().open() == "first start; new signing key"
    key = tmp_path / "data" / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(key.read_bytes()) == 32


def test_a_second_agent_on_the_same_spool_is_refused(make_spool: MakeSpool) -> None:
    first, second = make_spool(), make_spool()
    first.open()
    with pytest.raises(SpoolLockedError):
        second.open()
    first.close()
    second.open()


def test_a_missing_spool_is_news_and_begins_a_new_stream_under_the_same_key(make_spool: MakeSpool) -> None:
    folder = recorded(make_spool)
    key = (folder / "key").read_bytes()
    (folder / "spool.db").unlink()
    spool = make_spool()
    assert spool.open() == "the spool was missing"
    assert spool.record([draft(1)])[0].sequence == 1  # type: ignore[union-attr]
    assert (folder / "key").read_bytes() == key


@pytest.mark.parametrize("damage", ["garbage", "page", "truncated", "head", "cut"])
def test_a_damaged_spool_is_kept_aside_and_a_new_stream_begins(make_spool: MakeSpool, damage: str) -> None:
    folder = recorded(make_spool, 200)
    path = folder / "spool.db"
    stream = sqlite_value(path, "SELECT id FROM stream")
    spoil(path, damage)
    spool = make_spool()
    news = spool.open()
    assert news.startswith("the spool is damaged: "), news
    kept = [path.name for path in folder.iterdir() if ".aside-" in path.name]
    assert any(name in news for name in kept), (news, kept)
    assert str(spool.stream) != stream
    assert spool.record([draft(1)])[0].sequence == 1  # type: ignore[union-attr]


def spoil(path: Path, damage: str) -> None:
    content = bytearray(path.read_bytes())
    match damage:
        case "garbage":
            path.write_bytes(b"this is no database" * 1000)
        case "page":
            content[4096 * 5 : 4096 * 20] = b"\xff" * 4096 * 15
            path.write_bytes(content)
        case "truncated":
            path.write_bytes(content[: len(content) // 2])
        case "head":
            sqlite_value(path, "UPDATE stream SET sequence = sequence - 1")
        case "cut":
            sqlite_value(path, "DELETE FROM event WHERE sequence = 7")


def sqlite_value(path: Path, sql: str) -> object:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        row = connection.execute(sql).fetchone()
        return row and row[0]
    finally:
        connection.close()


def test_an_empty_file_is_a_spool_that_was_never_begun(make_spool: MakeSpool, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "spool.db").touch()
    assert make_spool().open() == "first start; new signing key"


def test_a_log_without_its_spool_is_kept_aside(make_spool: MakeSpool) -> None:
    folder = recorded(make_spool)
    (folder / "spool.db").unlink()
    (folder / "spool.db-wal").write_bytes(b"the last transactions")
    news = make_spool().open()
    assert "kept as spool.db.aside-" in news
    (kept,) = folder.glob("*.aside-*-wal")
    assert kept.read_bytes() == b"the last transactions"


def test_a_spool_of_a_newer_version_is_left_alone(make_spool: MakeSpool) -> None:
    folder = recorded(make_spool)
    sqlite_value(folder / "spool.db", "PRAGMA user_version = 99")
    with pytest.raises(SpoolError, match="install the newer one"):
        make_spool().open()
    assert sqlite_value(folder / "spool.db", "SELECT count(*) FROM event") == 5


def test_a_damaged_key_is_kept_aside_and_the_spool_goes_on(make_spool: MakeSpool) -> None:
    folder = recorded(make_spool)
    (folder / "key").write_bytes(b"short")
    spool = make_spool()
    assert spool.open() == "new signing key: the old one had 5 bytes and is kept as key.broken-1"
    assert spool.record([draft(1)])[0].sequence == 6  # type: ignore[union-attr]
    assert (folder / "key.broken-1").read_bytes() == b"short"
