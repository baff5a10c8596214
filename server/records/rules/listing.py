"""All rules in one list, with how each is doing."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from server.database import Transaction
from server.records.rules.forms import RuleForm
from storage.rules import system, table
from storage.rules.file import shipped
from wire.terms import Rule, Severity
from wire.words import RULES, Term


class TitleShown(BaseModel):
    """Words in both languages."""

    en: str
    zh: str

    @classmethod
    def of(cls, words: Term) -> "TitleShown":
        """Return the words of a term."""
        return cls(en=words.en, zh=words.zh)


class RuleShown(BaseModel):
    """Rule of the district. `rule`: as it can be changed; null for those of the system, which are not data of this
    kind, and for one that is broken. `has_thresholds`: a rule of the system whose thresholds can be changed, at
    /thresholds/{name}."""

    name: str
    title: TitleShown
    source: Annotated[Literal["system", "shipped", "own"], Field(description="own: changed or written by the district")]
    severity: Annotated[Severity | None, Field(description="null: it depends on the case")]
    is_on: bool
    has_thresholds: bool = False
    rule: RuleForm | None
    version: Annotated[int, Field(description="of the table; 0: as it was shipped")]
    alerts: Annotated[int, Field(description="that it raised within the last 30 days")]
    last_at: AwareDatetime | None
    failures: Annotated[int, Field(description="events for which it could not be judged since it was changed")]
    error: Annotated[str, Field(description="of the last failure, or why it is not run")]
    off_at: Annotated[AwareDatetime | None, Field(description="it failed so often that it is off since then")]


class _Used(BaseModel):
    rule: str
    alerts: int
    last_at: AwareDatetime


async def shown_rules(transaction: Transaction) -> list[RuleShown]:
    """Return all rules, in the order of their names."""
    rules = await transaction.take(table.read())
    faults = await transaction.take(table.faults())
    used = {row.rule: row for row in await transaction.rows(_Used, "rules.used")}
    held = await transaction.take(system.read())
    found = [_of_system(rule, used.get(rule), held.get(rule)) for rule in Rule]
    for named in rules.named:
        written: Any = named.rule  # one of RuleForm, all of which are rules
        fault, raised = faults.get(named.name), used.get(named.name)
        found.append(
            RuleShown(
                name=named.name,
                title=TitleShown(en=named.rule.title.en, zh=named.rule.title.zh),
                source="own" if named.version else "shipped",
                severity=named.rule.severity,
                is_on=named.rule.is_on and named.name not in rules.off,
                rule=written,
                version=named.version,
                alerts=raised.alerts if raised else 0,
                last_at=raised.last_at if raised else None,
                failures=fault.failures if fault else 0,
                error=fault.error if fault else "",
                off_at=fault.off_at if fault else None,
            )
        )
    found += [_broken(broken) for broken in rules.broken]
    return sorted(found, key=lambda rule: rule.name)


def _of_system(rule: Rule, raised: _Used | None, held: system.Held | None) -> RuleShown:
    return RuleShown(
        name=rule,
        title=TitleShown.of(RULES[rule]),
        source="system",
        severity=held.now.severity if held else None,
        is_on=held.now.is_on if held else True,
        has_thresholds=held is not None,
        rule=None,
        version=0,
        alerts=raised.alerts if raised else 0,
        last_at=raised.last_at if raised else None,
        failures=0,
        error="",
        off_at=None,
    )


def _broken(broken: table.Broken) -> RuleShown:
    title = shipped()[broken.name].title if broken.name in shipped() else None
    return RuleShown(
        name=broken.name,
        title=TitleShown(en=title.en if title else broken.name, zh=title.zh if title else broken.name),
        source="own",
        severity=None,
        is_on=False,
        rule=None,
        version=0,
        alerts=0,
        last_at=None,
        failures=0,
        error=broken.mistakes[0].text(chinese=False),
        off_at=None,
    )
