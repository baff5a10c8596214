"""Lists samples and results as plain documents. Queries inside the spool."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from edge.samples.asked import Results, Samples
from edge.spool.file import Connection

_SAMPLES = """
SELECT sample.key, sample.number, sample.data, sample.revision, sample.registered_ms, sample.event,
    (SELECT count(*) FROM tested WHERE tested.sample = sample.key),
    (SELECT count(*) FROM tested WHERE tested.sample = sample.key AND tested.verdict = 'fail'),
    (SELECT group_concat(item, char(10)) FROM awaited WHERE awaited.sample = sample.key)
FROM sample
"""
_ORDER = " ORDER BY registered_ms DESC, number DESC LIMIT ?"
_RESULTS = """
SELECT tested.id, tested.number, device, item, tested.data, verdict, recorded_ms, tested.sample, rule, who,
    tested.revision, tested.link, sample.number, sample.data
FROM tested LEFT JOIN sample ON sample.key = tested.sample
"""
_LAYOUT = """
SELECT layout.device, layout.channel, layout.item, layout.who, layout.run, sample.key, sample.number, sample.data
FROM layout LEFT JOIN sample ON sample.key = layout.sample WHERE ? = '' OR layout.device = ?
ORDER BY layout.device, layout.channel
"""
_STATE = "SELECT refused FROM outbox WHERE lane IN (0, 1) AND sequence = ?"


def samples(connection: Connection, asked: Samples) -> list[dict[str, Any]]:
    """List samples, the last registered first."""
    where, values = ["registered_ms < ?"], [asked.before]
    if asked.waiting:
        where.append("sample.key IN (SELECT sample FROM awaited)")
    more: list[Any] = []
    if asked.text:
        names = ("commodity", "stall", "vendor", "supplier", "lot")
        fields = " || ' ' || ".join(f"coalesce(json_extract(data, '$.{name}'), '')" for name in names)
        where.append(f"instr(number || ' ' || code || ' ' || {fields}, ?)")
        more.append(asked.text)
    query = _SAMPLES + " WHERE " + " AND ".join(where) + _ORDER
    rows = connection.execute(query, (*values, *more, asked.limit)).fetchall()
    return [_sample(connection, row) for row in rows]


def sample(connection: Connection, key: str) -> dict[str, Any]:
    """Return one sample by its key."""
    return _sample(connection, connection.execute(_SAMPLES + " WHERE key = ?", (key,)).fetchone())


def results(connection: Connection, asked: Results) -> list[dict[str, Any]]:
    """List results, the newest first."""
    where, values = ["tested.number < ?"], [asked.before]
    more: list[Any] = []
    if asked.unlinked:
        where.append("tested.sample IS NULL")
    if asked.sample:
        where.append("tested.sample = ?")
        more.append(asked.sample)
    query = _RESULTS + " WHERE " + " AND ".join(where) + " ORDER BY tested.number DESC LIMIT ?"
    rows = connection.execute(query, (*values, *more, asked.limit)).fetchall()
    return [_result(connection, row) for row in rows]


def result(connection: Connection, event: UUID | str) -> dict[str, Any]:
    """Return one result by the first id of its event."""
    return _result(connection, connection.execute(_RESULTS + " WHERE tested.id = ?", (str(event),)).fetchone())


def layout(connection: Connection, device: str) -> list[dict[str, Any]]:
    """Return the wells of the next run of a device; '' of all."""
    rows = connection.execute(_LAYOUT, (device, device)).fetchall()
    return [
        {
            "device": place,
            "channel": channel,
            "item": item,
            "who": who,
            "is_used": run is not None,
            "sample": key,
            "number": number,
            "commodity": json.loads(data).get("commodity", "") if data else "",
        }
        for place, channel, item, who, run, key, number, data in rows
    ]


def _sample(connection: Connection, row: tuple[Any, ...]) -> dict[str, Any]:
    _, _, data, revision, registered_ms, event, tests, failed, awaited = row
    return {
        **json.loads(data),
        "revision": revision,
        "registered_at": _moment(registered_ms),
        "registered_ms": registered_ms,
        "tests": tests,
        "failed": failed,
        "awaited": awaited.split("\n") if awaited else [],
        **_state(connection, event),
    }


def _result(connection: Connection, row: tuple[Any, ...]) -> dict[str, Any]:
    event, number, device, item, data, verdict, at, key, rule, who, revision, link, of, sample_data = row
    said = json.loads(data)
    known = json.loads(sample_data) if sample_data else said.get("sample", {})
    names = ("commodity", "stall", "vendor", "supplier", "lot")
    return {
        "id": event,
        "number": number,
        "device": device,
        "item": item,
        "item_name": said.get("item_name", ""),
        "channel": said.get("channel"),
        "run": said.get("run", ""),
        "value": said.get("value"),
        "value_text": said.get("value_text", ""),
        "unit": said.get("unit", ""),
        "verdict": verdict,
        "device_verdict": said.get("device_verdict"),
        "origin": said.get("origin", "instrument"),
        "is_retest": said.get("is_retest", False),
        "recorded_at": _moment(at),
        "measured_at": said.get("measured_at"),
        "sample_said": said.get("sample", {}).get("number", ""),
        "sample": key,
        "sample_number": of or "",
        **{name: known.get(name, "") for name in names},
        "rule": rule,
        "who": who,
        "revision": revision,
        **_state(connection, number),
        "link_state": _state(connection, link)["state"] if link else "",
    }


def _state(connection: Connection, number: int) -> dict[str, Any]:
    """Return what the centre has of an event: `received`, `waiting`, or `refused` with the reason."""
    row = connection.execute(_STATE, (number,)).fetchone()
    if row is None:
        return {"state": "received", "refused": ""}
    return {"state": "refused" if row[0] else "waiting", "refused": row[0] or ""}


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
