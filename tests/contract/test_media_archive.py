"""The duties of every archive of media: a folder, and S3 as moto serves it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from server.media.archive import BLOCK, Archive, ArchiveAwayError, FolderArchive
from server.media.incoming import Arrived
from server.media.s3 import S3Archive

DATA = bytes(range(256)) * 2000
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["folder", "s3"])
def archive(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Archive]:
    if request.param == "folder":
        yield FolderArchive(tmp_path / "archive")
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-the-tests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        bucket = f"media-{uuid4()}"  # moto's buckets outlive its server
        boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=bucket)
        yield S3Archive(bucket, "district", endpoint)
    finally:
        server.stop()


def arrived(folder: Path, data: bytes = DATA) -> Arrived:
    path = folder / "arrived.part"
    path.write_bytes(data)
    return Arrived(path, "video/mp4", len(data))


def test_what_is_put_is_there_and_its_file_is_taken_over(archive: Archive, tmp_path: Path) -> None:
    assert not archive.has(DIGEST)
    media = arrived(tmp_path)
    archive.put(DIGEST, media)
    assert archive.has(DIGEST)
    assert not media.path.exists()
    assert b"".join(archive.read(DIGEST, 0, len(DATA))) == DATA


def test_what_is_deleted_is_gone_and_may_be_deleted_again(archive: Archive, tmp_path: Path) -> None:
    archive.put(DIGEST, arrived(tmp_path))
    archive.delete(DIGEST)
    archive.delete(DIGEST)
    assert not archive.has(DIGEST)


def test_any_range_can_be_read(archive: Archive, tmp_path: Path) -> None:
    archive.put(DIGEST, arrived(tmp_path))
    for first, length in ((0, 1), (17, 300), (BLOCK - 1, 2), (len(DATA) - 5, 5)):
        assert b"".join(archive.read(DIGEST, first, length)) == DATA[first : first + length]


def test_putting_twice_changes_nothing(archive: Archive, tmp_path: Path) -> None:
    archive.put(DIGEST, arrived(tmp_path))
    archive.put(DIGEST, arrived(tmp_path))
    assert b"".join(archive.read(DIGEST, 0, len(DATA))) == DATA


def test_what_is_not_there_is_said_so(archive: Archive) -> None:
    with pytest.raises(FileNotFoundError):
        next(archive.read(DIGEST, 0, 1))


def test_a_bucket_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-tests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    archive, file = S3Archive("shian-media", "", "http://127.0.0.1:9"), arrived(tmp_path)
    with pytest.raises(ArchiveAwayError, match="shian-media"):
        archive.put(DIGEST, file)
    assert file.path.exists()
    with pytest.raises(ArchiveAwayError):
        archive.has(DIGEST)


def test_a_folder_without_room_or_right_says_so(tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("a file where the folder should be")
    with pytest.raises(ArchiveAwayError):
        FolderArchive(tmp_path / "archive").put(DIGEST, arrived(tmp_path))
