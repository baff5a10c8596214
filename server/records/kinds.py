"""Kind of record -> the folder of server/records that shows what is stored of it."""

from collections.abc import Mapping

from wire import kinds
from wire.kinds.kind import Kind

# Shown by nobody but GET /api/v1/events/{id}, as the exact bytes.
NONE = None

SHOWN: Mapping[Kind, str | None] = {
    kinds.result.KIND: "results",
    kinds.sample.KIND: "samples",
    kinds.link.KIND: "samples",
    kinds.handling.KIND: "alerts",
    kinds.reading.KIND: "readings",
    kinds.probe.KIND: "probes",
    kinds.camera.KIND: "cameras",
    kinds.device.KIND: "stations",
    kinds.agent.KIND: NONE,
    kinds.checkpoint.KIND: NONE,  # as `signed_through` of a stream
    kinds.deed.KIND: "audit",
}
