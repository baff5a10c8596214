"""Reports of a month by mail, at a real mail server; the clock is a parameter."""

import asyncio
import io
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from server.database import Database
from server.delivery.channel import Network
from server.delivery.channels.email import EmailChannel, EmailSettings
from server.records.reports import paper
from server.records.reports.mails import Mails
from server.records.reports.settings import ReportSettings
from server.settings import DatabaseSettings
from tests.contract.test_email import Mailbox, mail_server
from tests.support.people import ON, add_person, signed_in
from tests.support.server import add_result, add_station, serving
from tests.support.services import SERVER, as_role

ZONE = ZoneInfo("Asia/Shanghai")
DUE = datetime(2026, 4, 3, 8, tzinfo=ZONE)
COUNT = """
INSERT INTO daily_result (day, station, item, verdict, tests)
SELECT (recorded_at AT TIME ZONE 'Asia/Shanghai')::date, station, item, verdict, count(*) FROM result
GROUP BY 1, 2, 3, 4
"""
MAILS = "/api/v1/reports/mails"
Connection = psycopg.Connection[Any]


@pytest.fixture
def database(dsn: str) -> Iterator[Connection]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO area (code, name) VALUES ('east', '东城'), ('west', '西城')")
        for station, area in (("m1", "east"), ("m2", "west")):
            add_station(connection, station, title_en=f"{area} gate market", area=area)
            add_result(connection, station, recorded_at=datetime(2026, 3, 9, 9, tzinfo=ZONE))
        connection.execute(COUNT)
        add_person(connection, "whole", "administrator")
        add_person(connection, "street", "inspector", area="east")
        yield connection


def turn(dsn: str, port: int, *moments: datetime) -> list[int]:
    """Let the worker look at these moments; return how many mails went at each."""

    async def work() -> list[int]:
        db = Database(DatabaseSettings(dsn=as_role(dsn, SERVER)))
        settings = EmailSettings(host="127.0.0.1", port=port, tls="none", sender="desk@shian.example")
        mails = Mails(db, ZONE, ReportSettings(), EmailChannel(settings, None, Network(60.0, allow_private=True)))
        await db.open()
        try:
            return [await mails.turn(moment) for moment in moments]
        finally:
            await db.close()

    return asyncio.run(work())


def ask(connection: Connection, dsn: str, name: str, **wishes: Any) -> str:
    """Ask for a report by mail over the API, as of March."""
    with serving(dsn, accounts=ON) as server, signed_in(server, name) as site:
        answer = site.client.post(MAILS, json={"address": "desk@office.example", "language": "en"} | wishes)
        assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    connection.execute("UPDATE report_mail SET created_at = '2026-03-20Z' WHERE id = %s", [made])
    return made


def deeds(connection: Connection) -> list[str]:
    found = connection.execute("SELECT action FROM deed WHERE action LIKE 'report_mail%' ORDER BY recorded_at, event")
    return [action for (action,) in found]


def text_of(mailbox: Mailbox, place: int = 0) -> str:
    (file,) = mailbox.mails[place].iter_attachments()
    assert file.get_filename() == "shian-report-station-2026-03-01-2026-04-01.xlsx"
    with zipfile.ZipFile(io.BytesIO(file.get_content())) as parts:
        return "".join(parts.read(name).decode() for name in parts.namelist())


def test_a_month_goes_once_and_shows_what_the_account_may_see(dsn: str, database: Connection) -> None:
    made = ask(database, dsn, "street")
    with mail_server() as mailbox:
        times = (DUE - timedelta(minutes=1), DUE, DUE + timedelta(days=3), datetime(2026, 5, 2, tzinfo=ZONE))
        assert turn(dsn, mailbox.port, *times) == [0, 1, 0, 0]
    assert mailbox.mails[0]["To"] == "desk@office.example"
    assert "2026-03-01" in mailbox.mails[0]["Subject"]
    assert mailbox.mails[0]["Message-ID"] == f"<{made}-2026-03-01@shian.example>"
    assert "east gate market" in text_of(mailbox)
    assert "west gate market" not in text_of(mailbox)
    assert deeds(database) == ["report_mail_added", "report_mail_sent"]


