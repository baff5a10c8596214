"""Rules of a district's own, written as the API writes them."""

from typing import Any

import psycopg

from storage.deeds import SYSTEM
from storage.rules import table
from storage.rules.rule import EventRule
from storage.steps import run
from tests.support.server import now

TITLE = {"en": "Near the limit", "zh": "接近限值"}


def own_rule(when: str, **more: Any) -> EventRule:
    return EventRule.model_validate({"on": "result", "when": when, "severity": "warning", "title": TITLE} | more)


def put_rule(connection: psycopg.Connection[Any], name: str, when: str, **more: Any) -> int:
    """Keep a rule; return its version."""
    with connection.transaction(), connection.cursor() as cursor:
        return run(cursor, table.put(name, own_rule(when, **more), actor=SYSTEM, now=now()))
