"""The district's own rules on events, held against each event that is taken in (storage/rules/).

A rule that cannot be judged stops nothing: it is counted, and after so many failures it is off until somebody changes
it, which an alert tells. A rule that does not pass the check is never run; the list of rules says why.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import structlog

from ingest.effects.effect import Seen
from ingest.work import Work
from storage.rules import faults, table
from storage.rules.engine import Engine, Match
from storage.rules.facts import Place, Taken
from storage.rules.keys import key_of
from storage.rules.quiet import quiet_until
from storage.signals import Signal
from storage.steps import run
from wire.kinds import BY_EVENT
from wire.said import Said
from wire.terms import Severity

_NAMED = 6

log = structlog.get_logger()


class OwnRules:
    """Rules as one worker knows them. `version`: of the table that was read."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.version = 0
        self._engine = Engine()
        self._places: Mapping[str, Place] = {}
        self._stamp: table.Stamp | None = None

    def read(self, cursor: psycopg.Cursor[Any]) -> None:
        """Read the rules and the stations anew. Raises psycopg.Error."""
        stamp = run(cursor, table.stamp())
        self.version = stamp.version
        places = run(cursor, table.places())
        if places != self._places:
            self._places = places
            self._engine.forget_places()
        if stamp != self._stamp:
            rules = run(cursor, table.read())
            self._stamp = stamp
            self._engine = Engine(named for named in rules.named if named.name not in rules.off)
            for broken in rules.broken:
                log.error("rule_not_run", rule=broken.name, error=str(broken.mistakes[0].words.en)[:300])

    def judge(self, work: Work, event: Any, seen: Seen, received_at: datetime) -> None:
        """Hold the rules against an event. Fills work.signals and work.rule_faults."""
        on = BY_EVENT[type(event)].name
        if not self._engine.is_on(on):
            return
        flags = (*seen.moment.flags, *(seen.judged.flags if seen.judged else ()))
        place = self._places.get(seen.station) or Place(seen.station)
        at = seen.moment.at.astimezone(self._zone)
        taken = Taken(event.data, place, seen.device, at, received_at, seen.judged, flags)
        matches, failed = self._engine.judge(on, taken)
        for match in matches:
            work.signals.append(self._signal(work, match, event, seen))
        work.rule_faults += [(fault, event.id) for fault in failed]

    def _signal(self, work: Work, match: Match, event: Any, seen: Seen) -> Signal:
        named, rule = match.named, match.rule
        title = {"en": rule.title.en, "zh": rule.title.zh}
        shown = ", ".join(f"{name} = {value}" for name, value in list(match.seen.items())[:_NAMED])[:300]
        facts: dict[str, Any] = {"title": title, "seen": dict(match.seen), "when": rule.when, "version": named.version}
        judged = seen.judged
        item = sample = commodity = sample_key = ""
        if judged is not None:
            data = judged.event.data
            facts |= {"value": data.value, "value_text": data.value_text, "unit": data.unit}
            facts["verdict"] = judged.verdict.value
            sample_key = judged.sample
            item, sample, commodity = data.item, data.sample.number, data.sample.commodity
        day = seen.moment.at.astimezone(self._zone).date()
        if rule.quiet and rule.severity is not Severity.CRITICAL:
            until = quiet_until(rule.quiet, work.now, self._zone)
            if until is not None:
                facts["quiet_until"] = until.isoformat()
        return Signal(
            rule=named.name,
            key=key_of(named.name, rule, seen.station, seen.device, day, sample=sample_key, item=item),
            severity=rule.severity,
            station=seen.station,
            subject=" ".join(filter(None, (rule.title.zh, commodity, sample)))[:200],
            note=Said("rule_held", title_en=rule.title.en, title_zh=rule.title.zh, seen=shown),
            device=seen.device if rule.together != "station" else "",
            event=event.id,
            facts=facts,
            joins=rule.on == "result",
            at=seen.moment.at,
            item=item,
            sample=sample,
            commodity=commodity,
        )


def note_faults(work: Work) -> None:
    """Count the rules that could not be judged, and tell of those that are off because of it."""
    if not work.rule_faults:
        return
    counted = Counter(fault.named.name for fault, _ in work.rule_faults)
    last = {fault.named.name: (fault.error, event) for fault, event in work.rule_faults}
    found = {name: (count, *last[name]) for name, count in counted.items()}
    work.signals += run(work.cursor, faults.note(found, work.now))
