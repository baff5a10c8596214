"""Uploads of a station, by the smallest app that takes them in (tests/e2e/test_server_media.py has the whole)."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI, Request

from server import problems
from server.database import Database
from server.media import upload
from server.media.archive import Archive, ArchiveAwayError, FolderArchive
from server.media.incoming import Arrived, Incoming
from server.media.room import Room
from server.media.upload import Uploads
from server.settings import DatabaseSettings
from storage.budgets import UploadBudgets
from tests.support.media import JPEG, Photographer

Connection = psycopg.Connection[Any]


class AwayArchive(FolderArchive):
    """An archive that has no room."""

    def put(self, digest: str, arrived: Arrived) -> None:
        raise ArchiveAwayError("no room")


class SlowArchive(FolderArchive):
    """An archive that takes its time. `moving`: files that it is given."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.moving: list[str] = []
        self.go_on = threading.Event()

    def put(self, digest: str, arrived: Arrived) -> None:
        self.moving.append(digest)
        assert self.go_on.wait(60)
        super().put(digest, arrived)


@dataclass
class Desk:
    """The server's side of uploads, and a station that brings one picture."""

    dsn: str
    folder: Path
    database: Connection
    station: Photographer
    digest: str
    budgets: UploadBudgets
    away: bool = False

    @asynccontextmanager
    async def serving(self, archive: Archive) -> AsyncIterator[httpx.AsyncClient]:
        db = Database(DatabaseSettings(dsn=self.dsn))
        await db.open()
        try:
            app = FastAPI()
            app.include_router(upload.router(self.uploads(db, archive)))
            problems.install(app)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://centre") as client:
                yield client
        finally:
            await db.close()

    def uploads(self, db: Database, archive: Archive) -> Uploads:
        incoming = Incoming(self.folder / "incoming", 1 << 20)
        return Uploads(db, incoming, archive, Room(incoming, self.budgets), self.budgets, kept_days=30)

    def ask(self, *requests: tuple[str, bytes, Mapping[str, str]]) -> list[httpx.Response]:
        """Return the answers to these requests, one after another."""

        async def run() -> list[httpx.Response]:
            archive = (AwayArchive if self.away else FolderArchive)(self.folder / "archive")
            async with self.serving(archive) as client:
                return [await self.send(client, self.station, *request) for request in requests]

        return asyncio.run(run())

    async def send(
        self, client: httpx.AsyncClient, station: Photographer, method: str, body: bytes, headers: Mapping[str, str]
    ) -> httpx.Response:
        headers = {**station.ticket(self.digest), **headers}
        return await client.request(method, f"/media/{self.digest}", content=body, headers=headers, timeout=60)

    def part(self) -> Path:
        return self.part_of(self.station)

    def part_of(self, station: Photographer) -> Path:
        return self.folder / "incoming" / f"{station.name}.{self.digest}.part"

    def is_stored(self) -> bool:
        row = self.database.execute("SELECT stored_at IS NOT NULL FROM media").fetchone()
        assert row
        return bool(row[0])


@pytest.fixture
def desk(dsn: str, tmp_path: Path) -> Iterator[Desk]:
    station = Photographer()
    with psycopg.connect(dsn, autocommit=True) as database:
        station.enrol(database)
        yield Desk(dsn, tmp_path, database, station, station.expect(database, JPEG), UploadBudgets.model_validate({}))


def patch(offset: int | str, data: bytes, length: int | str = len(JPEG)) -> tuple[str, bytes, dict[str, str]]:
    return "PATCH", data, {"Upload-Offset": str(offset), "Upload-Length": str(length)}


def test_an_upload_goes_on_where_it_stands_and_is_wanted_no_more_when_it_is_whole(desk: Desk) -> None:
    where: tuple[str, bytes, dict[str, str]] = ("HEAD", b"", {})
    first, stands, rest, whole, again = desk.ask(
        patch(0, JPEG[:1000]), where, patch(1000, JPEG[1000:]), where, patch(0, JPEG)
    )
    assert [answer.headers["upload-complete"] for answer in (first, stands, rest, whole, again)] == [
        *("?0", "?0", "?1", "?1", "?1")
    ]
    assert [answer.headers["upload-offset"] for answer in (first, stands, rest)] == ["1000", "1000", str(len(JPEG))]
    assert desk.is_stored()
    assert not desk.part().exists()


