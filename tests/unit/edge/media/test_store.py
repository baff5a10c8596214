"""The files that a media store keeps, lets go and finds again."""

import errno
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from edge.media.errors import MediaError, MediaFullError
from edge.media.index import Leaving, MediaIndex
from edge.media.mentions import read_mentions
from edge.media.store import Disk, MediaPlan, MediaStore, Pruned
from edge.spool.rows import Draft
from edge.spool.spool import Spool
from tests.unit.edge.conftest import Turned
from wire.events import source_of
from wire.kinds.camera import CameraV1

MIB = 1 << 20


class Station:
    """A store on a real folder, with a disk and a clock that the test turns."""

    def __init__(self, folder: Path, turned: Turned, *, sends: bool = True) -> None:
        self.turned = turned
        self.disk = Disk(size=100 * MIB, free=90 * MIB)
        self.plan = MediaPlan(folder, sends, keep=timedelta(days=30), disk_share=0.1, min_free=10 * MIB)
        self.store = MediaStore(self.plan, clock=lambda: turned.now, disk=lambda _: self.disk)

    def put(self, text: str, key: UUID | None = None, *, size: int = 0, stays: bool = False) -> str:
        self.turned.forward(seconds=1)
        return self.store.put(text.encode().ljust(size, b"."), "image/jpeg", key or uuid4(), stays=stays)

    def has(self, sha256: str) -> bool:
        return self.store.path(sha256, "image/jpeg").exists()

    def reopened(self) -> "Station":
        self.store.close()
        return Station(self.plan.folder, self.turned, sends=self.plan.sends)


@pytest.fixture
def station(tmp_path: Path, turned: Turned) -> Station:
    return Station(tmp_path / "media", turned)


def name(station: Station, spool: Spool, sha256: str, key: UUID) -> None:
    spool.record([Draft(CameraV1(key=key, phase="start", kind="dark", media=(sha256,)), source_of("m1", "cam"))])
    read_mentions(spool, station.store)


def test_a_file_is_named_by_its_bytes(station: Station, tmp_path: Path) -> None:
    sha256 = station.put("a picture")
    assert sha256 == hashlib.sha256(b"a picture").hexdigest()
    assert station.store.path(sha256, "image/jpeg").read_bytes() == b"a picture"
    assert not list((tmp_path / "media" / "new").iterdir())


def test_a_file_is_moved_in(station: Station) -> None:
    with station.store.draft() as draft:
        draft.write_bytes(b"a clip")
        sha256 = station.store.put(draft, "video/mp4", uuid4())
    assert station.store.path(sha256, "video/mp4").read_bytes() == b"a clip"


def test_the_same_bytes_serve_two_events(station: Station) -> None:
    first, second = uuid4(), uuid4()
    assert station.put("same", first) == station.put("same", second)
    (row,) = station.store.newest(10)
    assert set(row.keys) == {str(first), str(second)}


def test_old_files_go_but_not_those_of_a_kept_event(station: Station) -> None:
    key = uuid4()
    old, kept = station.put("old"), station.put("kept", key)
    station.store.keep(key)
    station.turned.forward(days=31)
    later = station.put("came later", key)
    new = station.put("new")
    station.turned.forward(days=29)
    assert station.store.prune().files == 1
    assert [station.has(name) for name in (old, kept, later, new)] == [False, True, True, True]
    assert station.store.release(key)
    assert station.store.prune().files == 1


def test_what_waits_for_the_centre_outlives_its_days(station: Station, spool: Spool) -> None:
    key = uuid4()
    waiting, never_named = station.put("waiting", key), station.put("never named")
    name(station, spool, waiting, key)
    station.turned.forward(days=60)
    station.store.prune()
    assert station.has(waiting)
    assert not station.has(never_named)


def test_without_a_centre_nothing_waits(tmp_path: Path, turned: Turned, spool: Spool) -> None:
    station = Station(tmp_path / "media", turned, sends=False)
    key = uuid4()
    sha256 = station.put("only here", key)
    name(station, spool, sha256, key)
    station.turned.forward(days=60)
    station.store.prune()
    assert not station.has(sha256)


