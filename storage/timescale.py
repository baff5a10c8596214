"""With TimescaleDB loaded, the tables that only grow with time become hypertables; without it nothing happens.

Not a numbered migration: the extension may come to a server later, so `migrate` asks at every run. The ledger (event)
stays a plain table, because a hypertable cannot keep unique (stream, sequence). Nothing is dropped by age here:
results are records, and how long readings are kept is for the district to say.
"""

from typing import Any

import psycopg
from psycopg import sql

_TABLES = ("result", "sample", "reading", "camera_event")
_CHUNK = "7 days"
_COMPRESS_AFTER = "30 days"


def is_loaded(connection: psycopg.Connection[Any]) -> bool:
    """Whether this server was started with TimescaleDB; CREATE EXTENSION would fail on one that was not."""
    row = connection.execute("SELECT current_setting('shared_preload_libraries') ~ '\\mtimescaledb\\M'").fetchone()
    return bool(row and row[0])


def make_hypertables(connection: psycopg.Connection[Any]) -> bool:
    """Idempotent. False: there is no TimescaleDB, and the tables stay as they are."""
    if not is_loaded(connection):
        return False
    connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    for table in _TABLES:
        with connection.transaction():
            connection.execute(
                "SELECT create_hypertable(%s::regclass, 'recorded_at', chunk_time_interval => %s::interval,"
                " if_not_exists => true, migrate_data => true)",
                [table, _CHUNK],
            )
            connection.execute(
                sql.SQL(
                    "ALTER TABLE {} SET (timescaledb.compress, timescaledb.compress_segmentby = 'station',"
                    " timescaledb.compress_orderby = 'recorded_at DESC')"
                ).format(sql.Identifier(table))
            )
            connection.execute(
                "SELECT add_compression_policy(%s::regclass, %s::interval, if_not_exists => true)",
                [table, _COMPRESS_AFTER],
            )
    return True
