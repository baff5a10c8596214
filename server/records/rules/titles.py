"""The names of all rules as people read them: whoever sees alerts sees what they are called."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel

from server.access.caller import Caller
from server.access.need import need
from server.database import Db, Transaction
from server.records.rules.listing import TitleShown
from storage.rules import table
from wire.words import RULES, Terms

router = APIRouter()


class RuleTitle(BaseModel):
    """Title of a rule that is data: shipped, or the district's own."""

    name: str
    title: TitleShown


@router.get("/titles")
async def list_titles(db: Db, caller: Annotated[Caller, need("alerts.read")]) -> list[RuleTitle]:  # noqa: ARG001 - all
    """List the titles of shipped and own rules, also of those that were removed: their alerts stay."""
    async with db.transaction() as transaction:
        titles = await transaction.take(table.titles())
    return [RuleTitle(name=name, title=TitleShown.of(titles[name])) for name in sorted(titles)]


async def rule_words(transaction: Transaction) -> Terms:
    """Return the words for every rule, those of the system included."""
    return {**await transaction.take(table.titles()), **RULES}


async def words_of_file(transaction: Transaction) -> dict[str, Terms]:
    """Return the words of a file that has a column of rules."""
    return {"rule": await rule_words(transaction)}
