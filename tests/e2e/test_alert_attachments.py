"""Attachments of alerts: kept by their hash, bounded in size, kind and number, and each look is a deed."""

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from server.database import query
from server.media.attachments import MOST_BYTES
from tests.support import processes
from tests.support.media import JPEG, MP4
from tests.support.people import ON, add_person, signed_in
from tests.support.server import Served, add_alert, add_station, serving
from tests.support.waiting import wait_for

PNG, PDF = b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"%PDF-1.7\n" + b"x" * 40


@pytest.fixture
def database(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO area (code, name) VALUES ('east', 'E'), ('west', 'W')")
        add_station(connection, "m1", area="east")
        add_person(connection, "liu", "inspector", area="east")
        add_person(connection, "zhao", "inspector", area="west")
        add_person(connection, "wall", "screen")
        yield connection


@pytest.fixture
def server(dsn: str, tmp_path: Path, database: psycopg.Connection[Any]) -> Iterator[Served]:
    with serving(dsn, accounts=ON, media={"folder": tmp_path / "media"}, delivery={"is_enabled": False}) as site:
        yield site


def test_a_picture_is_added_seen_by_whoever_may_and_each_look_is_a_deed(
    server: Served, database: psycopg.Connection[Any], tmp_path: Path
) -> None:
    alert = add_alert(database, "m1")
    path, digest = f"/api/v1/alerts/{alert}/attachments", hashlib.sha256(JPEG).hexdigest()
    with signed_in(server, "liu") as liu:
        for _ in range(2):
            added = liu.client.post(path, params={"name": "货架.jpg"}, content=JPEG).raise_for_status().json()
        (file,) = added["attachments"]
        assert (file["hash"], file["name"], file["type"], file["size"]) == (digest, "货架.jpg", "image/jpeg", len(JPEG))
        (step,) = [step for step in added["steps"] if step["action"] == "attached"]
        assert (step["actor"], step["facts"]["hash"]) == ("liu", digest)
        looked = liu.get(f"{path}/{digest}")
        assert (looked.content, looked.headers["content-type"]) == (JPEG, "image/jpeg")
        assert liu.get(f"{path}/{'0' * 64}").status_code == 404
        document = liu.client.post(path, params={"name": "report.pdf"}, content=PDF).json()["attachments"][1]
        assert liu.get(f"{path}/{document['hash']}").headers["content-disposition"].startswith("attachment;")
    with signed_in(server, "zhao") as zhao:
        assert zhao.get(f"{path}/{digest}").status_code == 404
        assert zhao.client.post(path, params={"name": "x.jpg"}, content=JPEG).status_code == 404
    with signed_in(server, "wall") as wall:
        assert wall.get(f"{path}/{digest}").status_code == 403
    deeds = database.execute(
        "SELECT actor, action, subject FROM deed WHERE action LIKE 'alert_%' ORDER BY recorded_at"
    ).fetchall()
    wanted = ["alert_attached", "alert_attachment_viewed", "alert_attached", "alert_attachment_viewed"]
    assert deeds == [("liu", action, str(alert)) for action in wanted]
    assert (tmp_path / "media" / "attachments" / digest[:2] / digest).read_bytes() == JPEG
    assert list((tmp_path / "media" / "incoming").glob("attachment-*")) == []


def test_what_is_too_large_of_another_kind_or_too_much_is_refused_and_leaves_nothing(
    server: Served, database: psycopg.Connection[Any], tmp_path: Path
) -> None:
    alert = add_alert(database, "m1")
    path = f"/api/v1/alerts/{alert}/attachments"
    with signed_in(server, "liu") as liu:
        for name, body, status in (
            ("page.html", b"<html><script>alert(1)</script></html>", 422),
            ("empty", b"", 422),
            ("large.jpg", JPEG + b"\0" * MOST_BYTES, 413),
            ("../x.jpg", JPEG, 422),
        ):
            assert liu.client.post(path, params={"name": name}, content=body).status_code == status, name
        for number, body in enumerate((PNG, MP4)):
            liu.client.post(path, params={"name": str(number)}, content=body).raise_for_status()
        for number in range(18):
            liu.client.post(path, params={"name": "n"}, content=JPEG + bytes([number])).raise_for_status()
        assert liu.client.post(path, params={"name": "n"}, content=PDF).status_code == 409
    assert database.execute("SELECT count(*) FROM alert_attachment").fetchone() == (20,)
    assert list((tmp_path / "media" / "incoming").glob("attachment-*")) == []


def found(dsn: str, *more: str) -> tuple[list[str], dict[str, Any]]:
    """Run `shian verify`; return what it says of attachments, and its last line."""
    done = processes.run("verify", "--dsn", dsn, "--json", *more)
    assert done.returncode in (0, 1), done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [line["detail"] for line in lines if line.get("finding") == "attachment"], lines[-1]


def test_verify_reads_every_attachment_and_names_what_is_missing_or_changed(
    server: Served, database: psycopg.Connection[Any], dsn: str, tmp_path: Path
) -> None:
    first, second, archive = add_alert(database, "m1"), add_alert(database, "m1"), tmp_path / "media" / "attachments"
    with signed_in(server, "liu") as liu:
        for alert, name, body in ((first, "a.jpg", JPEG), (first, "b.pdf", PDF), (second, "c.jpg", JPEG)):
            path = f"/api/v1/alerts/{alert}/attachments"
            liu.client.post(path, params={"name": name}, content=body).raise_for_status()
    place = ("--media", str(tmp_path / "media"))
    details, summary = found(dsn, *place)
    assert (details, summary["attachments"], summary["attachments_read"]) == ([], 3, 3)
    unread = found(dsn)[1]
    assert (unread["attachments"], unread["attachments_read"]) == (3, 0)
    picture, document = (hashlib.sha256(body).hexdigest() for body in (JPEG, PDF))

    (archive / document[:2] / document).unlink()
    kept = archive / picture[:2] / picture
    kept.write_bytes(JPEG + b"more")
    details, _ = found(dsn, *place)
    other = hashlib.sha256(JPEG + b"more").hexdigest()
    assert details == [
        f"alert {first}: attachment {picture} (a.jpg) is changed in the archive: its bytes have the hash {other}",
        f"alert {first}: attachment {document} (b.pdf) is missing in the archive",
        f"alert {second}: attachment {picture} (c.jpg) is changed in the archive: its bytes have the hash {other}",
    ]
    kept.write_bytes(JPEG)
    database.execute("DELETE FROM alert_attachment WHERE name = 'b.pdf'")
    database.execute("UPDATE alert_attachment SET hash = sha256('x') WHERE name = 'c.jpg'")
    settings = tmp_path / "server.toml"
    settings.write_text(f'[database]\ndsn = "{dsn}"\n[media]\nfolder = "{tmp_path / "media"}"\n')
    done = processes.run("verify", "--config", settings)
    assert done.returncode == 1
    said = [line for line in done.stdout.splitlines() if "(attachment)" in line]
    assert len(said) == 4
    for part, count in (("is not listed any more", 2), ("no deed says who added it", 1), ("is missing in the", 1)):
        assert sum(part in line for line in said) == count, said


def _is_waiting(database: psycopg.Connection[Any]) -> int:
    (count,) = database.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    ).fetchone() or (0,)
    return int(count)


