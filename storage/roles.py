"""The rights in the database: an owner that migrates, a role for ingest, a role for the server, none a superuser.

The table below is the whole of it; `shian migrate --ingest-role R --server-role R` makes it so at every run, and a
test holds that no table is forgotten. Evidence (the ledger, typed rows, steps, audit) can be added to by those who
write it, and changed or taken away by nobody but the owner.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from storage.kinds import WITH_ROWS

_READ = "SELECT"
_ADD = "SELECT, INSERT"
_KEEP = "SELECT, INSERT, UPDATE"
_PRUNE = "SELECT, INSERT, UPDATE, DELETE"


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of the two roles; both must exist."""

    ingest: str
    server: str


@dataclass(frozen=True, slots=True)
class Rights:
    """Rights of a role to one table; empty: none."""

    ingest: LiteralString
    server: LiteralString


RIGHTS: Mapping[str, Rights] = {
    "account": Rights("", _KEEP),
    "account_role": Rights("", _PRUNE),
    "accounted": Rights(_ADD, _READ),
    "alert": Rights(_KEEP, _KEEP),
    "alert_rule": Rights(_READ, _PRUNE),
    "alert_rule_fault": Rights(_KEEP, _READ),
    "alert_rule_history": Rights(_READ, _READ),
    "alert_attachment": Rights("", _ADD),
    "alert_step": Rights(_ADD, _ADD),
    "anchor": Rights(_READ, _KEEP),
    "anchor_place": Rights("", _KEEP),
    "analyte_limit": Rights(_READ, _READ),
    "analyte_limit_history": Rights(_READ, _READ),
    "api_token": Rights("", _KEEP),
    "area": Rights(_READ, _READ),
    "audit": Rights(_READ, _READ),  # of versions before the deeds: closed
    "budget": Rights(_PRUNE, _KEEP),
    "business": Rights("", _READ),
    "camera_group": Rights("", _KEEP),
    "camera_layout": Rights("", _ADD),
    "camera_review": Rights("", _KEEP),
    "camera_trouble": Rights(_PRUNE, _READ),
    "centre": Rights("", ""),
    "claim": Rights(_ADD, _READ),
    "daily_result": Rights(_KEEP, _READ),
    "daily_sample": Rights(_PRUNE, _READ),  # a result that finds its sample is no sample of its own any more
    "daily_station": Rights(_KEEP, _READ),
    "delivery": Rights(_ADD, _KEEP),
    "delivery_attempt": Rights("", _ADD),
    "device": Rights(_KEEP, _READ),
    "device_title": Rights("", _KEEP),
    "district_change": Rights("", _READ),
    "disputed": Rights(_ADD, _READ),
    "district_zone": Rights(_ADD, _READ),
    "drill": Rights("", _KEEP),
    "duty_note": Rights("", _ADD),
    "duty_override": Rights("", _KEEP),
    "duty_rota": Rights("", _KEEP),
    "duty_shift": Rights("", _KEEP),
    "enrolment_code": Rights("", _KEEP),
    "enrolment_place": Rights("", _KEEP),
    "escalation": Rights("", _KEEP),
    "event": Rights(_ADD, _READ),
    "event_media": Rights(_ADD, _READ),
    "feed": Rights(_ADD, _PRUNE),
    "food": Rights("", _READ),
    "folded": Rights(_ADD, _READ),
    "four_eyes": Rights("", _READ),
    "given_up": Rights(_ADD, _READ),
    "ingest_worker": Rights(_PRUNE, "SELECT, DELETE"),
    "link_key": Rights("", _ADD),
    "link_use": Rights("", _ADD),
    "link_now": Rights(_KEEP, _READ),
    "media": Rights(_ADD, "SELECT, UPDATE"),
    "migration": Rights(_READ, _READ),
    "not_understood": Rights(_KEEP, _READ),
    "one_time": Rights("", _PRUNE),
    "open_view": Rights("", _PRUNE),
    "operator": Rights("", _READ),
    "place_size": Rights("", _PRUNE),
    "probe": Rights(_KEEP, _READ),
    "proposal": Rights("", _KEEP),
    "quarantine": Rights(_KEEP, "SELECT, UPDATE (decision, decided_at, decided_by, decided_why)"),
    "reading_limit": Rights(_READ, _READ),
    "reading_series": Rights(_PRUNE, _READ),
    "recorded_again": Rights(_ADD, _READ),
    "rebuilding": Rights("", ""),
    "report_day": Rights("", _PRUNE),
    "report_part": Rights("", _PRUNE),
    "report_stall": Rights("", _PRUNE),
    "report_mail": Rights("", _KEEP),
    "retired": Rights(_READ, _READ),
    "rule_threshold": Rights(_READ, _PRUNE),
    "routing_decision": Rights("", _KEEP),
    "sample_now": Rights(_KEEP, _READ),
    "sampling_task": Rights("", _READ),
    "session": Rights("", _PRUNE),
    "silence": Rights("", _KEEP),
    "silenced": Rights("", _READ),
    # The server enrols stations, redeems their codes (a key, and with it the trust in the station) and revokes them.
    "station": Rights(
        "SELECT, UPDATE",
        "SELECT, INSERT, UPDATE (public_key, standing, standing_at, state, state_at, title, title_en, area)",
    ),
    "state_change": Rights(_ADD, "SELECT, DELETE"),
    "station_certificate": Rights("", _KEEP),
    "station_document": Rights("", _KEEP),
    "station_key": Rights(_READ, _READ),
    "station_status": Rights(_KEEP, _READ),
    "stream": Rights(_KEEP, _READ),
    "stream_break": Rights(_ADD, _READ),
    "subscription": Rights(_READ, _KEEP),
    "turn": Rights("", _PRUNE),
    "voided": Rights("", _ADD),
    "watch": Rights(_PRUNE, _PRUNE),
    "watch_past": Rights(_ADD, _PRUNE),
    # The typed tables of every kind of record.
    **{typed.table.name: Rights(_READ if kind.is_of_centre else _ADD, _READ) for kind, typed in WITH_ROWS.items()},
}
# The one way into the centre's own stream: to add to it, for both.
FUNCTIONS: tuple[LiteralString, ...] = (
    "lock_centre(uuid)",
    "append_to_centre(uuid, bigint, uuid, text, timestamptz, bytea, bytea, jsonb, bigint)",
)
# For the server alone: it finds out that an older state of the database was put back, people change limits there, and
# what is old enough is taken away by it: how old that must be, the function says.
SERVER_FUNCTIONS: tuple[LiteralString, ...] = (
    "replace_centre(uuid)",
    "add_limit(text, text, text, text, boolean, text, double precision, text, date, date, text)",
    "end_limit(text, date)",
    "forget_told(timestamptz, integer)",
    "forget_refused(timestamptz, integer)",
)


def grant(connection: psycopg.Connection[Any], roles: Roles) -> None:
    """Give both roles exactly what RIGHTS says. Raises psycopg.Error for a role that is not there."""
    schema = sql.SQL("public")
    with connection.transaction():
        for role in (roles.ingest, roles.server):
            named = sql.Identifier(role)
            connection.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {} FROM {}").format(schema, named))
            connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, named))
        for table, rights in RIGHTS.items():
            _give(connection, table, roles.ingest, rights.ingest)
            _give(connection, table, roles.server, rights.server)
        for function in FUNCTIONS:
            _let(connection, function, roles.ingest)
        for function in (*FUNCTIONS, *SERVER_FUNCTIONS):
            _let(connection, function, roles.server)


def _give(connection: psycopg.Connection[Any], table: str, role: str, what: LiteralString) -> None:
    if what:
        names = (sql.SQL(what), sql.Identifier(table), sql.Identifier(role))
        connection.execute(sql.SQL("GRANT {} ON {} TO {}").format(*names))


def _let(connection: psycopg.Connection[Any], function: LiteralString, role: str) -> None:
    names = (sql.SQL(function), sql.Identifier(role))
    connection.execute(sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(*names))