@pytest.mark.parametrize(("offset", "length"), [("", "10"), ("0", ""), ("-1", "10"), ("0x0", "10"), ("0", "9" * 16)])
def test_a_place_that_is_no_number_is_refused(desk: Desk, offset: str, length: str) -> None:
    (answer,) = desk.ask(patch(offset, b"abc", length))
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:shian:problem:media-bad-offset")


def test_a_wrong_place_is_told_the_right_one(desk: Desk) -> None:
    _, answer = desk.ask(patch(0, JPEG[:1000]), patch(500, JPEG[500:]))
    assert (answer.status_code, answer.headers["upload-offset"]) == (409, "1000")


def test_other_bytes_are_dropped(desk: Desk) -> None:
    (answer,) = desk.ask(patch(0, JPEG[::-1]))
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:shian:problem:media-not-that")
    assert not desk.part().exists()
    assert not desk.is_stored()


def test_a_hash_that_no_event_names_is_not_taken_in(desk: Desk) -> None:
    desk.digest = "00" * 32
    (answer,) = desk.ask(patch(0, JPEG))
    assert answer.status_code == 404
    desk.digest = "not a hash"
    (answer,) = desk.ask(patch(0, JPEG))
    assert answer.status_code == 404


def test_while_the_archive_is_away_all_that_came_is_kept(desk: Desk) -> None:
    desk.away = True
    (answer,) = desk.ask(patch(0, JPEG))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:shian:problem:media-away")
    assert desk.part().stat().st_size == len(JPEG)
    assert not desk.is_stored()


def test_a_body_larger_than_said_is_refused_and_the_rest_may_come(desk: Desk) -> None:
    larger, whole = desk.ask(patch(0, JPEG + b"more"), patch(0, JPEG))
    assert larger.status_code == 413
    assert whole.headers["upload-complete"] == "?1"
    assert (desk.folder / "archive" / desk.digest[:2] / desk.digest).read_bytes() == JPEG


def test_a_request_that_finds_the_upload_finished_by_another_is_told_so(desk: Desk) -> None:
    """Show it to a request that asked before the other one was done."""
    desk.ask(patch(0, JPEG[:-1]))

    def finish_meanwhile(self: Incoming, station: str, digest: str) -> Any:
        self._path(station, digest).unlink()
        return real(self, station, digest)

    real = Incoming.whole
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Incoming, "whole", finish_meanwhile)
        (answer,) = desk.ask(patch(len(JPEG) - 1, JPEG[-1:]))
    assert (answer.status_code, answer.headers["upload-offset"]) == (409, "0")


def test_another_station_brings_the_same_picture(desk: Desk) -> None:
    desk.ask(patch(0, JPEG))
    other = Photographer("chaoyang-02")
    other.enrol(desk.database)
    first, desk.station = desk.station, other
    (early,) = desk.ask(patch(0, JPEG))
    assert early.status_code == 404, "no event of its own names it"
    other.expect(desk.database, JPEG)
    wrong, right = desk.ask(patch(0, JPEG[::-1]), patch(0, JPEG))
    assert wrong.status_code == 422
    assert right.headers["upload-complete"] == "?1"
    stored = desk.database.execute("SELECT station FROM media WHERE stored_at IS NOT NULL ORDER BY station").fetchall()
    assert stored == [(first.name,), (other.name,)]
    assert (desk.folder / "archive" / desk.digest[:2] / desk.digest).read_bytes() == JPEG


