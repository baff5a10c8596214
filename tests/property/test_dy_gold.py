"""Whatever curves a module sends, in either variant and in whatever pieces, each comes out once."""

import struct
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_adapters.dy_gold import FAMILY
from tests.contract.adapter_kit import decode, random_chunks, readings_of, rejected_of
from tests.contract.test_dy_gold import _v1, _v3

PROFILE = FAMILY.profile()
CURVES = st.lists(st.sampled_from([0x7E7E, 0x017E, 0x7E16, 5, 40000]) | st.integers(0, 65535), min_size=1, max_size=241)


@settings(deadline=None)
@given(st.lists(CURVES, max_size=4), st.booleans(), st.integers(0, 2**32))
def test_scans_in_pieces(curves: list[list[int]], is_v3: bool, seed: int) -> None:
    frame = _v3 if is_v3 else _v1
    scans = [frame(0x16, struct.pack(f"<{len(curve)}H", *curve)) for curve in curves]
    stream = frame(0x02, bytes((1, 0x10, 0x13))) + b"".join(scans)
    outputs = decode(FAMILY.decoder(PROFILE, passive=True), random_chunks(stream, Random(seed), 100))
    assert not rejected_of(outputs)
    assert [reading.raw for reading in readings_of(outputs)] == scans


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_noise_makes_no_result(noise: bytes) -> None:
    assert not readings_of(decode(FAMILY.decoder(PROFILE, passive=True), [noise]))
