"""The message about an alert, as a channel would carry it: a preview of the texts."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field, WithJsonSchema

from server.access.caller import Caller
from server.access.need import need
from server.database import Db
from server.delivery.channels import channels
from server.delivery.message import AlertFacts
from server.delivery.texts.preview import previews
from server.delivery.texts.templates import Templates, shipped
from server.problems import Kind, ProblemError
from server.records.alerts.rows import ALERTS
from server.records.words import words_of

router = APIRouter()
_ChannelName = Annotated[str, WithJsonSchema({"enum": list(channels())})]


def texts() -> Templates:
    """Return the texts of the district; `create_app` gives those of its file."""
    return shipped()


class LinkShown(BaseModel):
    """Link of a message, with its words."""

    words: str
    address: str


class TextShown(BaseModel):
    """Message in one language, in its parts and as one text, cut to what the channel takes."""

    language: Literal["zh", "en"]
    title: str
    lines: list[str]
    notice: str
    links: list[LinkShown]
    plain: str
    size: Annotated[int, Field(description="bytes of UTF-8 of `plain`")]
    most: Annotated[int, Field(description="what the channel takes")]


class TextsShown(BaseModel):
    """Preview of a message. `source`: the district's own file of texts, or empty."""

    channel: str
    source: str
    texts: list[TextShown]


class _Facts(BaseModel):
    alert: AlertFacts


@router.get("/alerts/{alert}/texts")
async def preview_texts(
    db: Db,
    caller: Annotated[Caller, need("alerts.read")],
    templates: Annotated[Templates, Depends(texts)],
    alert: UUID,
    channel: Annotated[_ChannelName, Query()] = "webhook",
) -> TextsShown:
    """Show the message about an alert by a channel, in both languages. Nothing is sent."""
    kind = channels().get(channel)
    if kind is None:
        names = ", ".join(channels())
        raise ProblemError(Kind(422, "unknown-channel", f"Channels are {names}.", f"可用渠道：{names}。"))
    async with db.transaction() as transaction:
        if await ALERTS.one(transaction, caller.reach, alert) is None:
            raise words_of("alerts").not_found()
        (row,) = await transaction.rows(_Facts, "alerts.facts", {"id": alert})
    return TextsShown(
        channel=channel,
        source=templates.source,
        texts=[
            TextShown(
                language=one.text.language,
                title=one.text.title,
                lines=list(one.text.lines),
                notice=one.text.notice,
                links=[LinkShown(words=words, address=address) for words, address in one.text.links],
                plain=one.plain,
                size=one.size,
                most=one.most,
            )
            for one in previews(row.alert, kind, templates)
        ],
    )
