"""Accounts: made, given roles, disabled, reset. Written once for the server and the command line (storage/steps.py).

Nobody deletes an account: steps and audit name it for ever. An administrator of the whole district remains always.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from uuid_utils.compat import uuid7

from storage import deeds
from storage.deeds import Actor, Deed
from storage.errors import StorageError, UnknownAreaError
from storage.named import queries
from storage.steps import Ask, Steps

_SQL = queries("accounts")
SETUP, LINK, OIDC = "setup", "link", "oidc"
ADMINISTRATOR = "administrator"


class NameTakenError(StorageError):
    """Name taken: there is an account of this name, or with this identity, already."""


class UnknownAccountError(StorageError):
    """Unknown account: there is none of that name."""


class LastAdministratorError(StorageError):
    """Last administrator of the whole district: nobody could change accounts any more."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in an area and all areas below it; no area: in the whole district."""

    role: str
    area: str | None = None


@dataclass(frozen=True, slots=True)
class NewAccount:
    """Account to be made. `password`: its hash; None: signs in by another way."""

    name: str
    title: str = ""
    password: str | None = None
    identity: str | None = None
    grants: tuple[Grant, ...] = ()


def new_secret(prefix: str = "") -> str:
    """Return a secret of 256 bits as a text for addresses and headers."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """Return what the database keeps of a secret. It has 256 random bits: no slow hash is needed."""
    return hashlib.sha256(secret.encode()).digest()


def has_any() -> Steps[bool]:
    """Return True when there is an account. Whoever asks at the same time, to make the first one, waits for us."""
    yield Ask(_SQL["lock"])
    rows = yield Ask(_SQL["has_any"])
    return bool(rows[0][0])


def add(account: NewAccount, *, actor: Actor) -> Steps[UUID]:
    """Make the account. Raises NameTakenError, UnknownAreaError."""
    identity = uuid7()
    digest_of_name = hashlib.sha256(account.name.lower().encode()).hexdigest()
    if (yield Ask(_SQL["was_forgotten"], {"hash": digest_of_name})):
        raise NameTakenError("an account of this name was forgotten; steps and audit still name it")
    values = {"id": identity, "name": account.name, "title": account.title}
    rows = yield Ask(_SQL["add"], values | {"password": account.password, "identity": account.identity})
    if not rows:
        raise NameTakenError((NameTakenError.__doc__ or "").strip())
    yield from _give(identity, account.grants)
    yield from audit(actor, "account_added", account.name, {"title": account.title, **_told(account.grants)})
    return identity


def by_name(name: str) -> Steps[UUID]:
    """Return the account of this name. Raises UnknownAccountError."""
    rows = yield Ask(_SQL["by_name"], {"name": name})
    if not rows:
        raise UnknownAccountError(f"there is no account {name!r}")
    found: UUID = rows[0][0]
    return found


def set_roles(account: UUID, name: str, grants: Iterable[Grant], *, actor: Actor) -> Steps[None]:
    """Give the account these roles and no others. Raises UnknownAreaError, LastAdministratorError."""
    wanted = tuple(grants)
    if Grant(ADMINISTRATOR) not in wanted:
        yield from check_other_administrator(account)
    yield Ask(_SQL["clear_roles"], {"account": account}, has_rows=False)
    yield from _give(account, wanted)
    yield from audit(actor, "account_roles_set", name, _told(wanted))


def enable(account: UUID, name: str, *, is_enabled: bool, actor: Actor) -> Steps[None]:
    """Let the account sign in, or end all its sessions and tokens. Raises LastAdministratorError."""
    if not is_enabled:
        yield from check_other_administrator(account)
        yield Ask(_SQL["end_sessions"], {"account": account, "but": None}, has_rows=False)
        yield Ask(_SQL["end_tokens"], {"account": account}, has_rows=False)
    yield Ask(_SQL["enable"], {"account": account, "is_enabled": is_enabled}, has_rows=False)
    yield from audit(actor, "account_enabled" if is_enabled else "account_disabled", name, {})


def reset(account: UUID, name: str, *, actor: Actor) -> Steps[str]:
    """Take password, second factor, sessions and lock-out away; return the secret of a link to sign in once."""
    yield Ask(_SQL["set_password"], {"account": account, "password": None}, has_rows=False)
    yield Ask(_SQL["clear_totp"], {"account": account}, has_rows=False)
    yield Ask(_SQL["end_sessions"], {"account": account, "but": None}, has_rows=False)
    link = yield from keep_secret(LINK, account, for_s=86_400.0)
    yield from audit(actor, "account_reset", name, {})
    return link


def set_password(account: UUID, name: str, password: str, *, session: UUID | None, actor: Actor) -> Steps[None]:
    """Set the password (its hash), and end all sessions but this one."""
    yield Ask(_SQL["set_password"], {"account": account, "password": password}, has_rows=False)
    yield Ask(_SQL["end_sessions"], {"account": account, "but": session}, has_rows=False)
    yield from audit(actor, "password_set", name, {})


def keep_secret(
    purpose: str, account: UUID | None, *, for_s: float, facts: Mapping[str, Any] | None = None, secret: str = ""
) -> Steps[str]:
    """Make a secret that counts once within `for_s`, and return it."""
    secret = secret or new_secret()
    values = {"hash": digest(secret), "purpose": purpose, "account": account, "facts": Jsonb(facts or {})}
    yield Ask(_SQL["keep_secret"], values | {"for_s": for_s}, has_rows=False)
    return secret


def use_secret(purpose: str, secret: str) -> Steps[tuple[UUID | None, dict[str, Any]] | None]:
    """Use a secret up; return its account and facts. None: there is no such secret (any more)."""
    rows = yield Ask(_SQL["use_secret"], {"hash": digest(secret), "purpose": purpose})
    return (rows[0][0], rows[0][1]) if rows else None


def forget_setup() -> Steps[None]:
    """Forget the secrets of the first start: there is an account."""
    yield Ask(_SQL["forget_secrets"], {"purpose": SETUP}, has_rows=False)


def add_token(
    account: UUID, owner: str, name: str, scopes: Iterable[str], *, for_s: float, actor: Actor
) -> Steps[tuple[UUID, str]]:
    """Make a token of the account; return its id and the token, which is not kept."""
    identity, token = uuid7(), new_secret("shian_")
    values = {"id": identity, "account": account, "name": name, "hash": digest(token), "scopes": list(scopes)}
    yield Ask(_SQL["add_token"], values | {"for_s": for_s}, has_rows=False)
    yield from audit(actor, "token_added", owner, {"token": str(identity), "name": name, "scopes": list(scopes)})
    return identity, token


def audit(actor: Actor, action: str, subject: str, facts: Mapping[str, Any]) -> Steps[None]:
    """Record what was done with an account. Never a secret in `facts`."""
    yield from deeds.append([Deed(actor, action, subject, facts=facts)])


def _give(account: UUID, grants: tuple[Grant, ...]) -> Steps[None]:
    areas = [grant.area for grant in grants if grant.area is not None]
    unknown = yield Ask(_SQL["unknown_areas"], {"areas": areas})
    if unknown:
        raise UnknownAreaError(str(unknown[0][0]))
    for grant in grants:
        values = {"account": account, "role": grant.role, "area": grant.area}
        yield Ask(_SQL["add_role"], values, has_rows=False)


def check_other_administrator(account: UUID) -> Steps[None]:
    """Check that another administrator of the whole district remains. Raises LastAdministratorError."""
    yield Ask(_SQL["lock"])
    others = yield Ask(_SQL["administrators_but"], {"account": account})
    if not others:
        raise LastAdministratorError((LastAdministratorError.__doc__ or "").strip())


def _told(grants: tuple[Grant, ...]) -> dict[str, Any]:
    return {"roles": [f"{grant.role}@{grant.area or '*'}" for grant in grants]}
