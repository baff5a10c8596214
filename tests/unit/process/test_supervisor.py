import threading
from random import Random

from process.supervisor import Supervisor, Worker
from process.watched import Turns
from tests.support.waiting import wait_for


class BrokenError(Exception):
    """No restart can help."""


def test_a_crash_is_counted_told_and_followed_by_a_restart_while_others_work_on() -> None:
    stop, told, counted, runs = threading.Event(), list[str](), list[str](), list[int]()
    steady = threading.Event()

    def crash(_stop: threading.Event) -> None:
        runs.append(1)
        if len(runs) < 3:
            raise ValueError(f"crash {len(runs)}")
        _stop.wait()

    def tell(what: str) -> None:
        told.append(what)
        raise RuntimeError("telling fails as well")

    def work(_stop: threading.Event) -> None:
        steady.set()
        _stop.wait()

    broken: list[Exception] = []
    supervisor = Supervisor(
        random=Random(1), count=counted.append, fatal=(BrokenError,), on_fatal=broken.append, first_s=0.01
    )
    threads = [
        supervisor.start(Worker("bad", crash, tell), Turns(stop)),
        supervisor.start(Worker("good", work, tell), Turns(stop)),
    ]
    wait_for(lambda: len(runs) == 3)
    assert steady.wait(60)
    stop.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert told == ["ValueError('crash 1')", "ValueError('crash 2')"]
    assert counted == ["bad", "bad"]
    assert broken == []


def test_an_error_that_no_restart_can_help_ends_the_worker_for_good() -> None:
    broken: list[Exception] = []
    runs: list[int] = []
    damage = BrokenError("malformed")

    def find_damage(_: threading.Event) -> None:
        runs.append(1)
        raise damage

    supervisor = Supervisor(
        random=Random(1), count=lambda _: None, fatal=(BrokenError,), on_fatal=broken.append, first_s=0.01
    )
    supervisor.start(Worker("device", find_damage), Turns(threading.Event())).join(10)
    assert (runs, broken) == ([1], [damage])
