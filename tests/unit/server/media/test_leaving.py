"""A reader who leaves in the middle of a clip, wherever it is at that moment: the clip is closed."""

import asyncio
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
from starlette.types import Message

from server.media.archive import BLOCK, FolderArchive
from server.media.incoming import Arrived
from server.media.viewing import Sized, answer
from tests.support.leaving import SCOPE, leave, uncollected

DIGEST = "ab" * 32


class Clip:
    type = "video/mp4"
    size = 5 * BLOCK


def open_clips() -> int:
    """Return how many files of the archive this process has open."""
    found = 0
    for file in Path("/proc/self/fd").iterdir():
        try:
            found += file.readlink().name == DIGEST
        except FileNotFoundError:
            continue
    return found


async def closed() -> None:
    """Wait until no clip is open: a thread may still be reading one."""
    async with asyncio.timeout(20):
        while open_clips():
            await asyncio.sleep(0.01)


@pytest.fixture
def archive(tmp_path: Path) -> FolderArchive:
    (tmp_path / "clip").write_bytes(bytes(Clip.size))
    archive = FolderArchive(tmp_path / "archive")
    archive.put(DIGEST, Arrived(tmp_path / "clip", Clip.type, Clip.size))
    return archive


@pytest.mark.parametrize("is_held", [True, False], ids=["held", "taken"])
@pytest.mark.parametrize("after", [1, 2, 4])
def test_a_reader_leaves(archive: FolderArchive, after: int, *, is_held: bool) -> None:
    clip: Sized = Clip()

    async def run() -> None:
        await leave(await answer(archive, DIGEST, clip), after, is_held=is_held)
        await closed()

    with uncollected():
        asyncio.run(run())


def test_a_reader_leaves_while_a_block_is_read(archive: FolderArchive, tmp_path: Path) -> None:
    """Show that it is closed when it was read, and not before."""
    clip: Sized = Clip()
    begun, go_on = asyncio.Event(), threading.Event()

    async def run() -> None:
        loop = asyncio.get_running_loop()

        class Slow(FolderArchive):
            def read(self, digest: str, first: int, length: int) -> Generator[bytes, None, None]:
                for number, block in enumerate(super().read(digest, first, length)):
                    if number:
                        loop.call_soon_threadsafe(begun.set)
                        assert go_on.wait(20)
                    yield block

        async def receive() -> Message:
            await begun.wait()
            loop.call_later(0, release)
            return {"type": "http.disconnect"}

        def release() -> None:
            assert open_clips() == 1
            go_on.set()

        async def send(_: Message) -> None:
            pass

        async with asyncio.timeout(20):
            await (await answer(Slow(tmp_path / "archive"), DIGEST, clip))(SCOPE, receive, send)
        await closed()

    with uncollected():
        asyncio.run(run())
