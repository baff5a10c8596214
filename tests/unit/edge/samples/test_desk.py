"""The socket by which the station's screen asks the agent: bounded, and whoever dies dies alone."""

import json
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from edge.samples.client import AgentAwayError, AgentClient, AskRefusedError, short
from edge.samples.codes import sample_code
from edge.samples.desk import MAX_LINE, Desk
from edge.samples.requests import requests_of
from edge.samples.tables import Table
from tests.support.waiting import wait_for
from tests.unit.edge.samples.conftest import ITEM, Station
from wire.verdicts import LimitTable, shipped_limits

TABLE = Table("7", LimitTable(shipped_limits()))


@pytest.fixture
def desk(station: Station) -> Iterator[Desk]:
    desk = Desk(
        station.folder,
        requests_of(station.book, station.spool, lambda: {"station": "m1"}, lambda: TABLE),
        recorded=lambda: station.spool.recorded,
    )
    stop = threading.Event()
    thread = threading.Thread(target=desk.run, args=(stop,))
    thread.start()
    wait_for(lambda: desk.is_listening, what="the desk")
    yield desk
    stop.set()
    thread.join(20)
    desk.close()
    assert not desk.path.exists()


@pytest.fixture
def client(desk: Desk) -> Iterator[AgentClient]:
    with AgentClient(desk.path) as client:
        yield client


def raw(desk: Desk) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(20)
    with short(desk.path) as name:
        connection.connect(name)
    return connection


def test_a_screen_registers_lays_out_links_and_lists(client: AgentClient, station: Station) -> None:
    assert client.ask("hello") == {"station": "m1"}
    sample = client.ask("register", request=uuid4(), commodity="韭菜", stall="A-12", produced_on="2026-01-09")
    (well,) = client.ask("lay_out", device="lz", wells=[{"channel": 3, "sample": sample["number"]}])
    assert (well["channel"], well["number"], well["is_used"]) == (3, sample["number"], False)
    result = station.test(88.0, channel=3, is_alone=False)
    (row,) = client.ask("results")
    assert (row["id"], row["sample_number"], row["verdict"], row["stall"]) == (
        str(result),
        sample["number"],
        "fail",
        "A-12",
    )
    client.ask("link", result=row["id"], revision=1, who="w", why="放错孔位")
    assert client.ask("results", unlinked=True)[0]["who"] == "w"
    assert client.ask("amend", sample=sample["number"], revision=1, lot="L1")["revision"] == 2
    assert client.ask("sample", sample=sample["key"])["lot"] == "L1"
    assert [row["tests"] for row in client.ask("samples", text="A-12")] == [0]


def test_a_scanner_names_a_sample_or_is_told_that_it_is_in_the_wrong_field(client: AgentClient) -> None:
    sample = client.ask("register", request=uuid4(), code="6901234567892", commodity="韭菜")
    label = sample_code(sample["number"], UUID(sample["key"]))
    assert client.ask("scan", text=label, field="sample")["sample"]["commodity"] == "韭菜"
    assert client.ask("scan", text="6901234567892")["sample"]["number"] == sample["number"]
    assert client.ask("scan", text="S-017")["errors"]
    with pytest.raises(AskRefusedError) as refused:
        client.ask("scan", text=label, field="stall")
    assert (refused.value.reason, refused.value.facts["kind"]) == ("wrong_field", "sample")


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("nothing", {}, "bad_request"),
        ("register", {"request": "x"}, "bad_request"),
        ("register", {"request": str(uuid4()), "colour": "green"}, "bad_request"),
        ("register", {"request": str(uuid4()), "stall": "x" * 101}, "bad_request"),
        ("register", {"request": str(uuid4()), "like": "260110-999"}, "unknown_sample"),
        ("link", {"result": str(uuid4()), "revision": 0}, "unknown_result"),
        ("lay_out", {"device": "lz", "wells": [{"channel": 1, "sample": "no"}]}, "unknown_sample"),
        ("samples", {"limit": 100_000}, "bad_request"),
    ],
)
def test_a_request_that_cannot_be_done_is_refused_by_name(
    client: AgentClient, station: Station, name: str, fields: dict[str, object], reason: str
) -> None:
    with pytest.raises(AskRefusedError) as refused:
        client.ask(name, **fields)
    assert refused.value.reason == reason
    assert station.spool.recorded == 0
    assert client.ask("hello")


def test_a_full_disk_is_a_refusal_by_name(client: AgentClient, station: Station) -> None:
    station.turned.free = 0
    with pytest.raises(AskRefusedError) as refused:
        client.ask("register", request=uuid4())
    assert refused.value.reason == "no_room"
    station.turned.free = 1 << 40
    assert client.ask("register", request=uuid4())["number"] == "260110-001"


def test_half_a_request_is_nothing_and_garbage_costs_its_sender_alone(desk: Desk, client: AgentClient) -> None:
    half = raw(desk)
    half.sendall(json.dumps({"ask": "register", "request": str(uuid4())}).encode())  # killed before the line's end
    half.close()
    loud = raw(desk)
    loud.sendall(b"\xff\n[]\n{}\n")
    with loud.makefile() as lines:
        assert [json.loads(lines.readline())["refused"] for _ in range(3)] == ["bad_request"] * 3
    loud.sendall(b"x" * (MAX_LINE + 20_000))
    wait_for(lambda: _has_ended(loud), what="the end of the connection")
    loud.close()
    assert client.ask("samples") == []


def test_one_that_asks_and_never_listens_does_not_hold_up_the_others(desk: Desk, client: AgentClient) -> None:
    for _ in range(3):
        client.ask("register", request=uuid4(), commodity="韭菜" * 20)
    deaf = raw(desk)
    line = json.dumps({"ask": "samples", "limit": 200}).encode() + b"\n"
    deaf.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            deaf.send(line)
    assert len(client.ask("samples")) == 3
    deaf.close()


def test_more_screens_than_there_are_places_are_sent_away(desk: Desk, client: AgentClient) -> None:
    client.ask("hello")
    others = [AgentClient(desk.path) for _ in range(7)]
    for other in others:
        assert other.ask("hello")
    with AgentClient(desk.path) as one_too_many, pytest.raises(AgentAwayError):
        one_too_many.ask("hello")
    others[0].close()
    wait_for(lambda: _answers(desk.path), what="a free place")
    for other in others:
        other.close()


def _has_ended(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def _answers(path: Path) -> bool:
    with AgentClient(path) as client:
        try:
            return bool(client.ask("hello"))
        except AgentAwayError:
            return False


def test_news_wake_whoever_waits_for_them(desk: Desk, client: AgentClient, station: Station) -> None:
    after = station.spool.recorded
    heard: list[int] = []
    waiting = threading.Thread(target=lambda: heard.append(client.ask("wait", after=after, seconds=30)["recorded"]))
    waiting.start()
    station.register(items=(ITEM,))
    desk.bell.ring()
    waiting.join(20)
    assert heard == [after + 1]
    with AgentClient(desk.path) as other:
        assert other.ask("wait", after=after + 1, seconds=0.1) == {"recorded": after + 1}


def test_only_the_agents_own_user_may_connect_and_a_dead_agents_socket_is_no_hindrance(
    desk: Desk, station: Station
) -> None:
    assert stat.S_IMODE(desk.path.stat().st_mode) == 0o600
    with AgentClient(station.folder / "none.sock", deadline_s=1) as nobody, pytest.raises(AgentAwayError):
        nobody.ask("hello")