@pytest.mark.parametrize(("days_ago", "is_wanted"), [(0, True), (40, False)])
def test_a_picture_that_was_deleted_by_age_is_wanted_again_by_a_new_event(
    desk: Desk, *, days_ago: int, is_wanted: bool
) -> None:
    desk.ask(patch(0, JPEG))
    for table in ("media", "event_media"):
        desk.database.execute(f"UPDATE {table} SET recorded_at = now() - interval '90 days'".encode())
    desk.database.execute("UPDATE media SET retired_at = now() - interval '1 day'")
    (desk.folder / "archive" / desk.digest[:2] / desk.digest).unlink()
    desk.station.expect(desk.database, JPEG)
    desk.database.execute(
        "UPDATE event_media SET recorded_at = now() - make_interval(days => %s)"
        " WHERE recorded_at > now() - interval '1 h'",
        [days_ago],
    )
    stands, again = desk.ask(("HEAD", b"", {}), patch(0, JPEG))
    assert stands.headers["upload-complete"] == ("?0" if is_wanted else "?1")
    assert again.headers["upload-complete"] == "?1"
    assert (desk.folder / "archive" / desk.digest[:2] / desk.digest).exists() is is_wanted
    assert desk.database.execute("SELECT retired_at IS NULL FROM media").fetchone() == (is_wanted,)


def test_above_its_hour_a_station_is_told_to_wait_and_that_is_noted_once(desk: Desk) -> None:
    desk.budgets = replace_bytes(desk.budgets, 1)
    desk.database.execute(
        "INSERT INTO budget (station, hour, kind, used) VALUES (%s, date_trunc('hour', now(), 'UTC'), 'uploads', 1)",
        [desk.station.name],
    )
    answers = desk.ask(patch(0, JPEG), patch(0, JPEG))
    assert [answer.status_code for answer in answers] == [429, 429]
    assert int(answers[0].headers["retry-after"]) >= 1
    assert desk.database.execute("SELECT used, above FROM budget").fetchall() == [(1, 1)]


def replace_bytes(budgets: UploadBudgets, most: int) -> UploadBudgets:
    return budgets.model_copy(update={"bytes": most})


def test_a_cut_line_keeps_what_came(tmp_path: Path) -> None:
    incoming = Incoming(tmp_path, 1 << 20)
    messages = iter(
        [
            {"type": "http.request", "body": b"abc", "more_body": True},
            {"type": "http.request", "body": b"defg", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(messages)

    async def run() -> int:
        request = Request({"type": "http", "path": "/media/x", "method": "PATCH", "headers": []}, receive)
        return await upload._take(
            request, lambda at, data: incoming.append("m1", "ab", 100, at, data), 0, asyncio.Lock()
        )

    assert asyncio.run(run()) == 7
    assert incoming.offset("m1", "ab") == 7


def test_an_archive_that_is_slow_keeps_nothing_else_waiting(desk: Desk) -> None:
    """Let eight stations bring a picture, one of them again and again, while nothing moves in the archive."""
    archive, stations = SlowArchive(desk.folder / "archive"), [desk.station]
    for number in range(8):
        station = Photographer(f"market-{number}")
        station.enrol(desk.database)
        station.expect(desk.database, JPEG)
        stations.append(station)
    *many, other = stations

    async def run() -> list[httpx.Response]:
        # As asyncio has it on two cores, wherever this runs.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(6))
        async with desk.serving(archive) as client, asyncio.timeout(60):
            bringing = [asyncio.create_task(desk.send(client, one, *patch(0, JPEG))) for one in many]
            try:
                while not archive.moving:
                    await asyncio.sleep(0.01)
                bringing += [asyncio.create_task(desk.send(client, many[0], *patch(0, JPEG))) for _ in range(12)]
                while len(archive.moving) < 4 or not all(desk.part_of(one).exists() for one in many):
                    await asyncio.sleep(0.01)
                assert await asyncio.wait_for(asyncio.to_thread(len, JPEG), 20) == len(JPEG)
                early = await asyncio.wait_for(desk.send(client, other, *patch(0, JPEG[:1000])), 20)
                assert early.headers["upload-offset"] == "1000"
            finally:
                archive.go_on.set()
            return await asyncio.gather(*bringing)

    answers = asyncio.run(run())
    whole, again = answers[: len(many)], answers[len(many) :]
    assert {answer.headers["upload-complete"] for answer in whole} == {"?1"}
    assert {answer.status_code for answer in again} <= {204, 409}
    stored = desk.database.execute("SELECT count(*) FROM media WHERE stored_at IS NOT NULL").fetchone()
    assert stored == (len(many),)
