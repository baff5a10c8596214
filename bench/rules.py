"""The cost of own rules: the judgement of one event by 100 rules, and ingest's rate with 100 rules against none.

    ./dev bench rules [--events 20000] [--rounds 3] [--rules 100]

The rules differ as a district's would: half of them name an item or foods that the event is not, a quarter compare its
value, a quarter ask for more. None holds, so that no alert is paid for. The two rates are taken by turns in one run.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg

from bench.ingest import Message, make_events, measure
from ingest.verdict import judged
from storage.deeds import SYSTEM
from storage.rules import table
from storage.rules.engine import Engine, Named
from storage.rules.facts import Place, Taken
from storage.rules.rule import EventRule
from storage.steps import run
from tests.support.station import ChainedStation, result
from wire import codec
from wire.clocks import Moment
from wire.kinds.result import ResultEvent
from wire.terms import Verdict
from wire.verdicts import Decision

_TURNS = 20_000
_TITLE = {"en": "Bench", "zh": "测试"}


def own_rules(count: int) -> dict[str, EventRule]:
    """Return so many rules, none of which holds for the events of the benchmark."""
    made = {}
    for number in range(count):
        when = (
            f'item == "item_{number}" && value >= {number}.0',
            f'value > 90.0 && sample != "{number}"',
            f'commodity in ["韭菜", "小葱", "{number}"] && value >= 40.0',
            f'verdict == "pass" && unit == "%" && value > 95.5 && time < "23:59" && flags.exists(f, f == "{number}")',
        )[number % 4]
        rule = EventRule.model_validate({"on": "result", "when": when, "severity": "info", "title": _TITLE})
        made[f"bench_{number}"] = rule
    return made


def judge_one(count: int) -> float:
    """Return the microseconds in which `count` rules judge one event: the best of five rounds of this thread's time."""
    engine = Engine(Named(name, rule, 1) for name, rule in own_rules(count).items())
    event = codec.decode(ChainedStation("market-1").add(result(12.5, device_verdict=None)))
    assert isinstance(event, ResultEvent)
    now = datetime.now(UTC)
    ruling = judged(
        event, "market-1", "tester-1", Moment(now, True), day=now.date(), decision=Decision(Verdict.PASS, None, ())
    )
    taken = Taken(event.data, Place("market-1", "market", ("east", "city")), "tester-1", now, now, ruling)
    best = float("inf")
    for _ in range(5):
        began = time.thread_time()
        for _ in range(_TURNS // 5):
            engine.judge("result", taken)
        best = min(best, (time.thread_time() - began) / (_TURNS // 5) * 1e6)
    return best


def keep(connection: psycopg.Connection[Any], count: int) -> None:
    """Keep the rules in the database that ingest will read."""
    with connection.cursor() as cursor:
        for name, rule in own_rules(count).items():
            run(cursor, table.put(name, rule, actor=SYSTEM, now=datetime.now(UTC)))


def compare(messages: Sequence[Message], rounds: int, count: int) -> None:
    """Print ingest's rate with the rules against none, by turns in one run."""
    rates: dict[int, list[float]] = {0: [], count: []}
    costs: dict[int, list[float]] = {0: [], count: []}
    for number in range(rounds):
        # By turns also in their order: whatever else runs on the machine favours neither.
        for rules_now in (0, count) if number % 2 else (count, 0):
            rate, cpu = measure(messages, 1, prepare=lambda connection, many=rules_now: keep(connection, many))  # type: ignore[misc]
            rates[rules_now].append(rate)
            costs[rules_now].append(cpu)
            load = os.getloadavg()[0]
            print(f"  {rules_now} rules: {rate:,.0f}/s, {cpu:.0f} us of CPU an event, load {load:.1f}", flush=True)
    none, many = statistics.median(rates[0]), statistics.median(rates[count])
    cheap, dear = statistics.median(costs[0]), statistics.median(costs[count])
    print(f"median: no rules {none:,.0f}/s, {count} rules {many:,.0f}/s = {many / none:.2f} (aim 0.9)")
    print(f"CPU an event: {cheap:.0f} us, {dear:.0f} us = {cheap / dear:.2f}")
    print(json.dumps({"none": round(none), "rules": round(many), "cpu_none": round(cheap), "cpu_rules": round(dear)}))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rules", type=int, default=100)
    options = parser.parse_args()
    for count in (1, 10, options.rules):
        print(f"{count} rules: {judge_one(count):.1f} us an event (aim: under 50 for 100)", flush=True)
    if options.rounds:
        compare(make_events(options.events), options.rounds, options.rules)


if __name__ == "__main__":
    main()
