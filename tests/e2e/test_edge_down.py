"""The document of a station, from the centre's tables to the verdict of an agent."""

import hashlib
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.agent import Agent
from edge.down import worker
from edge.down.fetch import ticket
from edge.samples.client import AgentClient
from process import signing_key
from server.down import herald
from shian.local.broker import LocalBroker
from storage.named import queries
from storage.stations import Station, enrol
from tests.support.centre import Centre
from tests.support.desk import Desk
from tests.support.edge_station import cable, running, settings_document
from tests.support.line_family import line
from tests.support.listener import listener
from tests.support.screen_station import down_document
from tests.support.server import Served, serving
from tests.support.station import ChainedStation, result
from tests.support.waiting import wait_for
from tests.unit.ingest.test_samples import of
from wire import codec
from wire.chain import public_key
from wire.down import DownNews, Refusal, open_sealed, seal
from wire.kinds.handling import HandlingV1
from wire.kinds.sample import SampleV1
from wire.terms import HandlingStep, Verdict
from wire.topics import Leaf, topic


def ask(server: Served, station: str, key: Ed25519PrivateKey, **headers: str) -> tuple[int, bytes, str]:
    said = {"Authorization": f"Bearer {ticket(key, station, datetime.now(UTC))}", **headers}
    answer = server.client.get(f"/api/v1/documents/{station}", headers=said)
    return answer.status_code, answer.content, answer.headers.get("ETag", "")


def pin(dsn: str, station: str, key: Ed25519PrivateKey) -> None:
    with psycopg.connect(dsn) as connection:
        enrol(connection, Station(station))
        connection.execute("UPDATE station SET public_key = %s WHERE name = %s", [public_key(key), station])


def test_a_station_gets_what_concerns_it_and_nothing_twice(dsn: str, tmp_path: Path) -> None:
    own, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    pin(dsn, "m1", own)
    pin(dsn, "m2", other)
    with psycopg.connect(dsn) as connection:
        for code, station, ended in (("1", "m1", None), ("2", "m2", None), ("3", "", None), ("4", "m1", "2020-01-01")):
            connection.execute(
                "INSERT INTO business (code, station, name, ended_on) VALUES (%s, %s, 'x', %s)", [code, station, ended]
            )
    signing_key.make(tmp_path / "centre.key")
    words = {"procedures": {"hold": {"zh": "封存并挂牌", "en": "Hold it and tag it"}, "retest": {"zh": "复测"}}}
    proof = {"key_file": tmp_path / "centre.key"}
    with serving(dsn, delivery={"is_enabled": False}, proof=proof, documents=words) as server:
        status, content, tag = ask(server, "m1", own)
        document, _ = open_sealed(content, "m1")
        steps = [(one.step, one.text, one.text_en) for one in document.procedures]
        assert steps == [("hold", "封存并挂牌", "Hold it and tag it"), ("retest", "复测", "")]
        assert (status, [one.code for one in document.businesses]) == (200, ["1", "3"])
        assert {limit.code for limit in document.limits} >= {"pesticide-inhibition-448"}
        assert ask(server, "m1", own, **{"If-None-Match": tag})[:2] == (304, b"")
        assert ask(server, "m1", own)[1] == content
        # The ticket of another station, or of nobody, opens nothing.
        assert ask(server, "m1", other)[0] == 401
        said = {"Authorization": f"Bearer {ticket(other, 'm2', datetime.now(UTC))}"}
        assert server.client.get("/api/v1/documents/m1", headers=said).status_code == 401
        with psycopg.connect(dsn) as connection:
            connection.execute("UPDATE business SET stall = 'A-12' WHERE code = '1'")
        newer, _ = open_sealed(ask(server, "m1", own, **{"If-None-Match": tag})[1], "m1")
        assert newer.version > document.version
        assert newer.businesses[0].stall == "A-12"


def goods(number: int, lot: str, supplier: str = "north") -> SampleV1:
    return SampleV1(key=UUID(int=number), number=f"n-{number}", commodity="韭菜", lot=lot, supplier=supplier)


def measured(station: ChainedStation, sample: SampleV1, *values: float) -> list[bytes]:
    """Register a sample and test it; return the events of the results. The last one is the newest."""
    now = datetime.now(UTC)
    station.add(sample, device=False, time=now - timedelta(hours=1))
    made = []
    for place, value in enumerate(values):
        at = now - timedelta(minutes=30 - place)
        made.append(station.add(result(value, number=f"{sample.number}/{place}"), time=at))
        station.add(of(made[-1], sample), device=False, time=at)
    return made


