"""Any JSON object or array of objects is one document, in whatever pieces it arrives; its results come out in order."""

import json
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.dy6260 import FAMILY
from tests.contract.adapter_kit import decode, frames_of, random_chunks, readings_of, rejected_of

PROFILE = FAMILY.profile()
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
)
OBJECTS = st.dictionaries(st.text(max_size=8), SCALARS, max_size=4)
DOCUMENTS = OBJECTS | st.lists(OBJECTS, max_size=3) | st.dictionaries(st.text(max_size=8), OBJECTS, max_size=3)


@settings(deadline=None)
@given(st.lists(st.tuples(DOCUMENTS, st.booleans()), max_size=4), st.integers(0, 2**32))
def test_documents_in_pieces(documents: list[tuple[object, bool]], seed: int) -> None:
    texts = [json.dumps(document, ensure_ascii=is_ascii).encode("utf-8", "replace") for document, is_ascii in documents]
    chunks = random_chunks(b"\n".join(texts), Random(seed))
    outputs = decode(FAMILY.decoder(PROFILE, passive=True), chunks)
    assert [frame.length for frame in frames_of(outputs)] == [len(text) for text in texts]
    assert not [rejection for rejection in rejected_of(outputs) if rejection.reason != "record"]


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), max_size=8), st.integers(0, 2**32))
def test_results_in_pieces(values: list[int], seed: int) -> None:
    document = json.dumps([{"检测项目": "甲醛", "检测结果": value, "样品编号": str(value)} for value in values])
    outputs = decode(FAMILY.decoder(PROFILE, passive=True), random_chunks(document.encode(), Random(seed)))
    assert [(reading.value, reading.sample_number) for reading in readings_of(outputs)] == [(v, str(v)) for v in values]


@settings(deadline=None)
@given(st.text('{}[]",:\\ \n01.eE-+tfaluren检a', max_size=60))
def test_what_json_accepts_is_a_document_and_nothing_else(text: str) -> None:
    """Compare with the oracle, Python's parser, for one candidate that is the whole input."""
    try:
        known = json.loads(text, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        known = None
    is_document = isinstance(known, dict) or (
        isinstance(known, list) and all(isinstance(part, dict | list) for part in known[:1])
    )
    if known is not None and is_document:
        stripped = text.strip(" \n").encode()
        outputs = decode(FAMILY.decoder(PROFILE, passive=True), [text.encode()])
        assert [frame.length for frame in frames_of(outputs)] == [len(stripped)]
