"""Everything is killed at random points while results flow, each kind of process twice; nothing is lost, doubled or
altered, every failed sample has its alert, and every alert reached its receiver.

Real processes: three agents, ingest, server, broker (its store is wiped), PostgreSQL (durable); virtual analyzers of
both families on ptys. The schedule is seeded: SHIAN_CHAOS_SEED=7 repeats another one.
"""

import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Literal

import pytest

from edge.spool.file import FILE
from shian.local.broker import Kind, best_kind
from tests.support import processes
from tests.support.system import Agent, Analyzer, System, running
from tests.support.truth import Feeder, Truth
from tests.support.waiting import wait_for
from wire.codec import decode
from wire.kinds.result import ResultEvent

Victim = Literal["edge", "ingest", "server", "broker", "postgres"]
VICTIMS: tuple[Victim, ...] = ("edge", "ingest", "server", "broker", "postgres")
ROUNDS = 2
RATE = 12.0
DRAIN_S = 200.0
AGENTS = (
    Agent("chaos-1", (Analyzer("reader", "astm", "virtual-food"),)),
    Agent("chaos-2", (Analyzer("tester", "pesticide", "lz-4000t"),)),
    Agent("chaos-3", (Analyzer("reader", "astm", "virtual-food"), Analyzer("tester", "pesticide", "tl-310"))),
)


def recorded_by_the_edges(system: System) -> dict[bytes, ResultEvent]:
    """Return every result in every spool, by the hash of its exact bytes."""
    found: dict[bytes, ResultEvent] = {}
    for station in system.edges:
        uri = f"file:{system.data(station) / FILE}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as spool:
            for digest, body in spool.execute("SELECT hash, body FROM event"):
                event = decode(body)
                if isinstance(event, ResultEvent):
                    found[bytes.fromhex(digest)] = event
    return found


def kill(system: System, victim: Victim, rng: Random) -> Callable[[], None]:
    """Kill a process with -9, and return the function that starts it again."""
    match victim:
        case "edge":
            child = system.edges[rng.choice(sorted(system.edges))]
        case "ingest":
            child = system.ingest
        case "server":
            child = system.server
        case "broker":
            system.broker.kill(wipe=True)
            return system.broker.start
        case "postgres":
            system.postgres.kill()
            return system.postgres.start
    child.kill()
    return child.start


def kill_all_kinds_twice(system: System, feeder: Feeder, rng: Random) -> list[str]:
    """Kill each kind twice, and return the diary: the victim, and after how many results."""
    diary = []
    for _ in range(ROUNDS):
        for victim in rng.sample(VICTIMS, len(VICTIMS)):
            wait_for_more(feeder, rng.randint(5, 40))
            restart = kill(system, victim, rng)
            diary.append(f"{victim} after {len(feeder.made)}")
            wait_for_more(feeder, rng.randint(5, 30))
            restart()
    return diary


def wait_for_more(feeder: Feeder, count: int) -> None:
    wanted = len(feeder.made) + count
    wait_for(lambda: len(feeder.made) >= wanted, timeout_s=60, what="more results")


def stored(system: System) -> dict[tuple[str, str, str], list[float]]:
    """Return the values in the database by the name that the truth has for them."""
    rows = system.rows(
        f"SELECT station, device, measured_at AT TIME ZONE '{system.zone.key}', value FROM result WHERE role = 'sample'"
    )
    found: dict[tuple[str, str, str], list[float]] = {}
    for station, device, measured_at, value in rows:
        found.setdefault((station, device, measured_at.isoformat()), []).append(value)
    return found


def name(truth: Truth) -> tuple[str, str, str]:
    return truth.station, truth.device, truth.measured_at


@pytest.mark.chaos
@pytest.mark.parametrize("kind", ["iotcore", "mosquitto"])
def test_everything_is_killed_twice_and_nothing_is_lost_doubled_or_altered(
    kind: Kind, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if kind == "mosquitto" and best_kind() != kind:
        pytest.skip("no mosquitto on the PATH")
    seed = int(os.environ.get("SHIAN_CHAOS_SEED", "2"))
    rng = Random(f"{seed}-{kind}")
    with running(kind, AGENTS, seed=seed) as system:
        with Feeder(system, rng, RATE, tmp_path / "truth.jsonl") as feeder:
            wait_for_more(feeder, 10)
            diary = kill_all_kinds_twice(system, feeder, rng)
            wait_for_more(feeder, 10)
        truths = feeder.made
        wait_for(lambda: len(stored(system)) == len(truths), timeout_s=DRAIN_S, what="every test to be stored")
        system.wait_until_drained(DRAIN_S)
        wait_for(
            lambda: system.rows("SELECT count(*) FROM delivery WHERE state = 'waiting'") == [(0,)],
            timeout_s=DRAIN_S,
            what="every alert to be delivered",
        )
        report = compare(system, truths)
        with capsys.disabled():
            sys.stdout.write(f"\n  {kind}, seed {seed}: {len(truths)} tests made, {report}\n")
            sys.stdout.write(f"  killed: {', '.join(diary)}\n")
        verified = processes.run("verify", "--dsn", system.dsn)
        assert verified.returncode == 0, verified.stdout + verified.stderr


def compare(system: System, truths: list[Truth]) -> str:
    """Assert every promise, and return the figures for a person."""
    recorded = recorded_by_the_edges(system)
    ledger = Counter(bytes(row[0]) for row in system.rows("SELECT hash FROM event WHERE type = 'shian.result.v1'"))
    lost = recorded.keys() - ledger.keys()
    doubled = [digest for digest, count in ledger.items() if count > 1]
    assert not lost
    assert not doubled
    assert not ledger.keys() - recorded.keys()
    assert system.rows("SELECT count(*) FROM result") == [(len(recorded),)]

    values = stored(system)
    assert {key: found for key, found in values.items() if len(found) > 1} == {}
    altered = {
        name(truth): (truth.value, values.get(name(truth)))
        for truth in truths
        if values.get(name(truth)) != [truth.value]
    }
    assert altered == {}

    failed = [truth for truth in truths if truth.is_failed]
    alerts = system.rows("SELECT id, event FROM alert WHERE rule = 'failed_test'")
    assert len(alerts) == len({event for _, event in alerts}) == len(failed)
    of_failed = system.rows("SELECT event FROM result WHERE verdict = 'fail' AND role = 'sample'")
    assert {event for _, event in alerts} == {event for (event,) in of_failed}
    received = Counter(line["body"]["data"]["id"] for line in system.deliveries)
    assert {str(alert) for alert, _ in alerts} <= received.keys()
    return (
        f"{len(recorded)} recorded: lost {len(lost)}, doubled {len(doubled)}, altered {len(altered)}; "
        f"{len(failed)} failed, {len(alerts)} alerts, {sum(received.values())} deliveries taken"
    )
