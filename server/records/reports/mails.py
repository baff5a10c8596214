"""Reports of a month by mail: at a day and an hour of the month after it, to whoever asked for it.

A mail is claimed before it is made, and its month is marked once the mail server has taken it: two servers send one,
and a server that dies in between sends the same one again, by the same Message-ID. The rights of the account are looked
at each time: a mail whose account may no longer see what it asks for ends.
"""

import asyncio
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from pydantic import AwareDatetime, BaseModel

from server.access.caller import EVERYTHING, Reach
from server.access.others import reach_of
from server.database import Database
from server.delivery.channel import Attempt, Outcome
from server.delivery.channels.email import EmailChannel, Parcel
from server.lists.export import Look
from server.problems import Kind, ProblemError
from server.records.reports.figures import By
from server.records.reports.files import MEDIA_TYPES, MOST_TOLD, Form, file_of, name_of
from server.records.reports.months import DueMonth, due_month
from server.records.reports.report import Asked, PeriodReport, make
from server.records.reports.settings import ReportSettings
from server.records.reports.sheet import mail_words
from storage.deeds import SYSTEM, Deed

log = structlog.get_logger()
SEES = "reports.export"
_EVERY_S = 60.0
_MAKE_S, _SEND_S = 600.0, 60.0
_MOST_TEXT = 500
_NOT_READY = Kind(
    503,
    "busy",
    "The month is still being summed up; try again.",
    "该月数据仍在汇总，请稍后重试。",
    {"Retry-After": "60"},
)


class Wanted(BaseModel):
    """Report that somebody wants by mail."""

    id: UUID
    account: UUID | None
    address: str
    grouped_by: By
    area: str | None
    language: Literal["zh", "en"]
    form: Form


class _Now(BaseModel):
    at: AwareDatetime


def posting() -> EmailChannel | None:
    """Return the channel that sends mails; None: this server sends nothing. Given by `create_app`."""
    raise NotImplementedError("create_app overrides this dependency")


class Mails:
    """Worker that sends the reports of a month. `run` is supervised."""

    def __init__(self, db: Database, zone: ZoneInfo, settings: ReportSettings, channel: EmailChannel) -> None:
        self._db = db
        self._zone = zone
        self._settings = settings
        self._channel = channel

    async def run(self) -> None:
        while True:
            await self.turn(await now_of(self._db))
            await asyncio.sleep(_EVERY_S)

    async def turn(self, now: datetime) -> int:
        """Send what is due. Return the number of mails that a mail server took."""
        month, sent = self.month(now), 0
        values = {"now": now, "moment": month.moment, "month": month.first}
        # The claim is committed before the work: a lock would not outlast a mail server that is slow.
        while claimed := await self._db.row(Wanted, "reports.claim_mail", values):
            sent += await self._send(claimed, month, now)
        return sent

    def month(self, now: datetime) -> DueMonth:
        """Return the month that is due."""
        return due_month(now, self._zone, self._settings.mail_day, self._settings.mail_hour)

    async def _send(self, wanted: Wanted, month: DueMonth, now: datetime) -> bool:
        reach = await self._reach(wanted)
        if reach is None:
            await self._end(wanted)
            return False
        try:
            attempt = await self.post(wanted, reach, month, now)
        except ProblemError as exc:
            return await self._failed(wanted, exc.kind.chinese if wanted.language == "zh" else exc.kind.english)
        if attempt.outcome is not Outcome.DELIVERED:
            return await self._failed(wanted, f"{attempt.outcome}: {attempt.detail}")
        facts = {**facts_of(wanted), "month": month.first.isoformat()}
        async with self._db.transaction() as transaction:
            await transaction.run("reports.mail_sent", {"id": wanted.id, "month": month.first})
            await transaction.record(Deed(SYSTEM, "report_mail_sent", str(wanted.id), facts=facts))
        return True

    async def post(
        self, wanted: Wanted, reach: Reach, month: DueMonth, now: datetime, *, is_test: bool = False
    ) -> Attempt:
        """Make the file of a month and try once to send it. Raises ProblemError."""
        asked = Asked.model_validate(
            {"by": wanted.grouped_by, "from": month.first, "to": month.until, "area": wanted.area}
        )
        look = Look(self._zone, wanted.language == "zh")
        today = now.astimezone(self._zone).date()
        try:
            async with asyncio.timeout(_MAKE_S):
                made = await make(
                    self._db, reach, asked, zone=self._zone, today=today, most_told=MOST_TOLD[wanted.form]
                )
                if made.waiting:
                    raise ProblemError(_NOT_READY)
                content = await file_of(self._db, made, look, wanted.form, self._settings)
        except TimeoutError as exc:
            raise ProblemError(_NOT_READY) from exc
        # A test has an id of its own: a mailbox would drop the month's mail as a repeat of it.
        identity = f"{wanted.id}-{now.timestamp():.0f}-test" if is_test else f"{wanted.id}-{month.first}"
        parcel = _parcel(identity, made, content, wanted, is_test=is_test)
        return await self._channel.post(wanted.address, parcel, now, within_s=_SEND_S)

    async def _reach(self, wanted: Wanted) -> Reach | None:
        """Return how far the account may see now; None: not what it asked for."""
        if wanted.account is None:
            return EVERYTHING
        async with self._db.transaction() as transaction:
            reach = await reach_of(transaction, SEES, wanted.account)
        return reach if may_want(reach, wanted.area) else None

    async def _end(self, wanted: Wanted) -> None:
        async with self._db.transaction() as transaction:
            if await transaction.run("reports.end_mail", {"id": wanted.id}):
                facts = {"reason": "not_permitted"}
                await transaction.record(Deed(SYSTEM, "report_mail_ended", str(wanted.id), facts=facts))

    async def _failed(self, wanted: Wanted, problem: str) -> bool:
        log.warning("report_mail_failed", mail=str(wanted.id), problem=problem)
        async with self._db.transaction() as transaction:
            await transaction.run("reports.mail_failed", {"id": wanted.id, "problem": problem[:_MOST_TEXT]})
        return False


async def now_of(db: Database) -> datetime:
    """Return the time by the database's clock."""
    row = await db.row(_Now, "stations.now")
    assert row is not None, "a SELECT without FROM has one row"
    return row.at


def may_want(reach: Reach, area: str | None) -> bool:
    """Return True when somebody with this reach may have the report of this area; None: of all that he may see."""
    if reach.areas is not None and not reach.areas:
        return False
    return area is None or reach.has_area(area)


def facts_of(wanted: Wanted) -> dict[str, Any]:
    """Return what a deed says of a mail."""
    return {
        "address": wanted.address,
        "by": wanted.grouped_by,
        "area": wanted.area or "",
        "form": wanted.form,
        "language": wanted.language,
    }


def _parcel(identity: str, made: PeriodReport, content: bytes, wanted: Wanted, *, is_test: bool) -> Parcel:
    words = mail_words(made, chinese=wanted.language == "zh")
    return Parcel(
        identity,
        f"{words.test}{words.subject}" if is_test else words.subject,
        words.text,
        name_of(made, wanted.form),
        MEDIA_TYPES[wanted.form],
        content,
    )
