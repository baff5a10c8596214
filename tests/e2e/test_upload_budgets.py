"""The share of pictures and clips that a station may bring: unfinished ones, whole ones of an hour, the disk's last
part."""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from ingest import upkeep
from storage import exchange
from storage.budgets import StationBudgets
from tests.support.media import JPEG, Photographer
from tests.support.server import Served, serving

MIB = 1 << 20


@pytest.fixture
def database(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn, autocommit=True) as connect:
        yield connect


def server(dsn: str, folder: Path, **budgets: Any) -> Any:
    return serving(dsn, media={"folder": folder, "largest_mib": 2}, budgets={"free_mib": 0, **budgets})


def station(database: psycopg.Connection[Any], name: str) -> Photographer:
    photographer = Photographer(name)
    photographer.enrol(database)
    return photographer


def send(served: Served, who: Photographer, digest: str, data: bytes, length: int, offset: int = 0) -> httpx.Response:
    place = {"Upload-Offset": str(offset), "Upload-Length": str(length), "Content-Type": "application/partial-upload"}
    return served.client.patch(f"/api/v1/media/{digest}", content=data, headers={**who.ticket(digest), **place})


def where(served: Served, who: Photographer, digest: str) -> int:
    answer = served.client.head(f"/api/v1/media/{digest}", headers=who.ticket(digest))
    return int(answer.headers["upload-offset"])


def lies_there(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "incoming").glob("*"))


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_a_flood_of_beginnings_fills_no_disk_and_a_neighbour_goes_on(
    dsn: str, tmp_path: Path, database: psycopg.Connection[Any]
) -> None:
    # Once 384 MiB of beginnings lay there within seconds.
    noisy, good = station(database, "noisy"), station(database, "good")
    with server(dsn, tmp_path, unfinished=8, unfinished_bytes=6 * MIB) as served:
        mine = good.expect(database, JPEG)
        assert send(served, good, mine, JPEG[:1000], len(JPEG)).status_code == 204
        begun = []
        for number in range(60):
            begun.append(noisy.expect(database, number.to_bytes(4) + bytes(MIB)))
            assert send(served, noisy, begun[-1], bytes(MIB), 2 * MIB).status_code == 204
            assert lies_there(tmp_path) <= 6 * MIB + 1000
        assert [where(served, noisy, upload) for upload in begun[-6:]] == [0, *[MIB] * 5]
        assert send(served, good, mine, JPEG[1000:], len(JPEG), 1000).headers["upload-complete"] == "?1"


def test_who_comes_back_to_an_upload_that_made_room_begins_it_anew(
    dsn: str, tmp_path: Path, database: psycopg.Connection[Any]
) -> None:
    box = station(database, "slow")
    pictures = [JPEG + bytes([number]) for number in range(3)]
    with server(dsn, tmp_path, unfinished=2) as served:
        digests = [box.expect(database, data) for data in pictures]
        for digest, data in zip(digests, pictures, strict=True):
            send(served, box, digest, data[:500], len(data))
        assert [where(served, box, digest) for digest in digests] == [0, 500, 500]
        wrong = send(served, box, digests[0], pictures[0][500:], len(pictures[0]), 500)
        assert (problem(wrong), wrong.headers["upload-offset"]) == ((409, "media-wrong-offset"), "0")
        assert send(served, box, digests[0], pictures[0], len(pictures[0])).headers["upload-complete"] == "?1"


def test_above_the_bytes_of_an_hour_a_station_waits_and_its_neighbour_does_not(
    dsn: str, tmp_path: Path, database: psycopg.Connection[Any]
) -> None:
    noisy, good = station(database, "noisy"), station(database, "good")
    pictures = [JPEG + bytes([number]) for number in range(8)]
    digests = [noisy.expect(database, data) for data in pictures]
    waiting = list(zip(digests, pictures, strict=True))
    for turn in range(2):
        with server(dsn, tmp_path, bytes=3 * len(JPEG)) as served:  # a restart gives nothing again
            answers = [send(served, noisy, digest, data, len(data)) for digest, data in waiting]
            assert [answer.status_code for answer in answers] == [204] * 3 + [429] * (len(waiting) - 3)
            assert problem(answers[-1]) == (429, "media-over-budget")
            assert 0 < int(answers[-1].headers["retry-after"]) <= 3600
            waiting = waiting[3:]
        with server(dsn, tmp_path, bytes=3 * len(JPEG)) as served:
            assert send(served, noisy, *waiting[0], len(waiting[0][1])).status_code == 429
            own = JPEG + b"good%d" % turn
            assert send(served, good, good.expect(database, own), own, len(own)).headers["upload-complete"] == "?1"
        with exchange.connect(dsn, "test", exchange_s=20, autocommit=True) as connection:
            upkeep.sweep(connection, StationBudgets.model_validate({}))
        alerts = database.execute("SELECT station, facts ->> 'en' FROM alert").fetchall()
        assert alerts == [("noisy", "2 uploads that must wait" if turn == 0 else "4 uploads that must wait")]
        database.execute("UPDATE budget SET hour = hour - interval '1 hour'")


def test_the_last_part_of_the_disk_is_left_to_the_database(
    dsn: str, tmp_path: Path, database: psycopg.Connection[Any]
) -> None:
    box = station(database, "m1")
    free_mib = (shutil.disk_usage(tmp_path).free >> 20) + 10_000
    with server(dsn, tmp_path, free_mib=free_mib) as served:
        answer = send(served, box, box.expect(database, JPEG), JPEG, len(JPEG))
    assert problem(answer) == (507, "media-no-room")
    assert lies_there(tmp_path) == 0


def test_an_upload_longer_than_anything_drops_no_other(
    dsn: str, tmp_path: Path, database: psycopg.Connection[Any]
) -> None:
    box = station(database, "m1")
    with server(dsn, tmp_path, unfinished_bytes=1) as served:
        kept = box.expect(database, JPEG)
        send(served, box, kept, JPEG[:500], len(JPEG))
        answer = send(served, box, box.expect(database, b"long"), b"x", 3 * MIB)
        assert problem(answer) == (413, "media-too-large")
        assert where(served, box, kept) == 500
    assert hashlib.sha256(JPEG).hexdigest() == kept
