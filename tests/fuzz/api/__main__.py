# ruff: noqa: T201 - a tool for people
"""Ask every operation of the API by callers with other rights, on a server and a PostgreSQL of its own:

    ./dev fuzz                          # 25 requests an operation and caller
    ./dev fuzz --examples 300 --seed 7

Prints the answers by operation and caller, and each request that got one which it may not get; the exit code is 1 then.
"""

import argparse
import logging
import os
import sys
import tempfile
from pathlib import Path

import structlog

from storage.migrate import migrate
from tests.fuzz.api.asking import run, served
from tests.support import services
from tests.support.desk import desk


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="Ask every operation of the API.")
    parser.add_argument("--examples", type=int, default=25, help="requests an operation and caller")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    os.umask(0o077)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with (
        tempfile.TemporaryDirectory() as folder,
        services.postgres() as server,
        services.database(server) as dsn,
    ):
        migrate(dsn, roles=services.ROLES)
        with desk(dsn) as centre, served(dsn, centre, Path(folder)) as (district, routes):
            outcome = run(district, routes, examples=arguments.examples, first=arguments.seed)
    print("\n".join(outcome.table()))
    asked = sum(sum(one.total() for one in by_caller.values()) for by_caller in outcome.answers.values())
    print(f"\n{len(outcome.answers)} operations, {asked} requests, {len(outcome.faults)} wrong answers")
    print("\n".join(outcome.faults))
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