@pytest.mark.skipif(paper.family_of(None) is None, reason="no Chinese font on this machine")
def test_a_month_as_a_paper_goes_in_the_language_that_was_chosen(dsn: str, database: Connection) -> None:
    ask(database, dsn, "street", form="pdf", language="zh", grouped_by="commodity")
    with mail_server() as mailbox:
        assert turn(dsn, mailbox.port, DUE) == [1]
    (file,) = mailbox.mails[0].iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == (
        "application/pdf",
        "shian-report-commodity-2026-03-01-2026-04-01.pdf",
    )
    assert file.get_content().startswith(b"%PDF-")
    assert file.get_content().rstrip().endswith(b"%%EOF")
    assert "食品快检" in mailbox.mails[0]["Subject"]
    assert deeds(database) == ["report_mail_added", "report_mail_sent"]


def test_a_refused_mail_is_tried_again_later_and_a_late_start_sends_one_month(dsn: str, database: Connection) -> None:
    made = ask(database, dsn, "whole", area="west")
    database.execute("UPDATE report_mail SET created_at = '2025-01-01Z' WHERE id = %s", [made])
    with mail_server(answers={"DATA": "451 later"}) as mailbox:
        # The second look comes before the time of the next attempt.
        assert turn(dsn, mailbox.port, DUE, DUE + timedelta(minutes=5)) == [0, 0]
        assert len(mailbox.mails) == 1
        ((problem, attempts),) = database.execute("SELECT problem, attempts FROM report_mail").fetchall()
        assert ("451" in problem or "later" in problem, attempts) == (True, 1)
        mailbox.answers.clear()
        assert turn(dsn, mailbox.port, DUE + timedelta(minutes=15)) == [1]
        assert {mail["Message-ID"] for mail in mailbox.mails} == {f"<{made}-2026-03-01@shian.example>"}
    assert "west gate market" in text_of(mailbox, 1)
    row = database.execute("SELECT last_month::text, attempts, problem, next_at FROM report_mail").fetchone()
    assert row == ("2026-03-01", 0, "", None)


def test_two_servers_send_one(dsn: str, database: Connection) -> None:
    ask(database, dsn, "whole")
    with mail_server() as mailbox, ThreadPoolExecutor(2) as threads:
        sent = [one for found in threads.map(lambda _: turn(dsn, mailbox.port, DUE), range(2)) for one in found]
    assert sorted(sent) == [0, 1]
    assert len(mailbox.mails) == 1


def test_a_mail_ends_with_the_rights_of_its_account(dsn: str, database: Connection) -> None:
    ask(database, dsn, "whole", area="west")
    ask(database, dsn, "street", area="east")
    database.execute("UPDATE account SET is_enabled = false WHERE name = 'whole'")
    database.execute("UPDATE account_role SET area = 'west' WHERE area = 'east'")
    with mail_server() as mailbox:
        assert turn(dsn, mailbox.port, DUE) == [0]
    assert mailbox.mails == []
    assert database.execute("SELECT DISTINCT is_enabled FROM report_mail").fetchall() == [(False,)]
    assert deeds(database)[2:] == ["report_mail_ended"] * 2


def test_one_adds_lists_tests_and_ends_ones_own(dsn: str, database: Connection) -> None:
    with mail_server() as mailbox:
        email = {"host": "127.0.0.1", "port": mailbox.port, "tls": "none"}
        with (
            serving(dsn, accounts=ON, delivery={"channels": {"email": email}}) as server,
            signed_in(server, "street") as street,
            signed_in(server, "whole") as whole,
        ):
            for wrong in ({"address": "nobody"}, {"address": "a@b.example", "area": "west"}):
                assert street.client.post(MAILS, json=wrong).status_code == 422
            made = street.client.post(MAILS, json={"address": "a@b.example", "area": "east"}).json()
            assert street.get(MAILS).json() == [made]
            assert whole.get(MAILS).json() == []
            one = f"{MAILS}/{made['id']}"
            assert [whole.client.post(f"{one}/{verb}").status_code for verb in ("test", "end")] == [404, 404]
            assert street.client.post(f"{one}/test").json()["outcome"] == "delivered"
            assert street.client.post(f"{one}/test").status_code == 429
            assert mailbox.mails[0]["Subject"].startswith("测试：")
            assert street.get(MAILS).json() == [made]
            assert [street.client.post(f"{one}/end").status_code for _ in range(2)] == [204, 404]
            assert street.get(MAILS).json() == []
    assert deeds(database) == ["report_mail_added", "report_mail_tested", "report_mail_ended"]
