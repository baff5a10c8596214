import threading
from random import Random

from prometheus_client import CollectorRegistry

from edge.errors import SpoolBrokenError
from edge.metrics import Metrics
from edge.supervisor import Supervisor, Worker
from tests.support.waiting import wait_for


def test_a_crash_is_counted_told_and_followed_by_a_restart_while_others_work_on() -> None:
    metrics, stop, told, runs = Metrics(CollectorRegistry()), threading.Event(), list[str](), list[int]()
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

    broken: list[int] = []
    supervisor = Supervisor(metrics=metrics, random=Random(1), on_broken=lambda: broken.append(1), first_s=0.01)
    threads = [
        supervisor.start(Worker("bad", crash, tell), stop),
        supervisor.start(Worker("good", work, tell), stop),
    ]
    wait_for(lambda: len(runs) == 3)
    assert steady.is_set()
    stop.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert told == ["ValueError('crash 1')", "ValueError('crash 2')"]
    assert metrics.registry.get_sample_value("shian_edge_worker_restarts_total", {"worker": "bad"}) == 2
    assert broken == []


def test_a_damaged_spool_is_not_restarted_upon() -> None:
    broken: list[int] = []
    runs: list[int] = []

    def find_damage(_: threading.Event) -> None:
        runs.append(1)
        raise SpoolBrokenError("malformed")

    supervisor = Supervisor(
        metrics=Metrics(CollectorRegistry()), random=Random(1), on_broken=lambda: broken.append(1), first_s=0.01
    )
    supervisor.start(Worker("device", find_damage, lambda _: None), threading.Event()).join(10)
    assert (runs, broken) == ([1], [1])
