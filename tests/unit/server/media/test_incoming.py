"""Uploads under way: uploads that nobody goes on with are deleted, and nothing else."""

import fcntl
import hashlib
import os
import threading
from pathlib import Path

import pytest

from server.media.errors import OffsetError
from server.media.incoming import Incoming, Pruned
from server.problems import ProblemError
from tests.support.media import JPEG
from tests.support.waiting import wait_for

DAY_S = 86_400.0
NOW = 1_800_000_000.0
ONE, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def incoming(tmp_path: Path) -> Incoming:
    return Incoming(tmp_path / "incoming", 1 << 20)


def began(incoming: Incoming, folder: Path, digest: str, *, untouched_s: float) -> Path:
    """Begin an upload of 3 of 10 bytes."""
    incoming.append("m1", digest, 10, 0, b"abc")
    path = folder / "incoming" / f"m1.{digest}.part"
    os.utime(path, (NOW - untouched_s, NOW - untouched_s))
    return path


def test_what_was_not_touched_for_so_long_is_deleted_and_begins_anew(incoming: Incoming, tmp_path: Path) -> None:
    old = began(incoming, tmp_path, ONE, untouched_s=14.1 * DAY_S)
    young = began(incoming, tmp_path, OTHER, untouched_s=13.9 * DAY_S)
    (tmp_path / "incoming" / "notes.txt").touch()
    os.utime(tmp_path / "incoming" / "notes.txt", (0, 0))
    assert incoming.prune(NOW - 14 * DAY_S) == Pruned(1, 3)
    assert [path.exists() for path in (old, young)] == [False, True]
    assert (tmp_path / "incoming" / "notes.txt").exists()
    assert [incoming.offset("m1", digest) for digest in (ONE, OTHER)] == [0, 3]
    assert incoming.prune(NOW - 14 * DAY_S) == Pruned()
    assert incoming.append("m1", ONE, 10, 0, b"abcd") == 4


def test_without_any_upload_there_is_nothing_to_delete(incoming: Incoming) -> None:
    assert incoming.prune(NOW) == Pruned()


def test_what_is_written_to_at_this_moment_stays(incoming: Incoming, tmp_path: Path) -> None:
    path = began(incoming, tmp_path, ONE, untouched_s=99 * DAY_S)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert incoming.prune(NOW) == Pruned()
    assert incoming.prune(NOW) == Pruned(1, 3)


def test_who_waited_while_it_was_deleted_is_told_to_begin_anew(incoming: Incoming, tmp_path: Path) -> None:
    path = began(incoming, tmp_path, ONE, untouched_s=99 * DAY_S)
    told: list[int] = []

    def go_on() -> None:
        with pytest.raises(OffsetError) as refusal:
            incoming.append("m1", ONE, 10, 3, b"def")
        told.append(refusal.value.offset)

    thread = threading.Thread(target=go_on)
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        thread.start()
        wait_for(lambda: waits_for_a_lock(path.stat().st_ino), what="somebody who waits")
        path.unlink()
    thread.join()
    assert told == [0]


def waits_for_a_lock(inode: int) -> bool:
    """Return True when the kernel shows a process waiting for the lock: `->` stands before it."""
    lines = Path("/proc/locks").read_text().splitlines()
    return any("->" in line and f":{inode} " in line for line in lines)


def test_what_is_taken_away_is_written_to_by_nobody(incoming: Incoming, tmp_path: Path) -> None:
    """Go on with an upload, said to be longer, while it is checked and moved into the archive."""
    digest, kept = hashlib.sha256(JPEG).hexdigest(), tmp_path / "kept"
    incoming.append("m1", digest, len(JPEG), 0, JPEG)
    part = tmp_path / "incoming" / f"m1.{digest}.part"
    told: list[int] = []

    def go_on() -> None:
        with pytest.raises(OffsetError) as refusal:
            incoming.append("m1", digest, len(JPEG) + 3, len(JPEG), b"xyz")
        told.append(refusal.value.offset)

    thread = threading.Thread(target=go_on)
    with incoming.whole("m1", digest) as arrived:
        thread.start()
        wait_for(lambda: waits_for_a_lock(part.stat().st_ino), what="somebody who waits")
        arrived.path.rename(kept)
    thread.join()
    assert told == [0]
    assert kept.read_bytes() == JPEG
    with pytest.raises(OffsetError) as refusal, incoming.whole("m1", "ef" * 32):
        pass
    assert refusal.value.offset == 0


def test_other_bytes_than_promised_are_dropped(incoming: Incoming, tmp_path: Path) -> None:
    incoming.append("m1", ONE, 3, 0, b"abc")
    with pytest.raises(ProblemError), incoming.whole("m1", ONE):
        pass
    assert not list((tmp_path / "incoming").iterdir())
