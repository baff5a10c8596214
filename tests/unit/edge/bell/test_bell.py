"""The lamp of a station: it turns on at a failed test, off when all were seen, and holds nothing up."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from edge.bell.command import lacks, run
from edge.bell.settings import BellSettings
from edge.bell.worker import StationBell
from edge.metrics import Metrics
from edge.samples.client import AgentClient
from edge.settings import EdgeSettings
from tests.support.edge_station import cable, running, settings_document
from tests.support.line_family import line
from tests.support.waiting import wait_for

LATER_S = 60.0


def program(path: Path, *lines: str) -> str:
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def lamp(tmp_path: Path) -> tuple[str, Path]:
    """Return a lamp's program, and the file into which it writes each of its arguments."""
    book = tmp_path / "lamp.txt"
    return program(tmp_path / "lamp", f'echo "$1" >> {book}'), book


def said(book: Path) -> list[str]:
    return book.read_text().split() if book.exists() else []


@contextmanager
def ringing(settings: BellSettings, has_unseen: Callable[[], bool] = lambda: True) -> Iterator[StationBell]:
    metrics = Metrics(CollectorRegistry())
    bell = StationBell(settings, has_unseen=has_unseen, failures=metrics.bell_failures, clock=lambda: datetime.now(UTC))
    stop = threading.Event()
    thread = threading.Thread(target=bell.run, args=(stop,))
    thread.start()
    try:
        yield bell
    finally:
        stop.set()
        thread.join(LATER_S)
        assert not thread.is_alive()


def test_a_failed_test_turns_it_on_and_the_last_one_that_is_seen_turns_it_off(lamp: tuple[str, Path]) -> None:
    path, book = lamp
    unseen = [False]
    with ringing(BellSettings(failed=(path, "on"), seen=(path, "off")), lambda: unseen[0]) as bell:
        wait_for(lambda: said(book) == ["off"], timeout_s=LATER_S, what="what holds at the start")
        unseen[0] = True
        bell.ring()
        wait_for(lambda: said(book) == ["off", "on"], timeout_s=LATER_S, what="the lamp")
        bell.look()  # one of two was seen
        bell.ring()
        wait_for(lambda: said(book)[2:] == ["on"], timeout_s=LATER_S, what="the second failed test")
        unseen[0] = False
        bell.look()
        wait_for(lambda: said(book)[3:] == ["off"], timeout_s=LATER_S, what="the end")
        wait_for(lambda: bell.state and bell.state.rung == 4, timeout_s=LATER_S, what="the count")
        assert bell.state is not None
        assert (bell.state.failures, bell.state.trouble) == (0, "")


def test_after_a_power_cut_it_is_on_again(lamp: tuple[str, Path]) -> None:
    path, book = lamp
    with ringing(BellSettings(failed=(path, "on"), seen=(path, "off"))):
        wait_for(lambda: said(book) == ["on"], timeout_s=LATER_S, what="the lamp")


def test_whoever_rings_waits_for_nothing_and_what_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    grandchild = tmp_path / "grandchild"
    # A run that is over before it has named its grandchild is followed by another; a name is whole or not there.
    written = f"echo $! > {grandchild}.new && mv {grandchild}.new {grandchild}"
    hangs = program(tmp_path / "hangs", "sleep 1000 &", written, "wait")
    with ringing(BellSettings(failed=(hangs,), deadline_s=2.0)) as bell:

        def is_named() -> bool:
            bell.ring()
            return grandchild.exists()

        wait_for(is_named, timeout_s=LATER_S, what="the command")
        for _ in range(1000):
            bell.ring()
        wait_for(lambda: bell.state and bell.state.failures, timeout_s=LATER_S, what="the deadline")
        assert bell.state is not None
        assert "2 s" in bell.state.trouble
        wait_for(lambda: not is_alive(int(grandchild.read_text())), timeout_s=LATER_S, what="the end of all of it")


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_failure_is_counted_and_the_next_success_ends_it(tmp_path: Path) -> None:
    switch = tmp_path / "works"
    path = program(tmp_path / "lamp", f"test -e {switch}")
    with ringing(BellSettings(failed=(path,))) as bell:
        bell.ring()
        wait_for(lambda: bell.state and bell.state.failures == 1, timeout_s=LATER_S, what="the failure")
        assert bell.state is not None
        assert bell.state.trouble == f"{path}: exit code 1"
        switch.touch()
        bell.ring()
        wait_for(lambda: bell.state and bell.state.rung == 1, timeout_s=LATER_S, what="the success")
        assert (bell.state.failures, bell.state.trouble) == (1, "")


def test_nothing_of_a_shell_is_in_it(lamp: tuple[str, Path]) -> None:
    path, book = lamp
    assert run([path, "$(id);on"], 30) == ""
    assert book.read_text() == "$(id);on\n"


@pytest.mark.parametrize("argv", [["/no/such/program"], ["/etc/passwd"], ["/etc"]])
def test_what_cannot_run_is_told_before_and_when_it_should(argv: list[str]) -> None:
    assert lacks(argv)
    assert run(argv, 30).startswith(argv[0])


def test_a_name_without_its_path_is_told_before() -> None:
    assert lacks(["true"])
    assert not lacks(["/bin/true"])


@pytest.mark.parametrize(
    "bell", [{"failed": [""]}, {"failed": "/bin/true"}, {"deadline_s": 0}, {"ring": ["/bin/true"]}]
)
def test_settings_that_are_no_command_are_refused(bell: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="bell"):
        EdgeSettings.model_validate({"station": "m1", "bell": bell})


def test_the_agent_rings_shows_it_and_goes_on_when_the_lamp_is_broken(tmp_path: Path, lamp: tuple[str, Path]) -> None:
    path, book = lamp
    document = settings_document(tmp_path, 1, bell={"failed": [path, "on"], "seen": [path, "off"]})
    with cable(tmp_path) as cord, running(document) as agent, AgentClient(tmp_path / "data" / "agent.sock") as client:
        wait_for(lambda: said(book) == ["off"], timeout_s=LATER_S, what="what holds at the start")
        cord.write(line("1", "88.0"))
        wait_for(lambda: said(book) == ["off", "on"], timeout_s=LATER_S, what="the lamp")
        (case,) = client.ask("cases")
        client.ask("handle", request=uuid4(), result=case["unseen"][0], step="held", who="w")
        client.ask("handle", request=uuid4(), result=case["unseen"][0], step="seen", who="w")
        wait_for(lambda: said(book)[2:] == ["off"], timeout_s=LATER_S, what="the end")
        Path(path).unlink()
        sample = client.ask("register", request=uuid4(), commodity="韭菜")
        typed = {"sample": sample["number"], "item": "pesticide_inhibition", "verdict": "fail", "who": "w"}
        client.ask("type_result", request=uuid4(), **typed)
        wait_for(lambda: client.ask("state")["bell"]["failures"] == 1, timeout_s=LATER_S, what="the failure")
        assert path in client.ask("state")["bell"]["trouble"]
        assert agent.metrics.registry.get_sample_value("shian_edge_bell_failures_total") == 1
        before = agent.devices[0].intake.results
        cord.write(line("2", "1.0"))
        wait_for(lambda: agent.devices[0].intake.results > before, timeout_s=LATER_S, what="the next result")
