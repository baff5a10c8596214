"""Results: failed tests and verdicts that disagree are alerts, and each result is news."""

import json
from functools import lru_cache

from ingest.effects.effect import Seen
from ingest.rules import on_result
from ingest.verdict import Judged
from ingest.work import Work
from wire.clocks import readable
from wire.kinds.result import ResultEvent

_text = json.JSONEncoder(ensure_ascii=False).encode
_FIXED = ("station", "device", "item", "item_name", "role", "unit", "verdict", "device_verdict")


def effect(work: Work, event: ResultEvent, seen: Seen) -> None:
    """Add the alerts of a result and its item; expect its photograph."""
    assert seen.judged is not None, "every result is judged"
    if event.data.photo:
        digest = bytes.fromhex(event.data.photo)
        work.media.append((seen.station, digest, seen.device, event.id, event.id, seen.moment.at))
    work.signals += on_result(seen.judged)
    work.items.append(result_item(seen.judged, work.received_at))


def result_item(judged: Judged, received_at: str) -> str:
    """Return the JSON of a wire.kinds.result.ResultItem, put together by hand: of all that ingest does for an event,
    building and dumping that model would cost the most. `received_at` in ISO 8601. A test holds it against the
    model."""
    event, data, sample = judged.event, judged.event.data, judged.event.data.sample
    says = data.device_verdict.value if data.device_verdict else None
    names = (data.item, data.item_name, data.role.value, data.unit, judged.verdict.value, says)
    fixed = _fixed((judged.station, judged.device, *names))
    at = readable(data.measured_at)
    measured_at = f'"{at.isoformat()}"' if at else "null"
    return (
        f'{{"kind":"result","id":"{event.id}",{fixed},"sample":{_text(sample.number)},'
        f'"commodity":{_text(sample.commodity)},"value":{"null" if data.value is None else repr(data.value)},'
        f'"value_text":{_text(data.value_text)},"measured_at":{measured_at},'
        f'"recorded_at":"{judged.moment.at.isoformat()}","received_at":"{received_at}",'
        f'"flags":{_text(" ".join((*data.flags, *judged.moment.flags, *judged.flags)))}}}'
    )


@lru_cache(4096)
def _fixed(values: tuple[str | None, ...]) -> str:
    """Return what the results of one device mostly have in common."""
    common = dict(zip(_FIXED, values, strict=True))
    return json.dumps(common, ensure_ascii=False, separators=(",", ":"))[1:-1]
