"""Streams put together of good frames, pieces of them, damaged ones and noise: however they are cut, the same comes
out, and every byte is accounted for. Runs over the vectors of the rapid testers' contract tests."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.adapter_kit import AdapterKit, decode, random_chunks
from tests.contract.test_dy723 import TestDy723
from tests.contract.test_dy2620 import TestDy2620
from tests.contract.test_dy3000 import TestDy3000
from tests.contract.test_dy5000 import TestDy5000
from tests.contract.test_dy5800 import TestDy5800
from tests.contract.test_dy6100 import TestDy6100
from tests.contract.test_dy6200 import TestDy6200, TestDy6400
from tests.contract.test_dy6260 import TestDy6260
from tests.contract.test_dy_gold import TestDyGold
from tests.contract.test_tt_smart import TestTtSmart
from tests.contract.test_ttnj import TestTtnj

KITS = (
    TestDy2620,
    TestDy3000,
    TestDy5000,
    TestDy5800,
    TestDy6100,
    TestDy6200,
    TestDy6400,
    TestDy6260,
    TestDy723,
    TestDyGold,
    TestTtSmart,
    TestTtnj,
)
# Imported for their vectors; their tests run where they are defined.
for _kit in KITS:
    globals().pop(_kit.__name__)


@st.composite
def mixtures(draw: st.DrawFn, kit: type[AdapterKit]) -> bytes:
    streams = [vector.stream[-2000:] for vector in kit.vectors[1:]]
    stream = b""
    for _ in range(draw(st.integers(1, 5))):
        piece = draw(st.sampled_from(streams))
        if draw(st.booleans()):
            first, last = sorted((draw(st.integers(0, len(piece))), draw(st.integers(0, len(piece)))))
            piece = piece[first:last]
        if piece and draw(st.booleans()):
            at = draw(st.integers(0, len(piece) - 1))
            piece = piece[:at] + draw(st.binary(max_size=2)) + piece[at + 1 :]
        stream += piece + draw(st.binary(max_size=12))
    return stream


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.__name__)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_mixture(kit: type[AdapterKit], data: st.DataObject) -> None:
    stream = data.draw(mixtures(kit))
    profile = kit.family.profile(kit.vectors[-1].profile)
    whole = decode(kit.family.decoder(profile, passive=True), [stream])
    chunks = random_chunks(stream, Random(data.draw(st.integers(0, 2**32))), data.draw(st.integers(1, 200)))
    assert decode(kit.family.decoder(profile, passive=True), chunks) == whole
    kit()._check_ranges(stream, whole)
