"""The walk finds a stream's typed rows by their keys: reading all results once a stream would be a year for each."""

from storage import typed_sql
from tests.support.desk import Desk

# Wide rows: reading the whole table costs more than finding a piece of a stream's rows in it.
_RESULTS = """
INSERT INTO result (event, recorded_at, station, device, received_at, adapter, profile, identity, item, role, origin,
    verdict, decided_verdict, value_text)
SELECT md5(n::text)::uuid, now(), 'market-1', 'tester-1', now(), 'a', 'p', '', 'nitrite', 'control', 'instrument',
    'pass', 'pass', repeat('x', 1500)
FROM generate_series(1, 15000) AS n
"""
_EVENTS = """
INSERT INTO event (stream, sequence, id, station, type, recorded_at, previous, hash, body)
SELECT md5((n / 3000)::text)::uuid, n, event, station, 'shian.result.v1', recorded_at, '', '', ''
FROM generate_series(1, 12000) AS n JOIN result ON event = md5(n::text)::uuid
"""


def test_no_piece_of_a_stream_reads_all_results(desk: Desk) -> None:
    desk.connection.execute("ALTER TABLE result ALTER value_text SET STORAGE plain")
    for statement in (_RESULTS, _EVENTS, "ANALYZE"):
        desk.connection.execute(statement.encode())
    for stream, first in desk.rows("SELECT stream, min(sequence) FROM event GROUP BY stream"):
        piece = {"stream": stream, "after": first + 500}
        plan = desk.connection.execute(b"EXPLAIN " + typed_sql.links(), piece).fetchall()
        text = "\n".join(line for (line,) in plan)
        assert "Index Scan using result_" in text, text
        assert "Seq Scan on result" not in text, text
