"""/api/v1/reports/mails: the reports of a month that go by mail to the one who asks for them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from uuid_utils.compat import uuid7

from server.access.caller import Caller
from server.access.need import need
from server.database import Db, Transaction
from server.delivery.channels.email import CHANNEL, EmailChannel
from server.problems import Kind, ProblemError, not_found, unknown_filter
from server.records.days import Zone
from server.records.reports.figures import By, Titled
from server.records.reports.files import Form
from server.records.reports.mails import Mails, Wanted, facts_of, may_want, now_of, posting
from server.records.reports.settings import ReportSettings, settings
from storage.deeds import Deed

router = APIRouter(prefix="/reports/mails", tags=["reports"])
Own = Annotated[Caller, need("reports.export")]
_MOST = 20
_TOO_MANY = Kind(
    422, "too-many-mails", f"An account has {_MOST} reports by mail at most.", f"每个账号最多订阅 {_MOST} 个月报邮件。"
)
_TOO_SOON = Kind(
    429, "too-soon", "A test was sent a moment ago.", "刚刚已发送测试邮件，请稍候。", {"Retry-After": "60"}
)
_NO_SENDER = Kind(501, "no-mail", "This server sends no mails.", "本服务器不发送邮件。")


def _address(text: str) -> str:
    CHANNEL.check_address(text)
    return text


class NewReportMail(BaseModel):
    """Report of each month that is wanted by mail."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Field(max_length=254), AfterValidator(_address)]
    grouped_by: By = "station"
    area: Annotated[
        str | None, Field(max_length=200, pattern=r"^[^\x00]*$", description="with all below it; none: all one may see")
    ] = None
    language: Literal["zh", "en"] = "zh"
    form: Form = "xlsx"


class ReportMail(BaseModel):
    """Report of each month by mail. `last_month`: the first day of the last one that was sent; `problem`: of the last
    attempt, which is made again."""

    id: UUID
    address: str
    grouped_by: By
    area: str | None
    language: Literal["zh", "en"]
    form: Form
    created_at: AwareDatetime
    last_month: date | None
    problem: str


class MailTried(BaseModel):
    """Receipt of a test. `outcome`: `delivered` when the mail server took it."""

    outcome: str
    detail: str


@router.get("")
async def list_report_mails(db: Db, caller: Own) -> list[ReportMail]:
    """List one's own reports by mail, the newest first."""
    return await db.rows(ReportMail, "reports.mails", {"account": caller.account, "id": None, "most": _MOST})


@router.post("", status_code=201)
async def add_report_mail(db: Db, caller: Own, new: NewReportMail) -> ReportMail:
    """Ask for the report of each month by mail, from the month that runs now on."""
    wanted = Wanted(id=uuid7(), account=caller.account, **new.model_dump())
    async with db.transaction() as transaction:
        await _check_area(transaction, caller, new.area)
        values = {"account": caller.account, "id": None, "most": _MOST}
        if len(await transaction.rows(ReportMail, "reports.mails", values)) >= _MOST:
            raise ProblemError(_TOO_MANY)
        await transaction.run("reports.add_mail", wanted.model_dump())
        await transaction.record(Deed(caller.actor, "report_mail_added", str(wanted.id), facts=facts_of(wanted)))
        return await _one(transaction, caller, wanted.id)


@router.post("/{mail}/end", status_code=204)
async def end_report_mail(db: Db, caller: Own, mail: UUID) -> None:
    """End a report by mail."""
    async with db.transaction() as transaction:
        found = await _one(transaction, caller, mail)
        if await transaction.run("reports.end_mail", {"id": mail}):
            facts = facts_of(_wanted(found, caller))
            await transaction.record(Deed(caller.actor, "report_mail_ended", str(mail), facts=facts))


@router.post("/{mail}/test")
async def test_report_mail(
    db: Db,
    caller: Own,
    *,
    mail: UUID,
    zone: Zone,
    settings: Annotated[ReportSettings, Depends(settings)],
    channel: Annotated[EmailChannel | None, Depends(posting)],
) -> MailTried:
    """Send the report of the last month now, as a test: the month's own mail goes all the same."""
    if channel is None:
        raise ProblemError(_NO_SENDER)
    async with db.transaction() as transaction:
        wanted = _wanted(await _one(transaction, caller, mail), caller)
        if not may_want(caller.reach, wanted.area):
            raise not_found("report by mail", "月报邮件")
        if not await transaction.run("reports.begin_mail_test", {"id": mail}):
            raise ProblemError(_TOO_SOON)
        await transaction.record(Deed(caller.actor, "report_mail_tested", str(mail), facts=facts_of(wanted)))
    mails, now = Mails(db, zone, settings, channel), await now_of(db)
    attempt = await mails.post(wanted, caller.reach, mails.month(now), now, is_test=True)
    return MailTried(outcome=str(attempt.outcome), detail=attempt.detail)


async def _check_area(transaction: Transaction, caller: Caller, area: str | None) -> None:
    """Check that there is such an area, and that the caller may see it. Raises ProblemError (422)."""
    known = area is None or any(one.name == area for one in await transaction.rows(Titled, "reports.areas"))
    if not (known and may_want(caller.reach, area)):
        raise unknown_filter(f"There is no such area: {area}", f"没有这样的区域：{area}", "body.area")


async def _one(transaction: Transaction, caller: Caller, mail: UUID) -> ReportMail:
    row = await transaction.row(ReportMail, "reports.mails", {"account": caller.account, "id": mail, "most": 1})
    if row is None:
        raise not_found("report by mail", "月报邮件")
    return row


def _wanted(mail: ReportMail, caller: Caller) -> Wanted:
    return Wanted(account=caller.account, **mail.model_dump(include=set(Wanted.model_fields) - {"account"}))