def test_while_the_time_is_not_known_nothing_is_past_its_days(tmp_path: Path, turned: Turned) -> None:
    station = Station(tmp_path / "media", turned, sends=False)
    sha256 = station.put("only here")
    station.turned.forward(days=13 * 365)  # a clock at 2039
    assert station.store.prune(is_time_known=False).files == 0
    assert station.has(sha256)


def test_the_share_of_the_disk_is_held_oldest_first(station: Station) -> None:
    names = [station.put(str(number), size=3 * MIB) for number in range(4)]
    assert [station.has(name) for name in names] == [False, True, True, True]
    assert station.store.counts().lost == 1  # it was not at the centre yet: counted


def test_what_the_centre_has_goes_before_what_it_has_not(station: Station) -> None:
    waits = station.put("waits", size=3 * MIB)
    arrived = station.put("arrived", size=3 * MIB)
    with station.store.index() as index:
        index.uploaded(arrived, 1)
    station.put("third", size=3 * MIB)
    station.put("fourth", size=3 * MIB)
    assert station.has(waits)
    assert not station.has(arrived)
    assert station.store.counts().lost == 0


def test_a_full_disk_refuses_media_and_kept_ones_stay(station: Station) -> None:
    key = uuid4()
    kept = station.put("kept", key, size=MIB)
    station.store.keep(key)
    station.disk = Disk(size=100 * MIB, free=10 * MIB)
    with pytest.raises(MediaFullError):
        station.put("no room")
    assert station.has(kept)
    assert station.store.prune().files == 0


def test_media_give_way_when_something_else_fills_the_disk(station: Station) -> None:
    names = [station.put(str(number), size=2 * MIB) for number in range(4)]
    held = [station.store.path(name, "image/jpeg") for name in names]

    def disk(_: Path) -> Disk:
        return Disk(size=100 * MIB, free=(15 - 2 * sum(path.exists() for path in held)) * MIB)

    store = MediaStore(station.plan, clock=lambda: station.turned.now, disk=disk)
    assert store.prune().files == 2
    assert [path.exists() for path in held] == [False, False, True, True]
    assert store.counts().lost == 2
    store.close()


def test_the_folder_is_the_agents_alone(station: Station) -> None:
    station.put("a picture")
    assert station.plan.folder.stat().st_mode & 0o077 == 0


def test_a_damaged_index_is_made_anew_from_the_files(station: Station, spool: Spool) -> None:
    key = uuid4()
    sha256, stays = station.put("a picture", key), station.put("stays here", key, stays=True)
    name(station, spool, sha256, key)
    station.store.keep(key)
    station.store.close()
    index = station.plan.folder / "index.db"
    index.write_bytes(os.urandom(index.stat().st_size))
    again = station.reopened()
    read_mentions(spool, again.store)
    rows = {row.sha256: row for row in again.store.newest(10)}
    assert rows[sha256].keys == (str(key),)
    assert rows[sha256].is_kept
    assert rows[stays].stays  # an index that was lost must not send it away
    with again.store.index() as opened:
        (pending,) = opened.pending()
    assert (pending.sha256, pending.sequence) == (sha256, 1)
    assert list(station.plan.folder.glob("index.db.aside-*"))


def test_a_file_that_is_gone_leaves_the_index(station: Station) -> None:
    sha256 = station.put("deleted by hand")
    station.store.path(sha256, "image/jpeg").unlink()
    assert station.reopened().store.counts().files == 0


def test_a_new_spool_is_read_from_its_beginning(station: Station, spool: Spool) -> None:
    with station.store.index() as index:
        assert index.mention([], "another stream", 0, 1000)
    key = uuid4()
    sha256 = station.put("a picture", key)
    name(station, spool, sha256, key)
    with station.store.index() as index:
        assert index.read_through() == (str(spool.stream), spool.counts().sequence)
        assert index.pending()[0].sequence == 1


def test_a_folder_that_cannot_be_written_is_an_error_of_the_media(tmp_path: Path, turned: Turned) -> None:
    (tmp_path / "media").write_text("a file, not a folder")
    with pytest.raises(MediaError, match="media"):
        Station(tmp_path / "media", turned).put("x")


