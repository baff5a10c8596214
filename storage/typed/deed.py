"""Deeds in columns: the audit."""

import json

from storage.rows import Row, Taking, Typed
from storage.tables import table
from wire.kinds.deed import DeedEvent

DEED = table(
    "deed",
    "event uuid, recorded_at timestamptz, station text, actor text, actor_kind text, account uuid, address text,"
    " action text, subject text, place text, why text, facts text, flags text",
)


def deed_row(event: DeedEvent, taking: Taking) -> Row:
    """Return the row of a deed."""
    data = event.data
    who = (data.actor, data.actor_kind.value, data.account, data.address)
    facts = json.dumps(data.facts, ensure_ascii=False, sort_keys=True)
    said = (data.action, data.subject, data.place, data.why, facts)
    return (event.id, taking.moment.at, event.station, *who, *said, " ".join(taking.moment.flags))


TYPED = Typed(DEED, deed_row)
