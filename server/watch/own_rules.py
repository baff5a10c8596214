"""The district's rules over time, looked at again and again: what goes on opens alerts, what is over ends them.

One server at a time looks. A rule whose statement fails or takes too long is counted as one on events is, and leaves
what it said before as it was; no other rule waits for it for longer than a statement may take.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from psycopg import AsyncCursor, Error, OperationalError
from psycopg.errors import QueryCanceled

from server.database import Database
from storage import alerts, watch
from storage.alerts import Round
from storage.named import queries
from storage.rules import faults, table
from storage.rules.engine import Named
from storage.rules.episodes import Lasted, on_now, stations_of
from storage.rules.facts import Place
from storage.rules.over_time import TimeRule
from storage.rules.quiet import quiet_until
from storage.steps import run_async
from storage.watch import Condition
from wire.said import Said
from wire.terms import Rule, Severity

_WATCH = queries("watch")
_RULES = queries("rules")
_LOCK = 0x5368_6961_6E05
_STATEMENT_MS = 5000
_AGAIN_S = 86_400.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Lasting:
    """Threshold of a rule over time: its statement says how long a condition must have lasted."""

    severity: Severity
    ends_after_s: float
    after_s: float = 0.0


class OwnRulesWatch:
    """Watch of the rules over time. `run` is supervised; it returns only by an exception."""

    def __init__(self, db: Database, zone: ZoneInfo, look_s: float) -> None:
        self._db = db
        self._zone = zone
        self._look_s = look_s

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._look_s)

    async def look(self) -> None:
        """Look once. Raises psycopg.Error."""
        async with self._db.transaction() as transaction, transaction.connection.cursor() as cursor:
            await cursor.execute(_WATCH["try_watch"], {"key": _LOCK})
            if await cursor.fetchone() != (True,):
                return
            await cursor.execute(_WATCH["now"])
            ((now,),) = await cursor.fetchall()
            rules = await run_async(cursor, table.read())
            known = await run_async(cursor, table.places())
            await cursor.execute(_RULES["watched"], {"system": [str(rule) for rule in Rule]})
            names = {row[0] for row in await cursor.fetchall()}
            work = Round(now)
            found: list[Condition] = []
            for named in rules.named:
                rule = named.rule
                if not isinstance(rule, TimeRule) or not rule.is_on or named.name in rules.off:
                    continue
                names.add(named.name)
                lasted = await self._ask(cursor, named, rule, known, work)
                if lasted is None:
                    names.discard(named.name)
                else:
                    found += await self._conditions(cursor, named, rule, lasted, now)
            await run_async(cursor, watch.settle(work, found, rules=names, again_s=_AGAIN_S))
            await run_async(cursor, alerts.raise_all(work))
            await run_async(cursor, alerts.publish(work))
        for rule_name, count in work.opened.items():
            log.warning("alert_opened", rule=rule_name, count=count)

    async def _ask(
        self, cursor: AsyncCursor[Any], named: Named, rule: TimeRule, known: Mapping[str, Place], work: Round
    ) -> list[Lasted] | None:
        """Ask which episodes go on; None: the rule failed, and nobody can tell."""
        try:
            async with cursor.connection.transaction():
                await cursor.execute(f"SET LOCAL statement_timeout = {_STATEMENT_MS}".encode())
                return await run_async(cursor, on_now(rule, stations_of(rule, known), work.now, self._zone))
        except (QueryCanceled, Error) as exc:
            if isinstance(exc, OperationalError) and not isinstance(exc, QueryCanceled):
                raise
            error = f"{type(exc).__name__}: {exc}"[:300]
        work.signals += await run_async(cursor, faults.note({named.name: (1, error, None)}, work.now))
        return None

    async def _conditions(
        self, cursor: AsyncCursor[Any], named: Named, rule: TimeRule, lasted: list[Lasted], now: datetime
    ) -> list[Condition]:
        threshold = _Lasting(rule.severity, rule.ends_after_min * 60)
        going_on = [self._condition(named, rule, threshold, one, now) for one in lasted]
        spoken_of = {condition.key for condition in going_on}
        await cursor.execute(_WATCH["episodes"], {"rules": [named.name]})
        over = [
            Condition(named.name, threshold, False, Said("rule_over"), station=station, known_as=key)
            for key, _, station, *_ in await cursor.fetchall()
            if key not in spoken_of
        ]
        return going_on + over

    def _condition(self, named: Named, rule: TimeRule, threshold: _Lasting, one: Lasted, now: datetime) -> Condition:
        facts: dict[str, Any] = {
            "title": {"en": rule.title.en, "zh": rule.title.zh},
            "seen": dict(one.facts),
            "check": rule.STATEMENT,
            "version": named.version,
            "since": one.began.isoformat(),
        }
        if rule.quiet and rule.severity is not Severity.CRITICAL:
            until = quiet_until(rule.quiet, now, self._zone)
            if until is not None:
                facts["quiet_until"] = until.isoformat()
        shown = ", ".join(f"{name} = {value}" for name, value in one.facts.items())[:300]
        note = Said("rule_held", title_en=rule.title.en, title_zh=rule.title.zh, seen=shown)
        return Condition(
            named.name, threshold, True, note, station=one.station, device=one.device, name=one.name, facts=facts
        )