def test_pictures_of_what_alarms_go_last(station: Station, spool: Spool) -> None:
    alarm, key = station.put("somebody must look", size=3 * MIB), uuid4()
    spool.record([Draft(CameraV1(key=key, phase="start", kind="rodent", media=(alarm,)), source_of("m1", "cam"))])
    others = []
    for number in range(4):
        others.append(station.put(str(number), size=3 * MIB))
        event = CameraV1(key=uuid4(), phase="start", kind="motion", media=(others[-1],))
        spool.record([Draft(event, source_of("m1", "cam"))])
        read_mentions(spool, station.store)
    assert station.has(alarm), "it is the oldest"
    assert [station.has(one) for one in others] == [False, False, True, True]


def test_a_dry_run_says_what_would_go_and_deletes_nothing(station: Station, spool: Spool) -> None:
    key, other = uuid4(), uuid4()
    old = station.put("old and refused", key, size=MIB)
    name(station, spool, old, key)
    with station.store.index() as index:
        index.give_up(old, "refused")
    station.turned.forward(days=60)
    new = station.put("new", other, size=8 * MIB)
    name(station, spool, new, other)
    station.disk = Disk(size=70 * MIB, free=60 * MIB)  # 7 MiB are left to media
    told = station.store.prune(is_dry=True)
    assert (told.files, told.size, told.lost) == (2, 9 * MIB, 2)
    assert station.has(old)
    assert station.has(new)
    assert station.store.prune() == told
    assert not station.has(old)
    assert not station.has(new)
    assert station.store.counts().lost == 2


_FROM_3 = "ALTER TABLE reading DROP COLUMN telling; ALTER TABLE reading DROP COLUMN name;"
_FROM_2 = "ALTER TABLE mention DROP COLUMN is_alarming; ALTER TABLE reading DROP COLUMN lost_told;"


@pytest.mark.parametrize(
    "back",
    [
        f"UPDATE reading SET lost = 7; {_FROM_3} {_FROM_2} PRAGMA user_version = 1;",
        f"UPDATE reading SET lost = 7, lost_told = 7; {_FROM_3} PRAGMA user_version = 2;",
    ],
)
def test_an_index_of_a_version_before_is_taken_over(station: Station, back: str) -> None:
    sha256 = station.put("from before")
    station.store.close()
    with sqlite3.connect(station.plan.folder / "index.db") as old:
        old.executescript(back)
    old.close()
    again = station.reopened()
    assert [row.sha256 for row in again.store.newest(5)] == [sha256]
    with again.store.index() as index:
        assert index.losses() is None, "what was lost before is no news"


def lost(station: Station) -> int:
    return station.store.counts().lost


@pytest.mark.parametrize("is_named", [True, False])
def test_a_file_that_goes_by_itself_is_counted_once(station: Station, spool: Spool, *, is_named: bool) -> None:
    key = uuid4()
    gone, at_the_centre = station.put("never arrived", key), station.put("arrived")
    if is_named:
        name(station, spool, gone, key)
    with station.store.index() as index:
        index.uploaded(at_the_centre, 1)
    for one in (gone, at_the_centre):
        station.store.path(one, "image/jpeg").unlink()
    again = station.reopened()
    assert (again.store.counts().files, lost(again)) == (0, 1)
    assert lost(again.reopened()) == 1


class KilledError(BaseException):
    """A kill between two steps."""


