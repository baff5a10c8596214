"""The key of an alert: which events make one, for ingest and for the dry run."""

from datetime import date

from storage.rules.rule import EventRule


def key_of(
    name: str, rule: EventRule, station: str, device: str, day: date, *, sample: str = "", item: str = ""
) -> str:
    """Return the key of the alert: always of one day at most, or a rule would be silent for ever behind an alert that
    nobody resolved. `sample`: what tells the samples of a day apart (ingest/verdict.py)."""
    parts = [name, station]
    if rule.together == "sample":
        parts += [sample, item]
    elif rule.together == "device":
        parts.append(device)
    return "/".join([*parts, str(day)])
