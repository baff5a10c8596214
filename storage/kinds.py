"""Kind of record -> its typed table and row. Everything that the database does for a kind follows from this: ingest's
inserts, the comparison in the walk of the chains and its SQL, the hypertables, the rights of the roles, a rebuild.
"""

from collections.abc import Mapping

from storage.rows import Typed
from storage.typed import camera, deed, handling, link, probe, reading, result, sample
from wire import kinds
from wire.kinds.kind import Kind

# What is kept in the ledger alone, and read nowhere else.
NONE = None

TYPED: Mapping[Kind, Typed | None] = {
    kinds.result.KIND: result.TYPED,
    kinds.sample.KIND: sample.TYPED,
    kinds.link.KIND: link.TYPED,
    kinds.handling.KIND: handling.TYPED,
    kinds.reading.KIND: reading.TYPED,
    kinds.probe.KIND: probe.TYPED,
    kinds.camera.KIND: camera.TYPED,
    kinds.device.KIND: NONE,  # what it says lies in `device`, which keeps the newest alone
    kinds.agent.KIND: NONE,
    kinds.checkpoint.KIND: NONE,
    kinds.deed.KIND: deed.TYPED,
}
WITH_ROWS: Mapping[Kind, Typed] = {kind: typed for kind, typed in TYPED.items() if typed is not None}
