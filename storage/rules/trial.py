"""A rule of any kind on the data of the past."""

from storage.rules.dry_run import Period, Tried, try_on_events
from storage.rules.engine import Named
from storage.rules.episodes import try_over_time
from storage.rules.rule import EventRule
from storage.steps import Steps


def try_rule(named: Named, period: Period) -> Steps[Tried]:
    """Try a rule: which alerts it would have raised. Raises ExpressionError."""
    if isinstance(named.rule, EventRule):
        return (yield from try_on_events(named.name, named.rule, period))
    return (yield from try_over_time(named, period))
