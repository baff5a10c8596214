"""Pictures and clips: brought by stations in pieces, kept by their hash, shown to people with an audit row."""

import hashlib
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from uuid_utils.compat import uuid7

from tests.support.media import JPEG, MP4, Photographer
from tests.support.people import ON, add_person, signed_in
from tests.support.server import Served, now, serving
from tests.support.waiting import wait_for

TOKEN = "correct-horse-battery-staple"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def database(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn, autocommit=True) as connect:
        yield connect


@pytest.fixture
def station(database: psycopg.Connection[Any]) -> Photographer:
    photographer = Photographer()
    photographer.enrol(database)
    return photographer


@pytest.fixture
def server(dsn: str, tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "token").write_text(TOKEN)
    media = {"folder": tmp_path / "media", "largest_mib": 2}
    with serving(dsn, accounts=ON, token_file=tmp_path / "token", media=media) as site:
        yield site


class Upload:
    def __init__(self, server: Served, station: Photographer, digest: str, **claims: Any) -> None:
        self._client = server.client
        self._path = f"/api/v1/media/{digest}"
        self._headers = station.ticket(digest, **claims)

    def where(self) -> httpx.Response:
        return self._client.head(self._path, headers=self._headers)

    def more(self, data: bytes, offset: int, length: int) -> httpx.Response:
        place = {"Upload-Offset": str(offset), "Upload-Length": str(length)}
        kind = {"Content-Type": "application/partial-upload"}
        return self._client.patch(self._path, content=data, headers={**self._headers, **place, **kind})


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_a_clip_comes_in_pieces_and_is_shown_to_people(
    server: Served, station: Photographer, database: psycopg.Connection[Any]
) -> None:
    digest = station.expect(database, MP4)
    upload = Upload(server, station, digest)
    assert (upload.where().headers["upload-offset"], upload.where().headers["upload-complete"]) == ("0", "?0")
    answer = upload.more(MP4[:300_000], 0, len(MP4))
    assert (answer.status_code, answer.headers["upload-offset"], answer.headers["upload-complete"]) == (
        204,
        "300000",
        "?0",
    )
    assert server.client.get(f"/api/v1/media/{digest}", headers=BEARER).status_code == 404
    wrong = upload.more(MP4[:10], 0, len(MP4))
    assert (problem(wrong), wrong.headers["upload-offset"]) == ((409, "media-wrong-offset"), "300000")
    assert upload.more(MP4[300_000:], 300_000, len(MP4)).headers["upload-complete"] == "?1"
    assert upload.where().headers["upload-complete"] == "?1"
    assert upload.more(b"", 0, len(MP4)).headers["upload-complete"] == "?1"

    shown = server.client.get(f"/api/v1/media/{digest}", headers=BEARER)
    assert (shown.content, shown.headers["content-type"]) == (MP4, "video/mp4")
    part = server.client.get(f"/api/v1/media/{digest}", headers={**BEARER, "Range": "bytes=100-199"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (
        206,
        MP4[100:200],
        f"bytes 100-199/{len(MP4)}",
    )
    assert server.client.get(f"/api/v1/media/{digest}", headers={**BEARER, "Range": "bytes=-7"}).content == MP4[-7:]
    beyond = server.client.get(f"/api/v1/media/{digest}", headers={**BEARER, "Range": f"bytes={len(MP4)}-"})
    assert problem(beyond) == (416, "bad-range")
    looks = database.execute(
        "SELECT actor, action, subject, facts::jsonb->>'station' FROM deed WHERE action = 'media_viewed'"
    ).fetchall()
    assert looks == [("token", "media_viewed", digest, station.name)]


def test_who_looked_is_the_account_that_signed_in(
    server: Served, station: Photographer, database: psycopg.Connection[Any]
) -> None:
    digest = station.expect(database, JPEG)
    Upload(server, station, digest).more(JPEG, 0, len(JPEG))
    add_person(database, "值班员甲", "monitoring_centre")
    with signed_in(server, "值班员甲") as site:
        assert site.get(f"/api/v1/media/{digest}").headers["content-type"] == "image/jpeg"
    looks = database.execute("SELECT actor FROM deed WHERE action = 'media_viewed'").fetchall()
    assert looks == [("值班员甲",)]


def test_pictures_of_other_areas_are_not_there(
    server: Served, station: Photographer, database: psycopg.Connection[Any]
) -> None:
    digest = station.expect(database, JPEG)
    Upload(server, station, digest).more(JPEG, 0, len(JPEG))
    database.execute("INSERT INTO area (code, name) VALUES ('east', ''), ('west', '')")
    database.execute("UPDATE station SET area = 'west'")
    for name, role, area, status in (
        ("east", "inspector", "east", 404),
        ("west", "inspector", "west", 200),
        ("operator", "station_operator", "west", 403),
    ):
        add_person(database, name, role, area=area)
        with signed_in(server, name) as site:
            assert site.get(f"/api/v1/media/{digest}").status_code == status, name


def test_media_are_not_for_strangers(server: Served, station: Photographer, database: psycopg.Connection[Any]) -> None:
    digest = station.expect(database, JPEG)
    Upload(server, station, digest).more(JPEG, 0, len(JPEG))
    assert problem(server.client.get(f"/api/v1/media/{digest}")) == (401, "token-needed")
    ticket = station.ticket(digest)
    assert problem(server.client.get(f"/api/v1/media/{digest}", headers=ticket)) == (401, "token-needed")


@pytest.mark.parametrize(
    "claims", [{"aud": "else"}, {"sub": "ab" * 32}, {"exp": 1_000_000}, {"iss": "nowhere"}, {"iss": None}, {"exp": "x"}]
)
def test_a_ticket_for_something_else_opens_nothing(
    server: Served, station: Photographer, database: psycopg.Connection[Any], claims: dict[str, Any]
) -> None:
    digest = station.expect(database, JPEG)
    assert Upload(server, station, digest, **claims).where().status_code == 401


def test_a_ticket_is_held_against_the_database_s_clock_as_the_station_has_learned_it(
    dsn: str, tmp_path: Path, station: Photographer, database: psycopg.Connection[Any]
) -> None:
    (tmp_path / "token").write_text(TOKEN)
    media = {"folder": tmp_path / "media", "largest_mib": 2}
    with serving(dsn, clock=lambda: now() + timedelta(days=3), token_file=tmp_path / "token", media=media) as server:
        digest = station.expect(database, JPEG)
        assert Upload(server, station, digest).where().status_code == 204


def test_a_ticket_of_another_key_or_none_opens_nothing(
    server: Served, station: Photographer, database: psycopg.Connection[Any]
) -> None:
    digest = station.expect(database, JPEG)
    assert Upload(server, Photographer(), digest).where().status_code == 401
    for headers in ({}, BEARER, {"Authorization": "Bearer a.b.c"}, {"Authorization": "Bearer " + "x" * 9000}):
        answer = server.client.patch(f"/api/v1/media/{digest}", content=JPEG, headers=headers)
        assert answer.status_code == 401, headers


def test_what_no_event_names_is_not_taken_in(
    server: Served, station: Photographer, database: psycopg.Connection[Any]
) -> None:
    digest = hashlib.sha256(JPEG).hexdigest()
    assert Upload(server, station, digest).where().status_code == 404
    assert problem(Upload(server, station, digest).more(JPEG, 0, len(JPEG))) == (404, "media-not-expected")
    other = Photographer("market-2")
    other.enrol(database)
    other.expect(database, JPEG)
    assert Upload(server, station, digest).where().status_code == 404


def test_bytes_that_are_something_else_are_dropped_and_can_come_again(
    server: Served, station: Photographer, database: psycopg.Connection[Any]
) -> None:
    digest = station.expect(database, JPEG)
    upload = Upload(server, station, digest)
    assert problem(upload.more(JPEG[:-1] + b"!", 0, len(JPEG))) == (422, "media-not-that")
    assert upload.where().headers["upload-offset"] == "0"
    assert upload.more(JPEG, 0, len(JPEG)).headers["upload-complete"] == "?1"
    page = b"<script>alert(1)</script>" * 9
    digest = station.expect(database, page)
    assert problem(Upload(server, station, digest).more(page, 0, len(page))) == (422, "media-not-that")


def test_too_much_and_nonsense_are_refused(
    server: Served, station: Photographer, database: psycopg.Connection[Any], tmp_path: Path
) -> None:
    digest = station.expect(database, JPEG)
    upload = Upload(server, station, digest)
    assert upload.more(JPEG, 0, 3 << 20).status_code == 413
    assert upload.more(JPEG, 0, 100).status_code == 413
    assert upload.more(bytes(3 << 20), 0, 3 << 20).status_code == 413
    for offset, length in (("-1", "5"), ("x", "5"), ("0", ""), ("1e3", "5")):
        headers = {**station.ticket(digest), "Upload-Offset": offset, "Upload-Length": length}
        answer = server.client.patch(f"/api/v1/media/{digest}", content=b"x", headers=headers)
        assert problem(answer) == (422, "media-bad-offset"), (offset, length)
    # A stranger does not learn which addresses there are: what is no address of a file is refused as all others are.
    assert server.client.head("/api/v1/media/..%2f..%2fetc%2fpasswd", headers=station.ticket(digest)).status_code == 401
    for name in ("x" * 64, digest.upper()):
        assert server.client.head(f"/api/v1/media/{name}", headers=station.ticket(name)).status_code == 404
    assert upload.where().headers["upload-offset"] == "0"
    assert not list((tmp_path / "media").glob("incoming/*"))


def test_a_camera_event_is_one_row_with_its_media(
    server: Served, station: Photographer, database: psycopg.Connection[Any]
) -> None:
    digest = station.expect(database, JPEG)
    ((key,),) = database.execute("SELECT key FROM media").fetchall()
    for phase, minute in (("start", 0), ("update", 1), ("end", 2)):
        database.execute(
            "INSERT INTO camera_event VALUES (gen_random_uuid(), %s, %s, 'cam-1', %s, %s, 'covered', 'sink', %s)",
            [f"2026-03-02T01:0{minute}:00Z", station.name, key, phase, '{"edges": 0.1}'],
        )
    Upload(server, station, digest).more(JPEG, 0, len(JPEG))
    (row,) = server.client.get("/api/v1/camera-events", headers=BEARER, params={"kind": "covered"}).json()["items"]
    assert (row["device"], row["zone"], row["last_phase"], row["evidence"]) == ("cam-1", "sink", "end", {"edges": 0.1})
    assert row["media"] == [{"hash": digest, "type": "image/jpeg", "size": len(JPEG), "is_stored": True}]
    assert server.client.get("/api/v1/camera-events", headers=BEARER, params={"kind": "dark"}).json()["items"] == []


def test_two_events_with_the_same_picture_both_have_it(
    server: Served, station: Photographer, database: psycopg.Connection[Any]
) -> None:
    keys = [uuid7(), uuid7()]
    for key in keys:
        digest = station.expect(database, JPEG, key)
        database.execute(
            "INSERT INTO camera_event VALUES (gen_random_uuid(), now(), %s, 'cam-1', %s, 'start', 'covered', '', '{}')",
            [station.name, key],
        )
    Upload(server, station, digest).more(JPEG, 0, len(JPEG))
    rows = server.client.get("/api/v1/camera-events", headers=BEARER).json()["items"]
    assert {row["key"]: [one["is_stored"] for one in row["media"]] for row in rows} == {
        str(key): [True] for key in keys
    }
    (items,) = database.execute("SELECT items::text FROM feed").fetchall()
    assert all(str(key) in items[0] for key in keys), "both are told that it came"


def test_without_a_folder_nothing_is_taken_in(dsn: str, station: Photographer) -> None:
    with serving(dsn) as site:
        assert site.client.head(f"/api/v1/media/{'ab' * 32}").status_code == 404


def test_an_upload_that_no_station_goes_on_with_is_deleted(
    dsn: str, station: Photographer, database: psycopg.Connection[Any], tmp_path: Path
) -> None:
    digests = [station.expect(database, data) for data in (JPEG, MP4)]
    with serving(dsn, media={"folder": tmp_path}) as site:
        for digest, data in zip(digests, (JPEG, MP4), strict=True):
            Upload(site, station, digest).more(data[:1000], 0, len(data))
    old, young = (tmp_path / "incoming" / f"{station.name}.{digest}.part" for digest in digests)
    os.utime(old, (0, 0))
    with serving(dsn, media={"folder": tmp_path, "upload_days": 1}) as site:
        wait_for(lambda: not old.exists())
        assert [Upload(site, station, digest).where().headers["upload-offset"] for digest in digests] == ["0", "1000"]
    assert young.exists()


def test_pictures_are_deleted_by_age_and_a_deed_names_them(
    dsn: str, tmp_path: Path, station: Photographer, database: psycopg.Connection[Any]
) -> None:
    folder = tmp_path / "media"
    with serving(dsn, media={"folder": folder}) as site:
        old, young = station.expect(database, JPEG), station.expect(database, MP4)
        for digest, data in ((old, JPEG), (young, MP4)):
            assert Upload(site, station, digest).more(data, 0, len(data)).status_code == 204
    for table in ("media", "event_media"):
        long_ago = f"UPDATE {table} SET recorded_at = now() - interval '31 days' WHERE hash = %s"
        database.execute(long_ago.encode(), [bytes.fromhex(old)])
    with serving(dsn, media={"folder": folder, "keep_days": 30}) as site:
        wait_for(lambda: not (folder / old[:2] / old).exists(), what="the old picture to go")
        done = "SELECT facts::jsonb->'media' FROM deed WHERE action = 'media_retired'"
        wait_for(lambda: database.execute(done).fetchall(), what="the deed")
        assert database.execute(done).fetchall() == [([{"hash": old, "stations": [station.name]}],)]
        assert problem(site.client.get(f"/api/v1/media/{old}")) == (404, "not-found")
        assert site.client.get(f"/api/v1/media/{young}").status_code == 200
        # The station is not asked for it again.
        assert Upload(site, station, old).where().headers["upload-complete"] == "?1"
