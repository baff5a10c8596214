"""The keeper in a running server: it signs, anchors, keeps the anchors outside, and sees an older database."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from standardwebhooks import Webhook
from uuid_utils.compat import uuid7

from ingest.receipts import receipts as letters
from ingest.statuses import StatusNews
from process import signing_key
from storage import anchor_files
from storage.anchor_files import Unreadable
from storage.anchored import Held, hold
from storage.findings import Finding, Kind
from storage.walk import walk
from tests.support import processes, services
from tests.support.desk import Desk
from tests.support.desk import desk as open_desk
from tests.support.server import serving
from tests.support.waiting import wait_for
from tests.support.webhooks import receiving
from wire import receipts
from wire.anchors import is_signed
from wire.chain import public_key
from wire.status import Status

QUIET = {"ingest_silent": {"is_on": False}, "broker_away": {"is_on": False}, "look_s": 0.1}
FAST = {"after_s": 0, "ends_after_s": 0}
WATCH = QUIET | {"anchor_missing": FAST, "anchor_not_kept": FAST}


def settings(tmp_path: Path, **more: Any) -> dict[str, Any]:
    key = tmp_path / "centre.pem"
    if not key.exists():
        signing_key.make(key)
    return {"key_file": key, "every_s": 3600, "look_s": 0.1, "folder": tmp_path / "anchors", **more}


def kept(folder: Path) -> list[int]:
    return [file.anchor.number for file in anchor_files.read(folder, Unreadable())]


def found(desk: Desk, folder: Path) -> list[Kind]:
    read = anchor_files.read(folder, Unreadable())
    anchored = [finding.kind for finding in hold(desk.connection, read, (), Held())]
    return anchored + [news.kind for news in walk(desk.connection) if isinstance(news, Finding)]


def test_deeds_are_signed_and_the_anchors_are_kept(desk: Desk, dsn: str, tmp_path: Path) -> None:
    (tmp_path / "anchors").mkdir()
    desk.station("market-1")
    with serving(dsn, watch=WATCH, proof=settings(tmp_path, every_s=1)):
        wait_for(lambda: len(kept(tmp_path / "anchors")) >= 2, what="two anchors outside")
        desk.station("market-2")
        signed = "SELECT through - signed_through <= 1 AND through > 5 FROM stream WHERE station = 'centre'"
        wait_for(lambda: desk.one(signed), what="the last deed to be signed")
    assert found(desk, tmp_path / "anchors") == []
    key = public_key(signing_key.read(tmp_path / "centre.pem"))
    args = ["--anchor", str(tmp_path / "anchors"), "--public-key", key]
    done = processes.run("verify", "--dsn", dsn, *args)
    assert (done.returncode, "held against" in done.stdout) == (0, True), done.stdout + done.stderr
    out = tmp_path / "proof.gz"
    assert processes.run("proof", "export", str(out), "--dsn", dsn).returncode == 0
    assert desk.one("SELECT actor FROM deed WHERE action = 'ledger_exported'") == "shian proof export"
    done = processes.run("verify", "--export", str(out), *args)
    assert done.returncode == 0, done.stdout + done.stderr
    desk.connection.execute("DELETE FROM event WHERE station = 'centre' AND sequence > 2")
    done = processes.run("verify", "--dsn", dsn, *args, language="zh_CN.UTF-8")
    assert (done.returncode, "末尾被截断" in done.stdout) == (1, True), done.stdout + done.stderr


def test_a_place_that_takes_nothing_is_an_alert_that_ends_by_itself(desk: Desk, dsn: str, tmp_path: Path) -> None:
    def states() -> list[tuple[str, str]]:
        return desk.rows("SELECT rule, state FROM alert WHERE rule LIKE 'anchor%'")

    with serving(dsn, watch=WATCH, proof=settings(tmp_path)):
        wait_for(lambda: states() == [("anchor_not_kept", "open")], what="the alert")
        (tmp_path / "anchors").mkdir()
        wait_for(lambda: states() == [("anchor_not_kept", "resolved")], what="its end")
        assert kept(tmp_path / "anchors") == [1]


def test_an_hour_without_an_anchor_is_an_alert_that_ends_by_itself(desk: Desk, dsn: str, tmp_path: Path) -> None:
    def states() -> list[str]:
        return [state for (state,) in desk.rows("SELECT state FROM alert WHERE rule = 'anchor_missing'")]

    (tmp_path / "anchors").mkdir()
    with serving(dsn, watch=WATCH, proof=settings(tmp_path)):
        wait_for(lambda: kept(tmp_path / "anchors") == [1], what="the first anchor")
        # Somebody else holds the keeper's lock.
        with psycopg.connect(dsn) as other:
            other.execute("SELECT pg_advisory_xact_lock(%s)", [0x5368_6961_6E09])
            desk.connection.execute("UPDATE anchor SET at = at - interval '2 hours'")
            wait_for(lambda: states() == ["open"], what="the alert")
        wait_for(lambda: states() == ["resolved"], what="its end")


def test_an_older_database_goes_on_in_another_stream(postgres: services.HasDsn, dsn: str, tmp_path: Path) -> None:
    folder = tmp_path / "anchors"
    folder.mkdir()
    fast = settings(tmp_path, every_s=1)
    with serving(dsn, watch=WATCH, proof=fast):
        wait_for(lambda: len(kept(folder)) >= 1, what="an anchor outside")
    with services.database(postgres, template=dsn.rsplit("/", 1)[1]) as older:
        with serving(dsn, watch=WATCH, proof=fast):
            wait_for(lambda: len(kept(folder)) >= 4, what="more anchors outside")
        last = kept(folder)[-1]
        with serving(older, watch=WATCH, proof=fast):
            wait_for(lambda: kept(folder)[-1] > last, what="an anchor of the restored centre")
        with open_desk(older) as centre:
            said = centre.one("SELECT facts::jsonb FROM deed WHERE action = 'centre_stream_replaced'")
            assert (said["cause"], said["anchored"]) == ("restored", last)
            assert kept(folder) == list(range(1, kept(folder)[-1] + 1))
            assert found(centre, folder) == [Kind.CUT, Kind.RESTORED]


def test_a_webhook_gets_each_anchor(desk: Desk, dsn: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("whsec_" + "A" * 43 + "=")
    with receiving() as receiver:
        hook = {"url": receiver.address, "secret_file": secret, "allow_private_address": True}
        with serving(dsn, watch=WATCH, proof=settings(tmp_path, folder=None, webhook=hook)):
            place = "SELECT number FROM anchor_place WHERE name = 'webhook'"
            wait_for(lambda: desk.rows(place) == [(1,)], what="the post")
        (got,) = receiver.received
        assert Webhook(secret.read_text()).verify(got.body, got.headers)["anchor"]["number"] == 1


def test_the_newest_anchor_goes_to_a_station_with_an_answer(desk: Desk, dsn: str, tmp_path: Path) -> None:
    (tmp_path / "anchors").mkdir()
    with serving(dsn, watch=WATCH, proof=settings(tmp_path)):
        wait_for(lambda: kept(tmp_path / "anchors") == [1], what="an anchor")
    station = desk.station("market-1")
    desk.store.refresh(desk.connection)
    says = {"state": "online", "at": datetime.now(UTC), "stream": station.stream, "asks": uuid7()}
    (letter,) = letters(desk.take_entries([StatusNews("market-1", Status.model_validate(says))]))
    anchor = receipts.decode(letter.body).anchor
    assert anchor is not None
    assert is_signed(anchor)
    assert anchor.number == 1


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    wanted = settings(tmp_path)
    assert processes.run("proof", "key", str(wanted["key_file"])).returncode == 0
    wanted["key_file"].chmod(0o644)
    assert processes.run("proof", "key", str(wanted["key_file"])).returncode == 2
