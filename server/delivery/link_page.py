"""/a/...: the small page behind a link in a message. One button, both languages, no script.

To look at it (GET) does nothing: mail programs and chat servers follow links by themselves. The button (POST) does what
the link is for, once.
"""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, replace
from html import escape
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import AwareDatetime, BaseModel

from server.access.caller import EVERYTHING, Caller
from server.access.need import need
from server.database import Database, Transaction
from server.delivery.inhibit import inhibitions
from server.delivery.job import Due
from server.delivery.links import Link, Links, Purpose
from server.delivery.message import is_drill, title
from server.delivery.standing import may_answer
from server.delivery.texts.text import notice_of
from server.problems import ProblemError
from server.records.alerts import steps
from server.records.alerts.steps import SignedFor
from storage.deeds import Actor, Deed
from wire.said import in_words
from wire.terms import ActorKind, AlertState
from wire.words import Term, terms, vocabularies

_STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:32rem;padding:1.5rem;"
    "color:#1a1a1a;background:#fff}"
    "h1{font-size:1.3rem}button{font:inherit;font-weight:600;width:100%;padding:1rem;border:0;border-radius:.5rem;"
    "background:#0b5cad;color:#fff}.n{color:#555;font-size:.95rem}"
    ".d{border-left:.3rem solid #b26a00;padding-left:.8rem}"
)
_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # With `no-referrer` a browser says `Origin: null` when it sends the form.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
_WORDS = terms(vocabularies()["link"])


@dataclass(frozen=True, slots=True)
class _Said:
    """Page to show. `about`: the alert in one line; `button`: the word on the button; none: there is none."""

    status: int
    what: Term
    about: Term | None = None
    who: str = ""
    until: AwareDatetime | None = None
    is_test: bool = False
    is_drill: bool = False
    button: Term | None = None


class _Now(BaseModel):
    at: AwareDatetime


class _Used(BaseModel):
    at: AwareDatetime


class _Confirming(BaseModel):
    name: str
    is_enabled: bool
    confirmed_at: AwareDatetime | None


def router(db: Database, links: Links, zone: ZoneInfo) -> APIRouter:
    """Return the two routes of the page."""
    routes = APIRouter(prefix="/a", include_in_schema=False)

    @routes.get("/{token}")
    async def look(token: str, _: Annotated[Caller, need("open.link")]) -> HTMLResponse:
        """Show what the button would do."""
        async with db.transaction() as transaction:
            return _page(await _answer(transaction, links, token, None), zone)

    @routes.post("/{token}")
    async def press(token: str, request: Request, _: Annotated[Caller, need("open.link")]) -> HTMLResponse:
        """Do what the link is for."""
        address = request.client.host if request.client else ""
        try:
            async with db.transaction() as transaction:
                return _page(await _answer(transaction, links, token, address), zone)
        except ProblemError as problem:
            return _page(_Said(problem.kind.status, Term(problem.kind.english, problem.kind.chinese)), zone)

    return routes


async def _answer(transaction: Transaction, links: Links, token: str, address: str | None) -> _Said:
    """Return the page; `address` None: somebody only looks."""
    row = await transaction.row(_Now, "stations.now")
    assert row is not None, "a SELECT without FROM has one row"
    link = await links.read(token, row.at)
    if link is None:
        return _Said(404, _WORDS["unknown"])
    if link.purpose is Purpose.CONFIRM:
        return await _confirm(transaction, link, row.at, address)
    return await _acknowledge(transaction, link, row.at, address)


