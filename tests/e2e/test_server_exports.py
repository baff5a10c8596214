"""Slow readers of files: they block nobody but themselves."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest

from tests.support.server import Served, add_result, add_station, serving
from tests.support.waiting import wait_for

# More than the buffers between the server and a reader that takes nothing.
ROWS = 40_000
COPIES = """
INSERT INTO result SELECT (jsonb_populate_record(
    r, jsonb_build_object('event', gen_random_uuid(), 'identity', '\\x' || md5(n::text) || md5(n::text)))).*
FROM result AS r, generate_series(1, %s) AS n
"""


@pytest.fixture
def server(dsn: str) -> Iterator[Served]:
    with psycopg.connect(dsn, autocommit=True) as database:
        add_station(database, "m1")
        add_result(database, "m1", vendor="x" * 150)
        database.execute(COPIES, [ROWS])
    with serving(dsn, limits={"proxies": ["127.0.0.0/8"]}) as site:
        yield site


def test_two_slow_readers_keep_the_files_from_nobody_else(server: Served) -> None:
    path = "/api/v1/results.csv"

    def as_(address: str) -> dict[str, Any]:
        return {"headers": {"X-Forwarded-For": address}}

    with ExitStack() as held:
        for _ in range(2):
            slow = held.enter_context(server.client.stream("GET", path, **as_("192.0.2.1")))
            assert slow.status_code == 200
        refused = server.client.get(path, **as_("192.0.2.1"))
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:shian:problem:too-many-exports")
        assert refused.headers["retry-after"]
        answer = server.client.get(path, **as_("192.0.2.2"))
        assert answer.status_code == 200
        assert answer.text.count("\n") == ROWS + 2
    wait_for(lambda: server.client.get(path, **as_("192.0.2.1")).status_code == 200, what="places again")
