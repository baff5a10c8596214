"""Some agents in one process, for bench.comeback: `python -m bench.comeback_station FOLDER PORT EVENTS FAILED NAME...`

Real agents without devices; tests that an analyzer would bring are put into their spools. Told by lines on standard
input: `go` (connect), `fail NAME NUMBER` (a test fails now; answered with `failed NUMBER TIME`), `end`.
"""

import argparse
import sys
import threading
import time
from pathlib import Path

from uuid_utils.compat import uuid7

from edge.agent import Agent
from edge.settings import EdgeSettings
from edge.spool.rows import Draft
from process import logs
from wire.events import source_of
from wire.kinds.result import ResultV1
from wire.kinds.sample import SampleV1
from wire.terms import Lane

_PAGE = 100
_BYTES = 260  # of the analyzer's own record, in base64: an event has about 900 bytes


def tested(station: str, number: str, *, is_failed: bool) -> Draft:
    """Return a test as a device brings it."""
    result = ResultV1(
        identity=uuid7().hex * 2,
        adapter="pesticide",
        profile="lz-4000t",
        item="pesticide_inhibition",
        item_name="农药残留",
        sample=SampleV1(number=number, commodity="菠菜"),
        value=88.0 if is_failed else 12.5,
        value_text="88.0" if is_failed else "12.5",
        unit="%",
        raw="A" * _BYTES,
    )
    return Draft(result, source_of(station, "tester-1"), Lane.URGENT if is_failed else Lane.NORMAL)


def make(folder: Path, port: int, station: str) -> Agent:
    document = {
        "station": station,
        "data": str(folder / station),
        "log_level": "error",
        "broker": {"port": port},
        "uplink": {"reconnect_s": 0.2, "reconnect_longest_s": 2.0},
        "spool": {"min_free_mib": 1},
    }
    return Agent(EdgeSettings.model_validate(document))


def fill(agent: Agent, station: str, events: int, failed: float) -> None:
    """Record `events` tests that were never sent. The share `failed` of them fails, spread evenly."""
    every = round(1 / failed) if failed else events + 1
    agent.spool.open()
    for start in range(0, events, _PAGE):
        numbers = range(start, min(start + _PAGE, events))
        agent.spool.record([tested(station, str(number), is_failed=number % every == every - 1) for number in numbers])
    agent.spool.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, kind in (("folder", Path), ("port", int), ("events", int), ("failed", float)):
        parser.add_argument(name, type=kind)
    parser.add_argument("names", nargs="+")
    options = parser.parse_args()
    logs.configure("error")
    agents = {name: make(options.folder, options.port, name) for name in options.names}
    for name, agent in agents.items():
        fill(agent, name, options.events, options.failed)
    print("filled", flush=True)
    stop = threading.Event()
    threads = [threading.Thread(target=agent.run, args=(stop,)) for agent in agents.values()]
    for line in sys.stdin:
        match line.split():
            case ["go"]:
                for thread in threads:
                    thread.start()
                while not all(agent.spool.is_open for agent in agents.values()):
                    time.sleep(0.01)
            case ["fail", name, number]:
                agents[name].spool.record([tested(name, number, is_failed=True)])
                print("failed", number, time.time(), flush=True)
            case _:
                break
    stop.set()
    for thread in threads:
        thread.join(20)


if __name__ == "__main__":
    main()
