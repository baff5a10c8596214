"""`shian verify` on a database that real processes filled, and that somebody then tampered with."""

import json
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from edge.spool.file import FILE
from shian.local.broker import best_kind
from tests.support import processes
from tests.support.system import Agent, Analyzer, System, running
from tests.support.truth import Feeder
from tests.support.waiting import wait_for

STATION = "verified-1"
AGENTS = (Agent(STATION, (Analyzer("reader", "astm", "virtual-food"),)), Agent("verified-2", ()))
CUT_STATION = "cut-1"
Connection = psycopg.Connection[Any]


def feed(system: System, count: int, folder: Path) -> None:
    with Feeder(system, Random(5), 40.0, folder / "truth.jsonl") as feeder:
        wait_for(lambda: len(feeder.made) >= count, timeout_s=60, what="tests to be made")
    wait_for(
        lambda: system.rows("SELECT count(*) FROM result") == [(len(feeder.made),)],
        timeout_s=60,
        what="every test to be stored",
    )
    system.wait_until_drained(60)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A whole ledger that may be copied: `source` is the DSN of a database without any user."""

    source: str
    admin: str

    @contextmanager
    def copy(self) -> Iterator[str]:
        name = f"copy_{uuid4().hex[:12]}"
        template = sql.Identifier(self.source.rsplit("/", 1)[1])
        with psycopg.connect(self.admin, autocommit=True) as connection:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), template)
            connection.execute(make)
        yield self.source.rsplit("/", 1)[0] + "/" + name


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    with running(best_kind(), AGENTS, seed=1, is_durable=False) as system:
        feed(system, 30, tmp_path_factory.mktemp("truth"))
        for child in (*system.edges.values(), system.ingest, system.server):
            child.stop()
        yield Ledger(system.dsn, system.dsn.rsplit("/", 1)[0] + "/template1")


def verify(dsn: str, *more: str) -> tuple[int, list[dict[str, Any]]]:
    done = processes.run("verify", "--dsn", dsn, "--json", *more)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_an_untouched_ledger_is_clean(ledger: Ledger) -> None:
    code, (summary,) = verify(ledger.source)
    assert code == 0
    assert summary["findings"] == 0
    assert summary["stations"] == 2
    assert summary["events"] > 30


def change(connection: Connection) -> None:
    connection.execute(
        "UPDATE event SET body = convert_to(replace(convert_from(body, 'UTF8'), '\"value\":', '\"value\":1'), 'UTF8')"
        " WHERE station = %s AND sequence = 9",
        [STATION],
    )


def change_with_its_hash(connection: Connection) -> None:
    change(connection)
    connection.execute("UPDATE event SET hash = sha256(body) WHERE station = %s AND sequence = 9", [STATION])


def change_a_typed_row(connection: Connection) -> None:
    connection.execute(
        "UPDATE result SET value = 0.5 FROM event"
        " WHERE event.id = result.event AND event.station = %s AND sequence = 9",
        [STATION],
    )


def remove(connection: Connection) -> None:
    connection.execute("DELETE FROM event WHERE station = %s AND sequence = 9", [STATION])


def swap(connection: Connection) -> None:
    for before, after in ((9, 1_000_000), (12, 9), (1_000_000, 12)):
        connection.execute(
            "UPDATE event SET sequence = %s WHERE station = %s AND sequence = %s", [after, STATION, before]
        )


@pytest.mark.parametrize(
    ("tamper", "kinds"),
    [
        (change, {"changed"}),
        (change_with_its_hash, {"changed"}),
        (change_a_typed_row, {"changed"}),
        (remove, {"removed"}),
        (swap, {"reordered"}),
    ],
)
def test_what_was_done_to_the_database_is_named(
    ledger: Ledger, tamper: Callable[[Connection], None], kinds: set[str]
) -> None:
    with ledger.copy() as dsn:
        with psycopg.connect(dsn) as connection:
            tamper(connection)
        code, (*findings, summary) = verify(dsn)
    assert code == 1
    assert {finding["station"] for finding in findings} == {STATION}
    assert kinds <= {finding["finding"] for finding in findings if finding["sequence"] == 9}
    assert summary["findings"] == len(findings)


def pass_by_an_added_limit(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO analyte_limit (code, item, standard, comparison, value, unit, valid_from, version)"
        " SELECT 'lenient-' || item, item, 'X 1', '>', 1e9, min(unit), '2020-01-01', 2 FROM result GROUP BY item"
    )
    connection.execute(
        "UPDATE result SET verdict = 'pass', decided_verdict = 'pass', decided_by = 'lenient-' || item"
        " WHERE verdict = 'fail'"
    )


def pass_by_another_limit(connection: Connection) -> None:
    connection.execute(
        "UPDATE result SET verdict = 'pass', decided_verdict = 'pass', decided_by = 'pesticide-inhibition-448'"
        " WHERE verdict = 'fail'"
    )


def drop_a_limit(connection: Connection) -> None:
    connection.execute("DELETE FROM analyte_limit")


def drop_a_limit_unseen(connection: Connection) -> None:
    connection.execute("ALTER TABLE analyte_limit DISABLE TRIGGER ALL")
    drop_a_limit(connection)


def delete_alerts(connection: Connection) -> None:
    for table in ("delivery_attempt", "delivery", "alert_step", "alert"):
        connection.execute(f"DELETE FROM {table}".encode())


def resolve_by_hand(connection: Connection) -> None:
    connection.execute("UPDATE alert SET state = 'resolved'")


def change_counts(connection: Connection) -> None:
    connection.execute("UPDATE daily_station SET failed = failed + 1")
    connection.execute("UPDATE daily_result SET tests = tests + 1")


@pytest.mark.parametrize(
    ("tamper", "kinds"),
    # The devices said that these tests failed: verdicts that disagree have an alert of their own.
    [
        (pass_by_an_added_limit, {"verdict", "alert", "count"}),
        (pass_by_another_limit, {"verdict", "alert", "count"}),
        (drop_a_limit_unseen, {"limit"}),
        (delete_alerts, {"alert"}),
        (resolve_by_hand, {"alert"}),
        (change_counts, {"count"}),
    ],
)
def test_what_follows_from_the_events_and_was_changed_is_named(
    ledger: Ledger, tamper: Callable[[Connection], None], kinds: set[str]
) -> None:
    with ledger.copy() as dsn:
        with psycopg.connect(dsn) as connection:
            assert connection.execute("SELECT count(*) > 0 FROM result WHERE verdict = 'fail'").fetchone() == (True,)
            tamper(connection)
        code, (*findings, _) = verify(dsn)
    assert code == 1
    assert {finding["finding"] for finding in findings} == kinds


def test_the_kinds_that_are_derived_have_words_in_both_languages(ledger: Ledger) -> None:
    with ledger.copy() as dsn:
        with psycopg.connect(dsn) as connection:
            drop_a_limit_unseen(connection)
            resolve_by_hand(connection)
            change_counts(connection)
        chinese = processes.run("verify", "--dsn", dsn, language="zh_CN.UTF-8").stdout
        english = processes.run("verify", "--dsn", dsn).stdout
    for text in ("限量表被改动 (limit): 全区", "预警缺失或与其处理记录不符 (alert)", "日统计与明细不符 (count)"):
        assert text in chinese
    for text in ("limit table changed (limit): the district", "its steps say (alert)", "daily count differs (count)"):
        assert text in english


def test_one_station_can_be_verified_alone(ledger: Ledger) -> None:
    with ledger.copy() as dsn:
        with psycopg.connect(dsn) as connection:
            remove(connection)
        assert verify(dsn, "--station", "verified-2")[0] == 0
        assert verify(dsn, "--station", STATION)[0] == 1


def refused(*arguments: str) -> "subprocess.CompletedProcess[str]":
    done = processes.run("verify", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    return done


def test_what_cannot_be_checked_is_said_with_exit_code_2(ledger: Ledger, empty_dsn: str) -> None:
    assert "no station 'nowhere'" in refused("--dsn", ledger.source, "--station", "nowhere").stderr
    assert "never migrated" in refused("--dsn", empty_dsn).stderr
    assert "could not be checked" in refused("--dsn", "postgresql://127.0.0.1:1/x").stderr


def test_an_event_cut_from_a_spool_is_a_named_gap(tmp_path: Path) -> None:
    agents = (Agent(CUT_STATION, (Analyzer("tester", "pesticide", "lz-4000t"),)),)
    with running(best_kind(), agents, seed=2, is_durable=False) as system:
        feed(system, 5, tmp_path)
        edge = system.edges[CUT_STATION]
        system.broker.stop()
        with Feeder(system, Random(6), 40.0, tmp_path / "later.jsonl") as feeder:
            wait_for(lambda: len(feeder.made) >= 6, timeout_s=60)
        wait_for(lambda: system.waiting(CUT_STATION) >= len(feeder.made), timeout_s=60, what="the spool to fill")
        edge.kill()
        cut = _cut(system.data(CUT_STATION))
        system.broker.start()
        edge.start()
        wait_for(lambda: system.waiting(CUT_STATION) == 0, timeout_s=60, what="the rest to be received")
        code, (*findings, _) = verify(system.dsn)
    assert code == 1
    named = [finding for finding in findings if finding["finding"] == "gap"]
    assert [(place["station"], place["sequence"]) for place in named] == [(CUT_STATION, cut)]


def _cut(folder: Path) -> int:
    """Take the second waiting result out of the spool as if it had never been."""
    with closing(sqlite3.connect(folder / FILE)) as spool, spool:
        (sequence,) = spool.execute(
            "SELECT sequence FROM outbox JOIN event USING (sequence)"
            " WHERE instr(body, 'shian.result.v1') ORDER BY sequence LIMIT 1 OFFSET 1"
        ).fetchone()
        spool.execute("DELETE FROM outbox WHERE sequence = ?", [sequence])
        spool.execute("DELETE FROM event WHERE sequence = ?", [sequence])
    return int(sequence)
