"""Rules that could not be judged: counted, off after so many, and told."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog
from prometheus_client import Counter

from storage.named import queries
from storage.rules.table import broken_key
from storage.signals import Signal
from storage.steps import Ask, Steps
from wire.said import Said
from wire.terms import Rule, Severity

_SQL = queries("rules")
# So many failures switch a rule off: a few may be a strange record, these are a wrong rule.
MOST_FAILURES = 20

log = structlog.get_logger()
FAILED = Counter("shian_rule_failures_total", "Times that an own rule could not be judged", ["rule"])


def note(found: Mapping[str, tuple[int, str, UUID | None]], now: datetime) -> Steps[list[Signal]]:
    """Count failures: by rule how many, the last error and its event. Return the signals of rules that are off now."""
    names = sorted(found)
    values = {
        "rule": names,
        "failures": [found[name][0] for name in names],
        "error": [found[name][1] for name in names],
        "event": [found[name][2] for name in names],
        "now": now,
        "most": MOST_FAILURES,
    }
    signals = []
    for name, failures, error, event, is_newly_off in (yield Ask(_SQL["note_faults"], values)):
        FAILED.labels(name).inc(found[name][0])
        log.warning("rule_failed", rule=name, failures=failures, error=error, event_id=str(event))
        if is_newly_off:
            signals.append(_broken(name, error, failures))
    return signals


def _broken(name: str, error: str, failures: int) -> Signal:
    said = {"name": name, "error": error, "failures": failures}
    return Signal(
        rule=Rule.RULE_BROKEN,
        key=broken_key(name),
        severity=Severity.WARNING,
        station="",
        subject=name,
        note=Said("rule_failed", **said),
        facts=said,
    )
