"""The check of a rule while somebody writes it: every mistake with its place, nothing else."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from process.field_faults import sentence
from server.access.caller import Caller
from server.access.need import need
from storage.rules.file import check_named, model_of, read_rule
from storage.rules.mistakes import Mistake

router = APIRouter()


class Draft(BaseModel):
    """Rule as it stands in the form, right or not."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=100)]
    rule: dict[str, Any]


class RuleFault(BaseModel):
    """Mistake in a rule. `where`: the key, `when` or `title.zh`; line and column count from 1, 0: of the whole."""

    where: str
    line: int
    column: int
    message: str
    message_zh: str


class Checked(BaseModel):
    """Outcome of the check; no faults: it can be kept."""

    faults: list[RuleFault]


@router.post("/check")
async def check_rule(caller: Annotated[Caller, need("rules.read")], draft: Draft) -> Checked:  # noqa: ARG001 - the same for all
    """Check a rule without keeping it: its form, its name, its expression."""
    model = model_of(draft.rule)
    if model is None:
        return Checked(faults=[_fault(one, draft.name) for one in read_rule(draft.name, draft.rule)[1]])
    try:
        rule = model.model_validate(draft.rule)
    except ValidationError as exc:
        return Checked(
            faults=[
                RuleFault(
                    where=".".join(map(str, error["loc"])),
                    line=0,
                    column=0,
                    message=sentence(error, chinese=False),
                    message_zh=sentence(error, chinese=True),
                )
                for error in exc.errors(include_url=False)
            ]
        )
    return Checked(faults=[_fault(one, draft.name) for one in check_named(draft.name, rule)])


def _fault(mistake: Mistake, name: str) -> RuleFault:
    where = mistake.key.removeprefix(f"rule.{name}").removeprefix(".")
    return RuleFault(
        where=where or "name",
        line=mistake.line,
        column=mistake.column,
        message=mistake.words.en,
        message_zh=mistake.words.zh,
    )
