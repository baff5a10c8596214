"""The support itself works: a real database and both brokers start, and die, twice."""

import psycopg
import pytest

from shian.local.broker import Kind, best_kind
from tests.support import services


def test_a_database_starts_dies_and_comes_back() -> None:
    with services.postgres() as server, services.database(server) as dsn:
        for _ in range(2):
            with psycopg.connect(dsn) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            server.kill()
            server.start()


@pytest.mark.parametrize("kind", ["iotcore", "mosquitto"])
def test_a_broker_starts_dies_and_comes_back(kind: Kind) -> None:
    if kind == "mosquitto" and best_kind() != kind:
        pytest.skip("no mosquitto on the PATH")
    with services.broker(kind) as broker:
        for _ in range(2):
            assert broker.is_running
            broker.kill(wipe=True)
            broker.start()
