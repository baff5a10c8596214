"""The disk of pictures is full, has no room for names, takes no writes: pictures give way, loudly, and room returns."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from edge.media.errors import MediaError
from edge.media.mentions import read_mentions
from edge.media.store import MediaPlan, MediaStore
from edge.spool.rows import Draft
from edge.spool.spool import Spool, SpoolPlan
from wire.events import source_of
from wire.kinds.camera import CameraV1

pytestmark = pytest.mark.chaos

KIB = 1 << 10
MIB = 1 << 20
_KINDS = ("tmpfs", "ext4")


def mounted(kind: str, folder: Path, image: Path) -> bool:
    """Mount a disk of 16 MiB and about 200 names at `folder`, which only root may do."""
    if os.geteuid():
        return False
    if kind == "tmpfs":
        commands = [["mount", "-t", "tmpfs", "-o", "size=16m,nr_inodes=200", "tmpfs", str(folder)]]
    else:
        image.touch()
        os.truncate(image, 16 * MIB)
        commands = [
            ["mkfs.ext4", "-q", "-m", "0", "-N", "200", str(image)],
            ["mount", "-o", "loop", str(image), str(folder)],
        ]
    try:
        return all(subprocess.run(one, capture_output=True, check=False).returncode == 0 for one in commands)
    except FileNotFoundError:
        return False


@pytest.fixture(params=_KINDS)
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mounted(request.param, folder, tmp_path / "image"):
        pytest.skip(f"a small disk ({request.param}) needs root and its tools")
    yield folder
    subprocess.run(["mount", "-o", "remount,rw", str(folder)], capture_output=True, check=False)
    subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def make(small_disk: Path) -> Iterator[Callable[[], MediaStore]]:
    made: list[MediaStore] = []

    def make() -> MediaStore:
        plan = MediaPlan(small_disk / "media", sends=True, disk_share=0.9, min_free=MIB)
        made.append(MediaStore(plan, clock=lambda: datetime.now(UTC)))
        return made[-1]

    yield make
    for store in made:
        store.close()


def put(store: MediaStore, size: int, key: UUID | None = None) -> str:
    return store.put(os.urandom(size), "image/jpeg", key or uuid4())


def fill(folder: Path) -> Path:
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (64 * KIB, KIB):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return path


@pytest.mark.parametrize("is_open", [True, False], ids=["at work", "at a start"])
def test_a_full_disk_gets_room_again(small_disk: Path, make: Callable[[], MediaStore], *, is_open: bool) -> None:
    store, case = make(), uuid4()
    kept = put(store, 100 * KIB, case)
    store.keep(case)
    for _ in range(30):
        put(store, 100 * KIB)
    if not is_open:
        store.close()
        store = make()
    filler = fill(small_disk)
    found = store.prune()
    assert found.files == found.lost > 5
    counts = store.counts()
    assert (counts.files, counts.lost) == (31 - found.files, found.lost)
    assert os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize >= MIB
    put(store, 10 * KIB)
    filler.unlink()
    assert store.path(kept, "image/jpeg").exists()
    assert store.prune().files == 0
    assert (store.folder / "reserve-2").exists(), "for the next time"


def test_a_full_disk_of_small_pictures_gets_room_again(small_disk: Path, make: Callable[[], MediaStore]) -> None:
    """Show that it works where SQLite writes more for a deletion than the deletion of so small a file gives back."""
    store = make()
    for _ in range(60):
        put(store, KIB)
    store.close()
    fill(small_disk)
    store = make()
    found = store.prune()
    assert found.files == found.lost == 60, "all that there is, for no room came of it"
    assert store.counts().lost == 60


def test_a_disk_without_room_for_names_gets_it_again(small_disk: Path, make: Callable[[], MediaStore]) -> None:
    store = make()
    for _ in range(40):
        put(store, KIB)
    store.close()
    for number in range(1000):
        try:
            (small_disk / f"small-{number}").touch()
        except OSError:
            break
    store = make()
    found = store.prune()
    assert 0 < found.files == found.lost < 40
    put(store, KIB)


def test_a_disk_that_takes_no_writes_is_said_and_goes_on(small_disk: Path, make: Callable[[], MediaStore]) -> None:
    store = make()
    first = put(store, KIB)
    for _ in range(2):
        store.close()
        subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
        with pytest.raises(MediaError):
            put(store, KIB)
        with pytest.raises(MediaError):
            store.prune()
        subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
        second = put(store, KIB)
        assert {first, second} <= {row.sha256 for row in store.newest(10)}
    assert store.counts().lost == 0


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    plan = SpoolPlan("m1", tmp_path / "spool")
    opened = Spool(plan, clock=lambda: datetime.now(UTC), free_bytes=lambda: 1 << 40)
    opened.open()
    yield opened
    opened.close()


@dataclass
class Removable:
    """Disk of the pictures that is pulled and plugged in again while the agent works."""

    disk: Path
    folder: Path

    def plug(self) -> None:
        subprocess.run(["mount", "--bind", str(self.disk), str(self.folder)], check=True)

    def pull(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def removable(small_disk: Path, tmp_path: Path) -> Iterator[Removable]:
    found = Removable(small_disk, tmp_path / "media")
    found.folder.mkdir()
    yield found
    subprocess.run(["umount", "--lazy", str(found.folder)], capture_output=True, check=False)


def named(store: MediaStore, spool: Spool, size: int = KIB) -> str:
    """Keep a picture that an event names."""
    key = uuid4()
    sha256 = put(store, size, key)
    spool.record([Draft(CameraV1(key=key, phase="start", kind="dark", media=(sha256,)), source_of("m1", "cam"))])
    read_mentions(spool, store)
    return sha256


def pending(store: MediaStore) -> set[str]:
    with store.index() as index:
        return {file.sha256 for file in index.pending() if file.sequence is not None}


def test_a_disk_that_is_pulled_twice_hides_nothing(removable: Removable, spool: Spool) -> None:
    """Show that what was kept in between is on the disk when that is back, and is to be sent."""
    plan = MediaPlan(removable.folder, sends=True, disk_share=0.9, min_free=MIB)
    removable.plug()
    store, case = MediaStore(plan, clock=lambda: datetime.now(UTC)), uuid4()
    on_disk = {named(store, spool), named(store, spool)}
    for time in (1, 2):
        removable.pull()
        meanwhile = named(store, spool)
        kept = put(store, KIB, case)
        store.keep(case)
        assert {row.sha256 for row in store.newest(10)} == {meanwhile, kept}
        assert store.counts().lost == 2, "those of the disk, counted once"
        if time == 2:  # the agent starts anew while the disk is away
            store.close()
            store = MediaStore(plan, clock=lambda: datetime.now(UTC))
            assert store.counts().lost == 2
        removable.plug()
        on_disk.add(meanwhile)
        read_mentions(spool, store)
        assert pending(store) == on_disk
        assert all(store.path(sha256, "image/jpeg").exists() for sha256 in on_disk | {kept})
        assert (store.counts().kept, store.counts().lost) == (time, 0)
    store.close()
    removable.pull()
    assert not list(removable.folder.glob("[0-9a-f][0-9a-f]/*")), "nothing is left below the disk"


def test_what_the_disk_has_no_room_for_is_counted(removable: Removable, spool: Spool) -> None:
    removable.plug()
    store = MediaStore(
        MediaPlan(removable.folder, sends=True, disk_share=0.9, min_free=MIB), clock=lambda: datetime.now(UTC)
    )
    store.counts()
    removable.pull()
    named(store, spool, 2 * MIB)
    filler = fill(removable.disk)
    removable.plug()
    with suppress(MediaError):  # the first look may find no room for what it writes: the reserve is given away
        store.counts()
    assert store.counts().lost == 1
    filler.unlink()
    store.close()


def test_an_empty_folder_in_the_place_of_the_pictures_is_told_once(
    small_disk: Path, make: Callable[[], MediaStore], spool: Spool
) -> None:
    store = make()
    named(store, spool)
    for time in (1, 2):
        store.folder.rename(small_disk / "aside")
        named(store, spool)
        assert store.counts().lost == time
        store.folder.rename(small_disk / "empty")
        (small_disk / "aside").rename(store.folder)
        read_mentions(spool, store)
        assert store.counts().lost == 0
        (small_disk / "empty").rename(small_disk / f"empty-{uuid4()}")
    assert len(pending(store)) == 3
