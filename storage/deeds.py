"""Deeds: who did what, or looked at what. Each is an event of the centre's own stream, and a row of the audit.

    lock the head of the stream -> the event's exact bytes, linked to the one before -> ledger, head and row in one call

in the very transaction of the deed: nothing is done that the audit does not have, and nothing is in the audit that was
not done. Whoever writes deeds needs no key: the process that has it signs the head from time to time (`sign`).

The lock is the last of all (storage/queries/ingest.sql gives the order): write deeds at the end of a transaction.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import JsonValue
from uuid_utils.compat import uuid7

from storage.named import queries
from storage.rows import Taking
from storage.steps import Ask, Steps, run, run_async
from storage.typed.deed import DEED, deed_row
from wire import chain, codec
from wire.clocks import moment_of
from wire.events import new_event, source_of
from wire.kinds.deed import DeedEvent, DeedV1
from wire.kinds.envelope import Data
from wire.terms import ActorKind
from wire.topics import CENTRE
from wire.words import DEEDS

_SQL = queries("deeds")
_LARGEST = 32 * 1024  # of facts; an event has 64 KiB at most
_NAME, _SUBJECT, _WHY, _ADDRESS = 200, 400, 2000, 100


@dataclass(frozen=True, slots=True)
class Actor:
    """Actor of a deed: a name as the session has it, never free text of a form. `address`: from where."""

    name: str = ""
    kind: ActorKind = ActorKind.SYSTEM
    account: UUID | None = None
    address: str = ""

    @classmethod
    def command(cls, name: str) -> "Actor":
        """Return the actor of a command line; the system where there is no name."""
        return cls(name, ActorKind.COMMAND) if name else cls()


SYSTEM = Actor()


@dataclass(frozen=True, slots=True)
class Deed:
    """Deed to be written. `action`: a word of wire/words/deeds.toml (KeyError for another); `place`: the station that
    it is about. Never a secret in `facts`."""

    actor: Actor
    action: str
    subject: str = ""
    place: str = ""
    why: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _ = DEEDS[self.action]

    def data(self) -> DeedV1:
        """Return the data of its event: texts cut to their length, facts as JSON has them."""
        return DeedV1(
            actor=_clean(self.actor.name, _NAME),
            actor_kind=self.actor.kind,
            account=self.actor.account,
            address=_clean(self.actor.address, _ADDRESS),
            action=self.action,
            subject=_clean(self.subject, _SUBJECT),
            place=self.place,
            why=_clean(self.why, _WHY),
            facts=_json(self.facts),
        )


class Head(NamedTuple):
    """Head of the centre's stream, locked. `at`: the database's clock."""

    stream: UUID
    sequence: int
    hash: bytes
    at: datetime


def write(connection: psycopg.Connection[Any], *deeds: Deed) -> None:
    """Write deeds in the caller's transaction. Raises psycopg.Error."""
    with connection.cursor() as cursor:
        run(cursor, append(deeds))


async def write_async(connection: psycopg.AsyncConnection[Any], *deeds: Deed) -> None:
    """Write deeds in the caller's transaction. Raises psycopg.Error."""
    async with connection.cursor() as cursor:
        await run_async(cursor, append(deeds))


def append(deeds: Sequence[Deed]) -> Steps[None]:
    """Append deeds to the centre's stream. At the beginning of the stream stands a hash of the audit that an older
    version kept, where there is one."""
    if not deeds:
        return
    head = yield from lock()
    if head.sequence == 0:
        rows, digest = (yield Ask(_SQL["old_audit"]))[0]
        if rows:
            began = Deed(SYSTEM, "audit_began", "audit", facts={"rows": rows, "hash": digest})
            head = yield from _add(head, began.data())
    for deed in deeds:
        head = yield from _add(head, deed.data())


def lock() -> Steps[Head]:
    """Lock the centre's stream until the end of the transaction."""
    rows = yield Ask(_SQL["lock"], {"fresh": uuid7()})
    return Head(*rows[0])


def sign(key: Ed25519PrivateKey) -> Steps[Head]:
    """Sign the head of the centre's stream by a checkpoint, unless one stands there already; return the head."""
    head = yield from lock()
    rows = yield Ask(_SQL["newest_type"], {"stream": head.stream, "sequence": head.sequence})
    if not rows or rows[0][0] == "shian.checkpoint.v1":
        return head
    return (yield from _add(head, chain.sign(key, head.stream, head.sequence, head.hash.hex())))


def replace(cause: str, facts: Mapping[str, Any]) -> Steps[Head]:
    """Begin another stream of the centre's, and say in its first event why; return its head."""
    before, fresh = (yield from lock()), uuid7()
    yield Ask(_SQL["replace"], {"fresh": fresh}, has_rows=False)
    head = yield from lock()
    said = {"replaces": str(before.stream), "through": before.sequence, "cause": cause, **facts}
    deed = Deed(SYSTEM, "centre_stream_replaced", str(before.stream), facts=said)
    return (yield from _add(head, deed.data()))


def _add(head: Head, data: Data) -> Steps[Head]:
    """Add one event behind the head, and return the new head."""
    event = new_event(
        data,
        event_id=uuid7(),
        source=source_of(CENTRE),
        time=head.at,
        stream=head.stream,
        sequence=head.sequence + 1,
        previous_hash=head.hash.hex(),
    )
    body = codec.encode(event)
    values: dict[str, Any] = {
        "stream": head.stream,
        "sequence": event.sequence,
        "id": event.id,
        "type": event.type,
        "at": head.at,
        "previous": head.hash,
        "body": body,
        "laid_out": None,
        "signed": 0,
    }
    if isinstance(event, DeedEvent):
        row = deed_row(event, Taking(moment_of(event, head.at), head.at))
        values["laid_out"] = json.dumps(dict(zip(DEED.columns, row, strict=True)), default=_text)
    else:
        values["signed"] = head.sequence
    yield Ask(_SQL["append"], values, has_rows=False)
    return Head(head.stream, event.sequence, hashlib.sha256(body).digest(), head.at)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _clean(text: str, most: int) -> str:
    """Return a text as PostgreSQL can store it."""
    return text.replace("\0", " ").encode(errors="replace").decode()[:most]


def _json(facts: Mapping[str, Any]) -> dict[str, JsonValue]:
    """Return facts as JSON has them; of what is larger than an event may be, the hash and the short ones."""
    text = _clean_json(json.dumps(facts, default=_text, ensure_ascii=False, allow_nan=False))
    if len(text.encode()) > _LARGEST:
        short = {name: value for name, value in facts.items() if len(json.dumps(value, default=_text)) <= _WHY}
        cut = {"cut": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}
        text = _clean_json(json.dumps(dict(list(short.items())[:10]) | cut, default=_text, ensure_ascii=False))
    found: dict[str, JsonValue] = json.loads(text)
    return found


def _clean_json(text: str) -> str:
    return text.replace("\\u0000", " ").encode(errors="replace").decode()