@pytest.mark.parametrize("step", ["before the file", "after the file", "after the row"])
def test_a_kill_while_a_file_goes_loses_nothing_in_silence(
    station: Station, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    sha256 = station.put("waits", size=3 * MIB)
    real, drop = Path.unlink, MediaIndex._drop

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.stem == sha256:
            if step == "after the file":
                real(path)
            raise KilledError
        real(path, missing_ok)

    def dropped(index: MediaIndex, one: str, *, is_lost: bool) -> bool:
        drop(index, one, is_lost=is_lost)
        raise KilledError

    with monkeypatch.context() as patched:
        if step == "after the row":
            patched.setattr(MediaIndex, "_drop", dropped)
        else:
            patched.setattr(Path, "unlink", unlink)
        station.disk = Disk(size=100 * MIB, free=5 * MIB)
        with pytest.raises(KilledError):
            station.store.prune()
    again = station.reopened()
    is_there = step == "before the file"
    assert (again.store.counts().files, again.has(sha256), lost(again)) == (is_there, is_there, not is_there)


def test_two_keepers_at_once_count_a_file_once(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        station.put(str(number), size=3 * MIB)
    other = Station(station.plan.folder, station.turned)
    real, pruned = MediaIndex.leaving, list[Pruned]()
    other.disk = station.disk = Disk(size=100 * MIB, free=5 * MIB)

    def leaving(index: MediaIndex) -> Iterator[Leaving]:
        files = list(real(index))
        if not pruned:
            pruned.append(Pruned())
            pruned.append(other.store.prune())  # between our look and our deletion
        return iter(files)

    monkeypatch.setattr(MediaIndex, "leaving", leaving)
    assert station.store.prune() == Pruned()
    assert pruned[1].lost == 3
    assert lost(station) == 3
    other.store.close()


def test_what_is_kept_in_the_last_moment_stays(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    key = uuid4()
    sha256 = station.put("a case", key, size=3 * MIB)
    other = Station(station.plan.folder, station.turned)
    real = MediaIndex.leaving

    def leaving(index: MediaIndex) -> Iterator[Leaving]:
        files = list(real(index))
        assert other.store.keep(key) == 1
        return iter(files)

    monkeypatch.setattr(MediaIndex, "leaving", leaving)
    station.disk = Disk(size=100 * MIB, free=5 * MIB)
    assert station.store.prune() == Pruned()
    assert station.has(sha256)
    other.store.close()


def test_what_went_is_returned_though_it_was_not_enough(station: Station) -> None:
    for number in range(2):
        station.put(str(number), size=3 * MIB)
    station.disk = Disk(size=100 * MIB, free=1 * MIB)
    assert station.store.prune(is_dry=True).lost == 2
    assert station.store.prune().lost == 2


def test_odd_names_and_links_in_the_folder_hurt_nobody(station: Station, tmp_path: Path) -> None:
    sha256, moved = station.put("a picture"), station.put("on another disk")
    station.store.close()
    folder = station.plan.folder
    path = station.store.path(moved, "image/jpeg")
    (tmp_path / "elsewhere.jpg").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere.jpg")
    (folder / sha256[:2] / f"{sha256}.jpg.bak").write_text("a copy by hand")
    odd = [folder / (digit * 2) / f"{digit * 64}.jpg" for digit in "012"]
    for path in odd:
        path.parent.mkdir(exist_ok=True)
    odd[0].mkdir()
    odd[1].symlink_to("nowhere")
    odd[2].symlink_to(odd[2])
    (folder / "00" / ("f" * 64 + ".jpg")).write_text("in another's place")
    (folder / "ff").write_text("a file, not a folder")
    (folder / "new" / "dangling").symlink_to("nowhere")
    (folder / "new" / "a folder").mkdir()
    os.utime(folder / "new" / "a folder", (0, 0))
    again = station.reopened()
    assert {row.sha256 for row in again.store.newest(10)} == {sha256, moved}
    again.turned.forward(days=60)
    assert again.store.prune().files == 2
    assert (folder / sha256[:2] / f"{sha256}.jpg.bak").exists(), "it is not ours"
    assert (tmp_path / "elsewhere.jpg").exists()


def test_a_file_that_cannot_be_deleted_holds_no_other(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [station.put(str(number)) for number in range(3)]
    real = Path.unlink

    def unlink(path: Path, missing_ok: bool = False) -> None:
        if path.stem == names[0]:
            raise PermissionError(errno.EPERM, "immutable")
        real(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    station.turned.forward(days=60)
    assert station.store.prune() == Pruned(2, 2, 0, stuck=1)
    assert [station.has(name) for name in names] == [True, False, False]


def test_a_file_that_comes_back_is_sent_after_all(station: Station, spool: Spool) -> None:
    key = uuid4()
    sha256 = station.put("moved away", key)
    name(station, spool, sha256, key)
    path = station.store.path(sha256, "image/jpeg")
    path.rename(path.with_suffix(".away"))
    without = station.reopened()
    read_mentions(spool, without.store)
    assert without.store.counts().files == 0
    path.with_suffix(".away").rename(path)
    again = without.reopened()
    read_mentions(spool, again.store)
    with again.store.index() as index:
        assert [one.sequence for one in index.pending()] == [1]


@pytest.mark.parametrize("harm", ["gone", "cut short"])
def test_the_same_bytes_again_mend_what_the_disk_lost(station: Station, harm: str) -> None:
    sha256 = station.put("black")
    path = station.store.path(sha256, "image/jpeg")
    path.unlink() if harm == "gone" else path.write_bytes(b"bl")
    assert station.put("black") == sha256
    assert path.read_bytes() == b"black"


def test_a_picture_is_as_old_as_the_newest_event_that_it_serves(station: Station) -> None:
    sha256 = station.put("black")
    station.turned.forward(days=29)
    station.put("black")
    station.turned.forward(days=29)
    assert station.store.prune().files == 0
    assert station.has(sha256)


def test_a_disk_that_goes_and_comes_back_twice_keeps_its_index(station: Station, tmp_path: Path) -> None:
    folder, disk = station.plan.folder, tmp_path / "disk"
    first = station.put("on the disk")
    for _ in range(2):
        folder.rename(disk)
        meanwhile = station.put("meanwhile")
        assert [row.sha256 for row in station.store.newest(10)] == [meanwhile]
        shutil.rmtree(folder)
        disk.rename(folder)
        assert [row.sha256 for row in station.store.newest(10)] == [first]
    assert lost(station) == 0


def test_a_clock_put_back_ages_nothing_and_loses_no_order(station: Station) -> None:
    station.turned.forward(days=13 * 365)
    from_2039 = station.put("from 2039", size=3 * MIB)
    station.turned.forward(days=-13 * 365)
    names = [station.put(str(number), size=3 * MIB) for number in range(2)]
    assert station.store.prune().files == 0
    station.turned.forward(days=31)
    assert station.store.prune().files == 2
    assert [station.has(one) for one in (from_2039, *names)] == [True, False, False]


def test_a_disk_without_room_for_names_is_full(station: Station) -> None:
    names = [station.put(str(number)) for number in range(4)]

    def disk(_: Path) -> Disk:
        there = sum(station.has(name) for name in names)
        return Disk(100 * MIB, 90 * MIB, names=1000, names_free=53 - there)

    store = MediaStore(station.plan, clock=lambda: station.turned.now, disk=disk)
    assert store.prune(is_dry=True).files == 1
    assert store.prune().files == 1
    assert not station.has(names[0])
    store.close()


def test_two_that_make_the_index_at_once_have_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, path = MediaIndex._version, tmp_path / "index.db"
    first: list[MediaIndex] = []

    def version(index: MediaIndex) -> int:
        found = real(index)
        if not first:
            first.append(index)
            MediaIndex(path).close()  # between our look and our work
        return found

    monkeypatch.setattr(MediaIndex, "_version", version)
    index = MediaIndex(path)
    assert index.counts().files == 0
    index.close()


def test_a_file_found_while_the_spool_is_read_is_looked_for_from_its_beginning(station: Station, spool: Spool) -> None:
    """Let a command find a file that came back, between a look of the agent into its spool and the note of it."""
    key = uuid4()
    sha256 = station.put("moved away", key)
    name(station, spool, sha256, key)
    path = station.store.path(sha256, "image/jpeg")
    path.rename(path.with_suffix(".away"))
    agent = station.reopened()
    read_mentions(spool, agent.store)
    with agent.store.index() as index:
        _, known = index.read_through()
    path.with_suffix(".away").rename(path)
    Station(station.plan.folder, station.turned).store.counts()
    with agent.store.index() as index:
        assert not index.mention([], str(spool.stream), known, known)
    read_mentions(spool, agent.store)
    with agent.store.index() as index:
        assert [one.sequence for one in index.pending()] == [1]
