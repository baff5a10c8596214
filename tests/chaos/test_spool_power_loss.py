"""Power loss: of every event that `record` had acknowledged, none may be missing from any disk that could be left.

tests/support/crash_vfs.py says how the images are made and what is honest about them. The control run shows that the
test bites: with synchronous=NORMAL, SQLite does not sync the WAL at a commit, and rows that were acknowledged are gone.
"""

import hashlib
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from edge.spool.rows import DeadLetter
from edge.spool.spool import Spool, SpoolPlan
from tests.support.crash_vfs import Recorder, image
from tests.unit.edge.conftest import draft
from wire.kinds.envelope import ZERO_HASH
from wire.receipts import Receipt

IMAGES = 450
CONTROL_IMAGES = 100
SEED = int(os.environ.get("SHIAN_TEST_SEED", "20260110"))
NOW = datetime(2026, 1, 10, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Promise:
    """Promise of the spool: after operation `at` it had acknowledged every event up to `through`."""

    at: int
    through: int


def work(folder: Path, recorder: Recorder, random: Random) -> tuple[list[Promise], dict[int, str]]:
    """Work a day at a station in small: batches, receipts, seals, dead letters, pruning. Return promises and hashes."""
    clock = [NOW]
    plan = SpoolPlan("m1", folder, checkpoint_events=20)
    spool = Spool(plan, clock=lambda: clock[0], free_bytes=lambda: 1 << 40, connect=recorder.connect)
    spool.open()
    promises = [Promise(len(recorder.operations), 0)]
    number = 0
    for _ in range(120):
        clock[0] += timedelta(seconds=30)
        match random.choice(["record"] * 6 + ["receipt", "seal", "letter", "prune"]):
            case "record":
                size = random.choice([1, 1, 2, 5, 40])
                spool.record([draft(number + step, identity=f"{number + step:064x}") for step in range(size)])
                number += size
            case "receipt":
                spool.apply([Receipt(stream=spool.stream, through=random.randint(0, spool.counts().sequence))])
            case "seal":
                spool.seal()
            case "letter":
                spool.record((), [DeadLetter("d", "noise", random.randbytes(3000))])
            case "prune":
                spool.prune(timedelta(minutes=20), timedelta(days=3650))
        promises.append(Promise(len(recorder.operations), spool.counts().sequence))
    spool.close()
    with closing(sqlite3.connect(folder / "spool.db")) as reader:
        return promises, dict(reader.execute("SELECT sequence, hash FROM event").fetchall())


def count_lost(folder: Path, promised: int, hashes: dict[int, str]) -> int:
    """Open the disk with the real Spool; how many promised events are gone. Asserts that what is there is sound."""
    (folder / "key").write_bytes(bytes(32))
    spool = Spool(SpoolPlan("m1", folder), clock=lambda: TOMORROW, free_bytes=lambda: 1 << 40)
    news = spool.open()
    head = spool.counts().sequence
    spool.record([draft(10**6)])
    spool.close()
    if news:  # the spool was made anew: everything is gone
        return promised
    with closing(sqlite3.connect(folder / "spool.db")) as reader:
        assert reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = reader.execute("SELECT sequence, hash, body FROM event ORDER BY sequence").fetchall()
    assert_sound(rows, hashes, head)
    return max(0, promised - head)


def assert_sound(rows: list[tuple[int, str, bytes]], hashes: dict[int, str], head: int) -> None:
    """Assert that the rows are unaltered and linked. Pruning leaves gaps of whole stretches; neighbours are linked."""
    for sequence, name, body in rows:
        assert hashlib.sha256(body).hexdigest() == name
        assert sequence > head or hashes.get(sequence, name) == name
    for (sequence, name, _), (after, _, body) in pairwise(rows):
        assert after != sequence + 1 or f'"previoushash":"{name}"'.encode() in body
    if rows[0][0] == 1:
        assert f'"previoushash":"{ZERO_HASH}"'.encode() in rows[0][2]


def losses(tmp_path: Path, count: int, *, is_normal: bool) -> list[int]:
    """Count acknowledged events that are missing, for each of `count` images of one recorded day."""
    recorder = Recorder(is_normal=is_normal)
    random = Random(SEED)
    promises, hashes = work(tmp_path / "live", recorder, random)
    found = []
    for number in range(count):
        cut = random.randint(0, len(recorder.operations))
        promised = max((promise.through for promise in promises if promise.at <= cut), default=0)
        folder = tmp_path / f"image{number}"
        folder.mkdir()
        for name, content in image(recorder.operations, cut, random).items():
            (folder / name).write_bytes(content)
        found.append(count_lost(folder, promised, hashes))
        shutil.rmtree(folder)
    return found


@pytest.mark.chaos
def test_no_acknowledged_event_is_lost_in_any_of_the_images(tmp_path: Path) -> None:
    found = losses(tmp_path, IMAGES, is_normal=False)
    assert len(found) >= 400
    assert sum(found) == 0, f"seed {SEED}: {sum(count > 0 for count in found)} images lost {sum(found)} events"


@pytest.mark.chaos
def test_the_control_run_without_a_sync_at_commit_does_lose_some(tmp_path: Path) -> None:
    found = losses(tmp_path, CONTROL_IMAGES, is_normal=True)
    print(f"lost in {sum(count > 0 for count in found)} of {len(found)} images, {sum(found)} events")  # noqa: T201
    assert sum(found) > 0, "the test does not bite"
