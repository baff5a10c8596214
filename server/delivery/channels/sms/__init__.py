"""Short messages by an HTTP gateway: the request and the reading of its answer are settings, since each carrier's
gateway has its own. Nothing is sent before the operator has described the gateway."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import Field

from process.connections import read_secret
from process.named_files import SecretFile
from process.settings import Settings
from server.delivery.channel import Attempt, ChannelKind, Network, Notice, Outcome, Rate, Recipient
from server.delivery.http_post import HttpPost
from server.delivery.phones import check_phone
from server.delivery.platform_answer import Answers
from server.delivery.texts.facts import one_line
from server.delivery.texts.text import texts_of

_FIELDS = {"phone": "{phone}", "text": "{text}", "id": "{id}"}
_NOT_SET_UP = Attempt(Outcome.NOT_SET_UP, detail="[delivery.channels.sms] names no gateway", is_final=True)


class SmsSettings(Settings):
    """The gateway. In `fields` and `headers`, {phone}, {text}, {id} and {secret} are put in."""

    url: Annotated[str, Field(description="of the gateway; empty: no short messages are sent")] = ""
    encoding: Literal["json", "form"] = "json"
    headers: Annotated[dict[str, str], Field(default_factory=dict)]
    fields: Annotated[dict[str, str], Field(default_factory=lambda: dict(_FIELDS))]
    secret_file: SecretFile | None = None
    most_chars: Annotated[int, Field(ge=60, le=1000)] = 300
    code_at: Annotated[str, Field(description="where the answer has its code, as a dotted path")] = "code"
    good: tuple[str, ...] = ("0", "OK")
    message_at: str = "message"
    id_at: str = "id"
    throttled: Annotated[tuple[str, ...], Field(description="codes that ask for less")] = ()
    final: Annotated[tuple[str, ...], Field(description="codes that no further attempt can change")] = ()


class SmsChannel:
    """A short message: the title, the word that it is a screening, and the link."""

    def __init__(self, settings: SmsSettings, secret: str, post: HttpPost) -> None:
        self._settings = settings
        self._secret = secret
        self._post = post
        self._answers = Answers(
            code=(settings.code_at,),
            good=settings.good,
            message=(settings.message_at,),
            remote_id=settings.id_at,
            throttled=settings.throttled,
            final=settings.final,
        )

    async def close(self) -> None:
        await self._post.close()

    async def send(self, to: Recipient, notice: Notice, now: datetime) -> Attempt:
        """Try once. Raises only for our own mistakes."""
        settings = self._settings
        if not settings.url:
            return _NOT_SET_UP
        text = short_text(notice, to, settings.most_chars)
        known = {"{phone}": to.address, "{text}": text, "{id}": notice.id, "{secret}": self._secret}
        fields = {name: _filled(value, known) for name, value in settings.fields.items()}
        is_json = settings.encoding == "json"
        body = json.dumps(fields, ensure_ascii=False) if is_json else urlencode(fields)
        kind = "application/json" if is_json else "application/x-www-form-urlencoded"
        headers = {"Content-Type": f"{kind}; charset=utf-8"}
        headers |= {name: _filled(value, known) for name, value in settings.headers.items()}
        return await self._post.send(settings.url, body.encode(), headers, now, judge=self._answers.judge, is_own=True)


def short_text(notice: Notice, to: Recipient, most_chars: int) -> str:
    """Return the text of a short message. The notice and the link stay whole."""
    said = []
    for text in texts_of(notice, to.language):
        ends = " ".join(filter(None, (text.notice, *(address for _, address in text.links))))
        said.append(f"{one_line(text.title, max(20, most_chars - len(ends) - 1))} {ends}".strip())
    return "\n".join(said)


def _filled(template: str, known: Mapping[str, str]) -> str:
    """Fill in the places that are known. Text of others is not searched for further places."""
    pieces = [template]
    for place, value in known.items():
        pieces = [part for piece in pieces for part in _split(piece, place, value)]
    return "".join(pieces)


class _Put(str):
    """A value that was put in."""

    __slots__ = ()


def _split(piece: str, place: str, value: str) -> list[str]:
    if isinstance(piece, _Put):
        return [piece]
    parts: list[str] = []
    for part in piece.split(place):
        parts += [part, _Put(value)]
    return parts[:-1]


def _open(settings: SmsSettings, network: Network) -> SmsChannel:
    secret = read_secret(settings.secret_file) if settings.secret_file else ""
    return SmsChannel(settings, secret, HttpPost(network))


CHANNEL = ChannelKind("sms", SmsSettings, check_phone, _open, rate=Rate(10, 60.0))
