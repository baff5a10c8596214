"""The audit over HTTP: every look and every file leaves a deed, which can be searched and taken away."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.desk import Desk
from tests.support.media import MP4, Photographer
from tests.support.server import Served, serving
from tests.support.waiting import wait_for

QUIET = {"ingest_silent": {"is_on": False}, "broker_away": {"is_on": False}, "look_s": 0.1}


@pytest.fixture
def database(dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def server(dsn: str, tmp_path: Path) -> Iterator[Served]:
    with serving(dsn, media={"folder": tmp_path / "media", "largest_mib": 2}, watch=QUIET) as site:
        yield site


def audit(server: Served, **filters: str) -> list[dict[str, Any]]:
    answer = server.get("/api/v1/audit", **filters)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_a_file_that_is_taken_away_is_a_deed_with_its_filters(server: Served) -> None:
    for name in ("results", "readings", "alerts", "audit"):
        assert server.get(f"/api/v1/{name}.csv", **{"from": "2026-01-01T00:00:00Z"}).status_code == 200
    done = audit(server, action="exported")
    assert [deed["subject"] for deed in done] == ["audit.csv", "alerts.csv", "readings.csv", "results.csv"]
    assert done[0]["facts"] == {"filters": {"from": "2026-01-01T00:00:00Z"}}
    assert (done[0]["actor"], done[0]["actor_kind"], done[0]["address"]) == ("local", "person", "127.0.0.1")


def test_a_file_that_is_not_what_was_asked_for_is_no_deed(server: Served) -> None:
    assert server.get("/api/v1/results.csv", foo="1").status_code == 422
    assert audit(server, action="exported") == []


def test_the_audit_is_searched_and_taken_away(server: Served, desk: Desk) -> None:
    desk.station("market-1")
    desk.station("market-2")
    (enrolled,) = audit(server, station="market-2", action="station_enrolled")
    assert enrolled["subject"] == "market-2"
    assert audit(server, subject="market-1")[0]["station"] == "market-1"
    assert audit(server, actor="nobody") == []
    answer = server.get("/api/v1/audit.csv", station="market-2", language="zh")
    exported, row = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (row["操作"], row["检测点"]) == ("登记检测点", "market-2")
    assert exported["操作"] == "导出文件"  # it is in the audit before its first byte is sent


def test_every_look_at_a_clip_is_a_deed_whatever_range_is_asked_for(
    server: Served, database: psycopg.Connection[Any]
) -> None:
    station = Photographer()
    station.enrol(database)
    digest = station.expect(database, MP4)
    length = {"Upload-Offset": "0", "Upload-Length": str(len(MP4)), "Content-Type": "application/partial-upload"}
    path = f"/api/v1/media/{digest}"
    assert server.client.patch(path, content=MP4, headers=station.ticket(digest) | length).status_code == 204

    def looks() -> int:
        return len(audit(server, subject=digest, action="media_viewed"))

    shown = server.client.get(path, headers={"Range": "bytes=1-"})
    assert (shown.status_code, shown.headers["cache-control"], looks()) == (206, "no-store", 1)
    assert server.client.get(path, headers={"Range": "bytes=500-999"}).status_code == 206
    assert looks() == 1  # the same look goes on
    assert server.client.get(path).headers["cache-control"] == "no-store"
    assert looks() == 2
    assert server.client.get(path, headers={"Range": "bytes=-9"}).status_code == 206
    assert looks() == 2


def test_a_change_of_the_limits_is_a_deed(server: Served, database: psycopg.Connection[Any]) -> None:
    wait_for(lambda: len(audit(server, action="limits_changed")) == 1, what="the first deed")
    database.execute("UPDATE analyte_limit SET valid_to = '2026-12-31' WHERE code = 'pesticide-inhibition-448'")
    wait_for(lambda: len(audit(server, action="limits_changed")) == 2, what="the change")
    (change,) = audit(server, action="limits_changed")[0]["facts"]["changes"]
    assert (change["action"], change["code"], change["valid_to"]) == (
        "update",
        "pesticide-inhibition-448",
        "2026-12-31",
    )
    assert change["role"]
