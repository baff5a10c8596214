"""Kind of record -> what an event of it says to people, beside its typed row: items of the live feed, signals for
alerts, the state of a device. One function a kind, which adds to the transaction in the making (ingest/work.py).
"""

from collections.abc import Mapping

from ingest.effects import agent, camera, device, handling, probe, reading, result, sample
from ingest.effects.effect import NONE, Effect, Seen
from wire import kinds
from wire.kinds.kind import Kind

__all__ = ["EFFECTS", "NONE", "Effect", "Seen"]

EFFECTS: Mapping[Kind, Effect] = {
    kinds.result.KIND: result.effect,
    kinds.sample.KIND: sample.effect,
    kinds.handling.KIND: handling.effect,  # steps of alerts: ingest/handlings.py
    kinds.link.KIND: NONE,  # of many events together: ingest/samples.py
    kinds.reading.KIND: reading.effect,
    kinds.probe.KIND: probe.effect,
    kinds.camera.KIND: camera.effect,
    kinds.device.KIND: device.effect,
    kinds.agent.KIND: agent.effect,
    kinds.checkpoint.KIND: NONE,  # about the chain: streams.py
    kinds.deed.KIND: NONE,  # of the centre itself, which ingest does not take in
}
