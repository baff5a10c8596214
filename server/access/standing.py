"""/api/v1/account/sessions and /tokens: where somebody has signed in, and which programs may ask in his name."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from server.access.caller import Caller
from server.access.need import need
from server.access.own import owner_of
from server.access.people import People
from server.database import Db
from server.problems import Kind, ProblemError, not_found
from server.records.accounts.api import MadeToken, NewToken
from storage import accounts

_SCOPE = Kind(422, "bad-scope", "A token may do nothing that you may not.", "口令的权限不能超出您本人的权限。")


class OwnSession(BaseModel):
    """Session of the own account. `agent`: the browser, as it calls itself."""

    id: UUID
    address: str
    agent: str
    created_at: AwareDatetime
    seen_at: AwareDatetime
    expires_at: AwareDatetime
    is_this_one: bool


class OwnToken(BaseModel):
    id: UUID
    name: str
    scopes: list[str]
    created_at: AwareDatetime
    expires_at: AwareDatetime
    used_at: AwareDatetime | None


def router(people: People) -> APIRouter:
    """Return the routes of the own sessions and tokens."""
    routes = APIRouter(prefix="/account", tags=["session"])

    @routes.get("/sessions")
    async def own_sessions(db: Db, caller: Annotated[Caller, need("account.own")]) -> list[OwnSession]:
        """List the sessions of the account, the last seen first."""
        return await db.rows(OwnSession, "access.sessions", {"account": owner_of(caller), "session": caller.session})

    @routes.delete("/sessions/{session}", status_code=204)
    async def end_session(db: Db, caller: Annotated[Caller, need("account.own")], session: UUID) -> None:
        """End a session of the account."""
        account = owner_of(caller)
        async with db.transaction() as transaction:
            if not await transaction.run("access.end_session", {"id": session, "account": account}):
                raise not_found("session", "会话")
            detail = {"session": str(session)}
            await transaction.take(accounts.audit(caller.actor, "session_ended", caller.name, detail))
        people.forget_all()

    @routes.get("/tokens")
    async def own_tokens(db: Db, caller: Annotated[Caller, need("account.own")]) -> list[OwnToken]:
        """List the tokens of the account, the newest first; never the tokens themselves."""
        return await db.rows(OwnToken, "access.tokens", {"account": owner_of(caller)})

    @routes.post("/tokens", status_code=201)
    async def add_token(db: Db, caller: Annotated[Caller, need("account.own")], new: NewToken) -> MadeToken:
        """Make a token of the own account, for a program; shown once."""
        account = owner_of(caller)
        if not all(caller.may(scope) for scope in new.scopes):
            raise ProblemError(_SCOPE)
        async with db.transaction() as transaction:
            steps = accounts.add_token(account, caller.name, new.name, new.scopes, for_s=new.for_s, actor=caller.actor)
            identity, token = await transaction.take(steps)
        return MadeToken(id=identity, token=token)

    @routes.delete("/tokens/{token}", status_code=204)
    async def end_token(db: Db, caller: Annotated[Caller, need("account.own")], token: UUID) -> None:
        """End a token of the account."""
        account = owner_of(caller)
        async with db.transaction() as transaction:
            if not await transaction.run("access.end_token", {"id": token, "account": account}):
                raise not_found("token", "口令")
            await transaction.take(accounts.audit(caller.actor, "token_ended", caller.name, {"token": str(token)}))
        people.forget_all()

    return routes
