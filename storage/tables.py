"""The columns that ingest writes in bulk, with their types: one list for the fast paths and for the walk that compares
typed rows with the ledger."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A table's name, its columns in the order of a row, and their PostgreSQL types."""

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]


def _table(name: str, columns: str) -> Table:
    pairs = [pair.split() for pair in columns.split(",")]
    return Table(name, tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs))


EVENT = _table(
    "event",
    "stream uuid, sequence int8, id uuid, station text, device text, type text, recorded_at timestamptz,"
    " received_at timestamptz, previous bytea, hash bytea, body bytea",
)
RESULT = _table(
    "result",
    "event uuid, recorded_at timestamptz, station text, device text, received_at timestamptz,"
    " measured_at timestamptz, measured_at_text text, adapter text, profile text, identity bytea, item text,"
    " item_name text, role text, origin text, sample text, commodity text, stall text, vendor text, run text,"
    " channel int4, record text, method text, standard text, value float8, value_text text, unit text, verdict text,"
    " decided_verdict text, device_verdict text, decided_by text, operator text, is_retest bool, flags text",
)
SAMPLE = _table(
    "sample",
    "event uuid, recorded_at timestamptz, station text, number text, code text, commodity text, stall text,"
    " vendor text, sampled_at timestamptz, flags text",
)
READING = _table(
    "reading",
    "event uuid, recorded_at timestamptz, station text, device text, quantity text, value float8, unit text,"
    " measured_at timestamptz, channel int4, flags text",
)
CAMERA_EVENT = _table(
    "camera_event",
    "event uuid, recorded_at timestamptz, station text, device text, key uuid, phase text, kind text, zone text,"
    " evidence text, flags text",
)
