"""The desk of a whole agent: its results find their samples, and kill -9 costs no number."""

import os
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

from edge.samples.client import AgentAwayError, AgentClient
from shian.local.broker import LocalBroker
from tests.support.centre import Centre
from tests.support.edge_station import cable, edge_process, running, settings_document
from tests.support.line_family import line
from tests.support.waiting import wait_for
from wire.kinds.link import LinkEvent
from wire.kinds.sample import SampleEvent
from wire.terms import LinkRule

SEED = int(os.environ.get("SHIAN_TEST_SEED", "42"))


def test_a_result_finds_the_sample_that_waits_and_the_centre_has_both(broker: LocalBroker, tmp_path: Path) -> None:
    station = f"m-{uuid4().hex[:8]}"
    with Centre(broker.port, station) as centre, cable(tmp_path) as cord:
        with (
            running(settings_document(tmp_path, broker.port, station)),
            AgentClient(tmp_path / "data" / "agent.sock") as agent,
        ):
            wait_for(lambda: _asked(agent, "hello"), what="the desk")
            sample = agent.ask(
                "register", request=uuid4(), commodity="韭菜", stall="A-12", items=["pesticide_inhibition"]
            )
            after = agent.ask("hello")["recorded"]
            cord.write(line("1", "88.0"))
            assert agent.ask("wait", after=after, seconds=30)["recorded"] > after
            wait_for(lambda: len(centre.events()) >= 4, timeout_s=30, what="the centre")
            wait_for(lambda: agent.ask("results")[0]["link_state"] == "received", what="the receipts")
        (result,) = centre.results()
        (link,) = [event.data for event in centre.events() if isinstance(event, LinkEvent)]
    assert (link.result, str(link.sample), link.rule) == (result.id, sample["key"], LinkRule.ONLY_ONE)
    assert (result.data.sample.stall, result.data.sample.commodity) == ("A-12", "韭菜")


def _asked(agent: AgentClient, name: str) -> Any:
    try:
        return agent.ask(name)
    except AgentAwayError:
        return None


def test_kill_9_costs_no_number_and_gives_none_twice(tmp_path: Path) -> None:
    random = Random(SEED)
    given: list[str] = []
    # Nobody is at the broker's port: the station is alone.
    with edge_process(tmp_path, settings_document(tmp_path, 1, "alone", device=[])) as edge:
        for _ in range(4):
            with AgentClient(tmp_path / "data" / "agent.sock", deadline_s=60) as agent:
                wait_for(lambda: _asked(agent, "hello"), timeout_s=60, what="the desk")
                count = random.randint(1, 20)
                given += [agent.ask("register", request=uuid4())["number"] for _ in range(count)]
            edge.kill()
            edge.start()
        with AgentClient(tmp_path / "data" / "agent.sock") as agent:
            wait_for(lambda: _asked(agent, "hello"), timeout_s=60, what="the desk")
            listed = [row["number"] for row in agent.ask("samples", limit=200)]
    assert len(set(given)) == len(given)
    assert sorted(listed) == sorted(given)


def test_the_events_of_samples_are_those_that_were_answered(broker: LocalBroker, tmp_path: Path) -> None:
    station = f"m-{uuid4().hex[:8]}"
    document = settings_document(tmp_path, broker.port, station, device=[])
    with Centre(broker.port, station) as centre:
        with running(document, is_awaited=False), AgentClient(tmp_path / "data" / "agent.sock") as agent:
            wait_for(lambda: _asked(agent, "hello"), what="the desk")
            numbers = [agent.ask("register", request=uuid4())["number"] for _ in range(30)]
            wait_for(lambda: len([e for e in centre.events() if isinstance(e, SampleEvent)]) == 30, what="the samples")
        assert [e.data.number for e in centre.events() if isinstance(e, SampleEvent)] == numbers
        centre.assert_whole()
