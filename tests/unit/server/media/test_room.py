"""The place of an upload, while the disk of uploads hangs."""

import threading
from pathlib import Path

from server.media.disk import Disk
from server.media.incoming import Incoming
from server.media.room import Room
from storage.budgets import UploadBudgets


class Hanging(Disk):
    """A disk that answers when it is let."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.is_asked, self.answers = threading.Event(), threading.Event()

    def check_room(self, spare: int) -> None:
        self.is_asked.set()
        assert self.answers.wait(60)


def test_an_upload_that_ends_does_not_wait_for_the_disk_of_one_that_begins(tmp_path: Path) -> None:
    # The end is noted on the event loop, with the live page on it.
    disk = Hanging(tmp_path)
    disk.answers.set()
    room = Room(Incoming(tmp_path, 1000, disk), UploadBudgets.model_validate({}))
    room.take("m1", "a", 10)
    disk.answers.clear()
    disk.is_asked.clear()
    begins = threading.Thread(target=room.take, args=("m1", "b", 10))
    begins.start()
    ends = threading.Thread(target=room.leave, args=("m1", "a"), daemon=True)
    try:
        assert disk.is_asked.wait(60)
        ends.start()
        ends.join(60)
        assert not ends.is_alive()
    finally:
        disk.answers.set()
        begins.join(60)
    room.leave("m1", "b")