async def _acknowledge(transaction: Transaction, link: Link, now: AwareDatetime, address: str | None) -> _Said:
    values = {"ids": [link.id], "were_held": [False], **inhibitions().values()}
    due = await transaction.row(Due, "delivery.in_full", values)
    if due is None:
        return _Said(404, _WORDS["unknown"])
    who = due.account.name if due.account else due.subscription_name
    shown = _Said(
        200, _WORDS["ask"], title(due.alert), who, link.until, due.alert.rule == "failed_test", is_drill(due.alert)
    )
    refused = await _refusal(transaction, link, due, now)
    if refused:
        status, what, at = refused
        return replace(shown, status=status, what=_WORDS[what], until=at)
    if address is None:
        return replace(shown, button=_WORDS["acknowledge"])
    if not await transaction.run("delivery.use_link", {"delivery": link.id, "address": address}):
        return replace(shown, status=410, what=_WORDS["used"], until=now)
    account = due.account.id if due.account else None
    caller = Caller(who, account, address=address, reach=EVERYTHING)
    await steps.take(transaction, caller, due.alert.id, AlertState.ACKNOWLEDGED, SignedFor())
    facts = {"alert": str(due.alert.id), "subscription": str(due.subscription), "delivery": str(due.id)}
    await transaction.record(Deed(caller.actor, "link_used", str(due.alert.id), due.alert.station, facts=facts))
    return replace(shown, what=_WORDS["done"], until=now)


async def _refusal(
    transaction: Transaction, link: Link, due: Due, now: AwareDatetime
) -> tuple[int, str, AwareDatetime | None] | None:
    """Return why the link does nothing: a status, words, and a time; None: it is good."""
    used = await transaction.row(_Used, "delivery.link_used", {"delivery": link.id})
    if used:
        return 410, "used", used.at
    if now >= link.until:
        return 410, "expired", link.until
    if not may_answer(due):
        return 403, "ended", None
    return (409, "answered", None) if due.alert.state != AlertState.OPEN else None


async def _confirm(transaction: Transaction, link: Link, now: AwareDatetime, address: str | None) -> _Said:
    found = await transaction.row(_Confirming, "delivery.confirming", {"id": link.id})
    if found is None or not found.is_enabled:
        return _Said(404, _WORDS["unknown"])
    if now >= link.until:
        return _Said(410, _WORDS["expired"], who=found.name, until=link.until)
    if found.confirmed_at:
        return _Said(410, _WORDS["used"], who=found.name, until=found.confirmed_at)
    if address is None:
        return _Said(200, _WORDS["ask_test"], who=found.name, until=link.until, button=_WORDS["confirm"])
    await transaction.run("delivery.confirm", {"id": link.id})
    actor = Actor(found.name, ActorKind.PERSON, address=address)
    await transaction.record(Deed(actor, "subscription_confirmed", str(link.id)))
    return _Said(200, _WORDS["confirmed"], who=found.name)


def _page(said: _Said, zone: ZoneInfo) -> HTMLResponse:
    """Return the page in both languages, Chinese first."""
    parts = [_part(said, zone, chinese=chinese) for chinese in (True, False)]
    button = said.button
    form = f'<form method="post"><button>{escape(f"{button.zh} / {button.en}")}</button></form>' if button else ""
    html = (
        '<!doctype html><html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><title>食安 Shian</title>'
        f"<style>{_STYLE}</style></head><body>{parts[0]}{form}{parts[1]}</body></html>"
    )
    return HTMLResponse(html, said.status, _HEADERS)


def _part(said: _Said, zone: ZoneInfo, *, chinese: bool) -> str:
    until = in_words(said.until.isoformat(), chinese=chinese, zone=zone) if said.until else ""
    what = said.what.text(chinese=chinese).replace("{who}", said.who).replace("{at}", until)
    lines = [f"<h1>{escape(what)}</h1>"]
    if said.about:
        lines.append(f'<p class="d">{escape(said.about.text(chinese=chinese))}</p>')
    notice = notice_of(is_test=said.is_test, is_drill=said.is_drill, chinese=chinese)
    if notice:
        lines.append(f'<p class="n">{escape(notice)}</p>')
    return f'<section lang="{"zh" if chinese else "en"}">{"".join(lines)}</section>'
