"""A JSON document -> readings, by its Chinese keys: 检测结果, 检测项目, 样品编号, 样品名称, 检测时间 (see
`firmware_adapters.labelled` for all of them).

Every object with a result among its keys is one reading, at whatever depth; fields around it (a sample's number over a
list of its results) hold for it too, unless it says otherwise itself. A result that names neither its sample nor its
time is none: it is what is left of a document that was cut (`record`). Numbers are kept as they were written. A
document without a result is a whole frame with nothing in it.
"""

import json
from collections.abc import Iterator, Mapping

from firmware_adapters.contract import FrameRejected, Reading
from firmware_adapters.framing import Found
from firmware_adapters.labelled import LABELS, Meaning, NotLabelledError, read_labelled
from firmware_adapters.profile import Profile

_OWN: set[Meaning | None] = {"number", "commodity", "record", "time", "date"}
Json = dict[str, "Json"] | list["Json"] | str | bool | None


def read_document(frame: Found, profile: Profile, labels: Mapping[str, Meaning]) -> list[Reading | FrameRejected]:
    document: Json = json.loads(frame.data, parse_float=str, parse_int=str)
    outputs: list[Reading | FrameRejected] = []
    known: dict[str, Meaning] = {**LABELS, **labels}
    for record in _records(document, {}, known):
        try:
            if not _OWN & {known.get(key) for key in record}:
                raise NotLabelledError("a result of no sample")
            outputs.append(read_labelled(record, profile, labels, frame.data, frame.offset))
        except NotLabelledError as exc:
            outputs.append(FrameRejected("record", frame.offset, frame.data, str(exc)))
    return outputs


def _records(node: Json, around: Mapping[str, str], labels: Mapping[str, Meaning]) -> Iterator[dict[str, str]]:
    if isinstance(node, list):
        for part in node:
            yield from _records(part, around, labels)
    elif isinstance(node, dict):
        own = {key: _text(value) for key, value in node.items() if not isinstance(value, dict | list)}
        said = {**around, **own}
        if any(labels.get(key) == "value" for key in own):
            yield said
        for part in node.values():
            yield from _records(part, said, labels)


def _text(value: Json) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value)
