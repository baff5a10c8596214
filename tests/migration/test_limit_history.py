"""A database of the version before the limit table had a history: verdicts of that time stay right."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import psycopg

from ingest.verdict import Limits
from storage.findings import Finding
from storage.migrate import migrate, shipped
from storage.rows import Taking, event_row
from storage.tables import EVENT, Table
from storage.typed.result import RESULT, result_row
from storage.walk import walk
from tests.support.station import START, ChainedStation, result
from wire import codec
from wire.clocks import Moment
from wire.days import Days
from wire.kinds.result import ResultEvent
from wire.verdicts import AnalyteLimit, shipped_limits

_BEFORE = 10
_OWN = AnalyteLimit.model_validate(
    {
        "code": "own",
        "item": "borax",
        "standard": "X 1",
        "comparison": ">",
        "value": 0.5,
        "unit": "%",
        "valid_from": "2020-01-01",
    }
)


def _insert(connection: psycopg.Connection[tuple[object, ...]], table: Table, row: tuple[object, ...]) -> None:
    places = ", ".join(["%s"] * len(row))
    connection.execute(f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})".encode(), row)


def test_what_was_judged_before_and_after_a_district_added_a_limit_of_its_own_stays_right(empty_dsn: str) -> None:
    migrate(empty_dsn, shipped()[:_BEFORE])
    station, days = ChainedStation("market-1"), Days(ZoneInfo("Asia/Shanghai"))
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO station (name) VALUES ('market-1')")  # as that version enrolled
        for hour, limits in enumerate([Limits(shipped_limits()), Limits([*shipped_limits(), _OWN])]):
            body = station.add(result(0.1, item="borax", number=str(hour)), time=START)
            event, received_at = codec.decode(body), START + timedelta(hours=hour)
            assert isinstance(event, ResultEvent)
            judged = limits.judge(event, "market-1", "tester-1", Moment(START, is_believed=True), days.day(START))
            digest = bytes.fromhex(station.head)
            _insert(
                connection,
                EVENT,
                event_row(event, body, digest, received_at, station="market-1", device="tester-1", recorded_at=START),
            )
            _insert(connection, RESULT, result_row(event, Taking(judged.moment, received_at, judged)))
            connection.execute(
                "INSERT INTO daily_sample VALUES (%s, 'market-1', %s, false)", [judged.day, judged.sample]
            )
        connection.execute("INSERT INTO daily_station VALUES (%s, 'market-1', 2, 0)", [days.day(START)])
        connection.execute("INSERT INTO daily_result VALUES (%s, 'market-1', 'borax', 'pass', 2)", [days.day(START)])
        connection.execute(
            "INSERT INTO stream (id, station, through, head, highest) VALUES (%s, 'market-1', 2, %s, 2)",
            [station.stream, bytes.fromhex(station.head)],
        )
        connection.execute(
            "INSERT INTO analyte_limit (code, item, standard, comparison, value, unit, valid_from, version)"
            " VALUES ('own', 'borax', 'X 1', '>', 0.5, '%', '2020-01-01', 2)"
        )
        assert connection.execute("SELECT decided_by FROM result ORDER BY received_at").fetchall() == [
            (None,),
            ("own",),
        ]
        migrate(empty_dsn)
        assert [finding for finding in walk(connection) if isinstance(finding, Finding)] == []