def test_a_station_is_told_in_public_words_what_others_found_of_its_lots(dsn: str, desk: Desk, tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    own, wholesale = desk.station("m1"), desk.station("wholesale")
    pin(dsn, "m1", key)
    desk.rows("UPDATE station SET title = '批发市场', title_en = 'Wholesale' WHERE name = 'wholesale' RETURNING 1")
    measured(own, goods(1, "L1"), 1.0)
    measured(own, goods(2, "L9", supplier=""))
    measured(wholesale, goods(11, "L1"), 1.0)
    measured(wholesale, goods(12, "L1"), 88.0, 1.0)  # the second test passed
    (waits,) = measured(wholesale, goods(13, "L2"), 88.0)  # of the same supplier, not registered here yet
    measured(wholesale, goods(14, "L3"), 88.0)
    (void,) = measured(wholesale, goods(15, "L4"), 88.0)
    measured(wholesale, goods(16, "L1", supplier="south"), 88.0)  # another one's lot of the same name
    measured(wholesale, goods(17, "L9", supplier="west"), 1.0)  # here nobody said whose it is
    measured(wholesale, goods(18, "L7", supplier="east"), 1.0)
    measured(wholesale, goods(19, ""), 1.0)
    step = HandlingV1(result=codec.decode(waits).id, sample=UUID(int=13), step=HandlingStep.RETEST)
    wholesale.add(step, device=False, time=datetime.now(UTC))
    for station in (own, wholesale):
        desk.take(station.topic, *station.bodies)
    desk.rows(
        "INSERT INTO voided (event, recorded_at, station, zone, day, item, verdict, role, sample, actor, confirmed_by,"
        " why) SELECT event, recorded_at, station, 'UTC', recorded_at::date, item, verdict, role, sample, 'a', '', 'w'"
        " FROM result WHERE event = %s RETURNING 1",
        codec.decode(void).id,
    )
    signing_key.make(tmp_path / "centre.key")
    with serving(dsn, delivery={"is_enabled": False}, proof={"key_file": tmp_path / "centre.key"}) as server:
        status, content, tag = ask(server, "m1", key)
        assert status == 200
        assert ask(server, "m1", key, **{"If-None-Match": tag})[0] == 304
    document, _ = open_sealed(content, "m1")
    assert {(one.lot, one.supplier): (one.word, one.samples) for one in document.lots} == {
        ("L1", "north"): ("passed", 2),
        ("L2", "north"): ("retesting", 1),
        ("L3", "north"): ("tested", 1),
        ("L9", "west"): ("passed", 1),
    }
    lot = document.lots[0]
    assert (lot.station, lot.title, lot.title_en, lot.food) == ("wholesale", "批发市场", "Wholesale", "韭菜")
    assert b"fail" not in content
    values = {"station": "m1", "since": datetime.now(UTC) - timedelta(days=7), "zone": "UTC", "most": 2}
    assert len(desk.connection.execute(queries("down")["lots"], values).fetchall()) == 2


def test_the_agent_judges_by_the_limits_that_came_down_and_says_which(
    dsn: str, broker: LocalBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once(monkeypatch)
    monkeypatch.setattr(herald, "_LOOK_S", 0.2)
    signing_key.make(tmp_path / "centre.key")
    name = f"m-{uuid4().hex[:8]}"
    with psycopg.connect(dsn) as connection:
        connection.execute(
            "INSERT INTO analyte_limit (code, item, standard, comparison, value, unit, valid_from, version)"
            " VALUES ('own', 'pesticide_inhibition', 'X', '>=', 10, '%', '2024-01-01', 2)"
        )
    proof = {"key_file": tmp_path / "centre.key"}
    with (
        serving(dsn, delivery={"is_enabled": False}, proof=proof, broker={"port": broker.port}) as server,
        cable(tmp_path) as cord,
    ):
        document = settings_document(tmp_path, broker.port, name, down={"url": server.address, "every_s": 3600})
        with running(document) as agent, AgentClient(tmp_path / "data" / "agent.sock") as client:
            wait_for(lambda: client.ask("down")["failure"], timeout_s=60, what="a refusal: nobody knows the key")
            pin(dsn, name, agent.spool.key)
            # The server tells the new station by the retained topic.
            wait_for(lambda: _version(agent), timeout_s=60, what="the document")
            cord.write(line("1", "12.5"))
            wait_for(lambda: agent.devices[0].intake.results, timeout_s=30, what="a result")
            (row,) = client.ask("results")
            assert (row["verdict"], row["value"]) == ("fail", 12.5)
            wait_for(lambda: client.ask("down")["failure"] == "", what="the end of the failure")
            assert client.ask("down")["refusal"] == ""
            with psycopg.connect(dsn) as connection:
                connection.execute("INSERT INTO business (code, station, name) VALUES ('7', %s, 'seven')", [name])
                connection.execute(
                    "INSERT INTO district_change (noun, code, actor, after) VALUES ('businesses', '7', 'w', '{}')"
                )
            wait_for(lambda: client.ask("businesses", text="seven"), timeout_s=60, what="what changed")


def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a station ask as soon as it hears the news."""
    monkeypatch.setattr(worker, "_TURN_S", 0.05)
    monkeypatch.setattr(worker, "_SPREAD_S", 0.0)


class Shelf:
    """A centre's place of one document: whatever a test lays there. `asked`: the tags that were sent with a request."""

    def __init__(self) -> None:
        self.content = b""
        self.tag = ""
        self.asked: list[str] = []
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                tag = self.headers.get("If-None-Match", "").strip('"')
                is_known = bool(tag) and tag == shelf.tag
                shelf.asked.append(tag)  # before the answer: whoever has that may ask again
                self.send_response(304 if is_known else 200)
                self.send_header("ETag", f'"{shelf.tag}"')
                self.send_header("Content-Length", "0" if is_known else str(len(shelf.content)))
                self.end_headers()
                with suppress(ConnectionError):  # who has read enough hangs up
                    self.wfile.write(b"" if is_known else shelf.content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def lay(self, content: bytes) -> None:
        self.content, self.tag = content, hashlib.sha256(content).hexdigest()

    def __enter__(self) -> "Shelf":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def test_the_news_are_followed_and_what_is_not_good_is_refused_by_name(
    broker: LocalBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once(monkeypatch)
    key, name = Ed25519PrivateKey.generate(), f"m-{uuid4().hex[:8]}"
    said = iter(range(1, 100))

    def sealed(version: int, station: str = name, by: Ed25519PrivateKey = key) -> bytes:
        return seal(down_document(station, version=version), by)

    good = sealed(7)
    bad = {
        Refusal.FORGED: good.replace("韭菜".encode(), "韭黄".encode()),
        Refusal.DAMAGED: good[:40],
        Refusal.TOO_LARGE: good + b" " * (5_000_000 - len(good)),
        Refusal.OLDER: sealed(6),
        Refusal.OTHER_STATION: sealed(9, "other"),
        Refusal.OTHER_KEY: sealed(9, by=Ed25519PrivateKey.generate()),
    }
    with Shelf() as shelf, Centre(broker.port, name) as centre, listener(broker.port) as teller:

        def tell() -> None:
            body = DownNews(changes=next(said)).model_dump_json().encode()
            teller.publish(topic(name, Leaf.DOCUMENT), body, retain=True)

        tell()  # before the station is there: the topic is retained
        shelf.lay(sealed(5))
        down = {"url": shelf.address, "every_s": 3600}
        document = settings_document(tmp_path, broker.port, name, device=[], down=down)
        with running(document) as agent, AgentClient(tmp_path / "data" / "agent.sock") as client:
            wait_for(lambda: client.ask("down")["version"] == 5, timeout_s=60, what="the first document")
            assert agent.down is not None
            wait_for(lambda: agent.down and agent.down._heard, timeout_s=60, what="the retained news")
            first, count = shelf.tag, len(shelf.asked)
            tell()
            wait_for(lambda: len(shelf.asked) > count, timeout_s=60, what="a look")
            assert (shelf.asked[0], shelf.asked[-1]) == ("", first), "it says what it has"
            shelf.lay(good)
            tell()
            wait_for(lambda: client.ask("down")["version"] == 7, timeout_s=60, what="the next document")

            def is_refused(reason: Refusal) -> bool:
                told = {one.document.refusal for one in centre.statuses if one.document}
                return client.ask("down")["refusal"].startswith(reason) and reason in told

            for reason, content in bad.items():
                shelf.lay(content)
                tell()
                wait_for(partial(is_refused, reason), timeout_s=60, what=f"{reason}, here and at the centre")
                assert client.ask("down")["version"] == 7
                assert client.ask("foods", text="jc")[0]["name"] == "韭菜"
            shelf.lay(good)
            tell()
            wait_for(lambda: client.ask("down")["refusal"] == "", timeout_s=60, what="a good one")
            assert agent.kept.now.table.version == "7"
        with running(document, is_awaited=False) as again:
            wait_for(lambda: again.kept.now.document, timeout_s=60, what="the last good one")
            assert again.kept.status().version == 7


def _version(agent: Agent) -> str:
    return agent.kept.now.table.version


def test_a_verdict_that_differs_is_flagged(desk: Desk) -> None:
    station: ChainedStation = desk.station("market-1")
    said = {"limits_version": "3", "station_verdict": Verdict.FAIL}
    station.add(result(12.5).model_copy(update=said))
    station.add(result(60.0).model_copy(update=said))
    desk.take(station.topic, *station.bodies)
    assert desk.rows("SELECT value, flags FROM result ORDER BY value") == [(12.5, "judged_differently"), (60.0, "")]
