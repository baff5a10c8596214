"""With TimescaleDB loaded, the tables that only grow with time become hypertables; without it nothing happens.

Not a numbered migration: the extension may come to a server later, so `migrate` asks at every run. The ledger (event)
stays a plain table, because a hypertable cannot keep unique (stream, sequence). Nothing is dropped by age here:
results are records, and how long readings are kept is for the district to say.
"""

from typing import Any

import psycopg
from psycopg import sql

from storage.kinds import WITH_ROWS

_CHUNK = "7 days"
# What comes late goes into compressed chunks. Measured on 2.17 and 2.28: with segmentby = 'station' one such row costs
# 65 ms, in this order without segments 0.9 ms; and few stations are away for three months.
_COMPRESS_AFTER = "90 days"
_ORDER = "recorded_at DESC, event DESC"


def is_loaded(connection: psycopg.Connection[Any]) -> bool:
    """Return True when this server was started with TimescaleDB; CREATE EXTENSION would fail on one that was not. A
    setting of its loader tells: `shared_preload_libraries` itself may be read by superusers alone."""
    row = connection.execute("SELECT current_setting('timescaledb.disable_load', true) IS NOT NULL").fetchone()
    return bool(row and row[0])


def make_hypertables(connection: psycopg.Connection[Any]) -> bool:
    """Make the hypertables, any number of times. Return False without TimescaleDB: the tables stay as they are."""
    if not is_loaded(connection):
        return False
    connection.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
    for table in (typed.table.name for typed in WITH_ROWS.values()):
        with connection.transaction():
            connection.execute(
                "SELECT create_hypertable(%s::regclass, 'recorded_at', chunk_time_interval => %s::interval,"
                " if_not_exists => true, migrate_data => true)",
                [table, _CHUNK],
            )
            connection.execute(
                sql.SQL(
                    "ALTER TABLE {} SET (timescaledb.compress, timescaledb.compress_segmentby = '',"
                    " timescaledb.compress_orderby = {})"
                ).format(sql.Identifier(table), sql.Literal(_ORDER))
            )
            # Made anew: the policy of an earlier version compressed after 30 days.
            connection.execute("SELECT remove_compression_policy(%s::regclass, if_exists => true)", [table])
            connection.execute(
                "SELECT add_compression_policy(%s::regclass, %s::interval, if_not_exists => true)",
                [table, _COMPRESS_AFTER],
            )
    return True
