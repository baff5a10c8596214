"""The kinds of record: a module each, and the registry that everything else follows from.

Adding one: docs/adding-a-kind.md.
"""

import hashlib
import json
from functools import cache
from typing import get_args

from wire.kinds import agent, camera, checkpoint, deed, device, handling, link, probe, reading, result, sample
from wire.kinds.envelope import NotUnderstood
from wire.kinds.kind import Kind

KINDS: tuple[Kind, ...] = (
    result.KIND,
    sample.KIND,
    link.KIND,
    handling.KIND,
    reading.KIND,
    probe.KIND,
    camera.KIND,
    device.KIND,
    agent.KIND,
    checkpoint.KIND,
    deed.KIND,
)
# The same list for the type checkers, which cannot follow the registry.
Event = (
    result.ResultEvent
    | sample.SampleEvent
    | link.LinkEvent
    | handling.HandlingEvent
    | reading.ReadingEvent
    | probe.ProbeEvent
    | camera.CameraEvent
    | device.DeviceEvent
    | agent.AgentEvent
    | checkpoint.CheckpointEvent
    | deed.DeedEvent
)
Received = Event | NotUnderstood
assert get_args(Event) == tuple(kind.event for kind in KINDS), "wire/kinds: Event and KINDS are one list"
BY_NAME = {kind.name: kind for kind in KINDS}
BY_TYPE = {kind.event_type: kind for kind in KINDS}
BY_EVENT = {kind.event: kind for kind in KINDS}
BY_DATA = {kind.data: kind for kind in KINDS}


@cache
def fingerprint() -> str:
    """Return what tells the kinds that this version understands from those of another one."""
    schemas = [kind.event.model_json_schema() for kind in KINDS]
    return hashlib.sha256(json.dumps(schemas, sort_keys=True).encode()).hexdigest()[:16]