def test_who_tells_the_next_of_an_alert_and_who_adds_to_it_never_stop_each_other(
    server: Served, database: psycopg.Connection[Any], dsn: str
) -> None:
    """Meet an escalation: it has begun for the alert, whose row its own row names, and then locks that to note whom it
    told."""
    alert = add_alert(database, "m1")
    lock = query("alerts.lock")
    with signed_in(server, "liu") as liu, psycopg.connect(dsn) as escalation, ThreadPoolExecutor() as pool:
        escalation.execute("INSERT INTO escalation (alert, next_at, touched_at) VALUES (%s, now(), now())", [alert])
        path = f"/api/v1/alerts/{alert}/attachments"
        answer = pool.submit(liu.client.post, path, params={"name": "a.jpg"}, content=JPEG)
        wait_for(lambda: answer.done() or _is_waiting(database))
        assert escalation.execute(lock, {"id": alert}).fetchone() is not None
        escalation.commit()
        assert answer.result().status_code == 200


def test_two_that_add_at_once_do_not_exceed_the_number(
    server: Served, database: psycopg.Connection[Any], dsn: str
) -> None:
    alert = add_alert(database, "m1")
    database.execute(
        "INSERT INTO alert_attachment (alert, hash, name, type, size, at, actor)"
        " SELECT %s, sha256(n::text::bytea), 'x', 'image/jpeg', 1, now(), 'liu' FROM generate_series(1, 19) AS n",
        [alert],
    )
    with signed_in(server, "liu") as liu, psycopg.connect(dsn) as other, ThreadPoolExecutor() as pool:
        other.execute(query("alerts.lock"), {"id": alert})
        path = f"/api/v1/alerts/{alert}/attachments"
        answers = [
            pool.submit(liu.client.post, path, params={"name": "a.jpg"}, content=JPEG + bytes([number]))
            for number in range(2)
        ]
        wait_for(lambda: _is_waiting(database) == 2)
        other.commit()
        assert sorted(answer.result().status_code for answer in answers) == [200, 409]
    assert database.execute("SELECT count(*) FROM alert_attachment").fetchone() == (20,)
