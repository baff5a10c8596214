"""A full disk of the server: the station is told to wait, people are told by an alert, and it ends by itself."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.errors import DiskFull

from tests.e2e.test_server_media import Upload, problem
from tests.support.media import MP4, Photographer
from tests.support.server import serving
from tests.support.waiting import wait_for

CALM = {"ingest_silent": {"is_on": False}, "broker_away": {"is_on": False}, "filling_up": {"is_on": False}}
WATCH = CALM | {"look_s": 0.1, "centre_full": {"ends_after_s": 0.1}}


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size`, which ends a write as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_a_problem_an_alert_and_not_ready_and_ends(
    dsn: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    station = Photographer()
    with psycopg.connect(dsn, autocommit=True) as database:
        station.enrol(database)
        digest = station.expect(database, MP4)

        def states() -> list[str]:
            query = (
                "SELECT state FROM alert WHERE rule = 'centre_full' AND facts ->> 'place' = 'media' ORDER BY opened_at"
            )
            return [state for (state,) in database.execute(query.encode()).fetchall()]

        with serving(dsn, watch=WATCH, media={"folder": tmp_path / "media", "largest_mib": 2}) as server:
            upload = Upload(server, station, digest)
            wait_for(lambda: server.get("/readyz").json()["room"], what="room")
            assert upload.more(MP4[:10_000], 0, len(MP4)).status_code == 204
            with files_no_larger_than(16 << 10):
                refused = upload.more(MP4[10_000:], 10_000, len(MP4))
                assert problem(refused) == (507, "media-no-room")
                assert refused.headers["retry-after"]
                # A look of before that ends only now says once more that there is room.
                wait_for(lambda: server.get("/readyz").json()["room"] is False, what="no room")
                assert server.get("/readyz").status_code == 503
                assert 'shian_server_disk_full{place="media"} 1.0' in server.get("/metrics").text
                wait_for(lambda: states() == ["open"], what="the alert")
            wait_for(lambda: server.get("/readyz").status_code == 200, what="room again")
            wait_for(lambda: states() == ["resolved"], what="the end of the alert")
            stands = int(upload.where().headers["upload-offset"])
            assert stands in (10_000, 16 << 10), "and nothing of a piece that was not synced is counted"
            assert upload.more(MP4[stands:], stands, len(MP4)).headers["upload-complete"] == "?1"
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_disk_that_keeps_less_free_than_it_must_is_not_ready(dsn: str, tmp_path: Path) -> None:
    with serving(dsn, watch=WATCH, media={"folder": tmp_path / "media"}, budgets={"free_mib": 2**40}) as server:
        wait_for(lambda: server.get("/readyz").json()["room"] is False, what="no room")


def test_a_database_without_room_is_a_problem_and_not_ready(
    dsn: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    async def is_full(*_: object) -> None:
        raise DiskFull("could not extend file: No space left on device")

    settings: dict[str, Any] = {"watch": WATCH}
    with serving(dsn, **settings) as server:
        wait_for(lambda: server.get("/readyz").status_code == 200, what="a server that is ready")
        monkeypatch.setattr("server.records.subscriptions.api.check_filters", is_full)
        new = {"name": "a", "actor": "b", "address": "https://example.com/"}
        answer = server.client.post("/api/v1/subscriptions", json=new)
        assert problem(answer) == (507, "database-full")
        assert server.get("/readyz").json()["room"] is False
        assert "shian_server_database_full_total 1.0" in server.get("/metrics").text
    assert "Traceback" not in "".join(capfd.readouterr())
