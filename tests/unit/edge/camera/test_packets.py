"""The ring of packets."""

from fractions import Fraction

from edge.camera.packets import Packet, PacketRing, StreamInfo

INFO = StreamInfo("h264", 640, 360, b"", Fraction(1, 10))


def packet(tick: int, *, is_key: bool = False, size: int = 10) -> Packet:
    return Packet(bytes(size), tick, tick, tick / 10, is_key)


def ring_of(count: int, *, group: int = 10, seconds: float = 2.0, limit: int = 1 << 20) -> PacketRing:
    ring = PacketRing(seconds, limit)
    ring.begin(INFO)
    for tick in range(count):
        ring.add(packet(tick, is_key=tick % group == 0))
    return ring


def ticks(ring: PacketRing, at_s: float) -> list[int]:
    found = ring.since(at_s)
    return [] if found is None else [packet.dts for packet in found[1]]


def test_it_begins_at_the_last_key_frame_at_or_before() -> None:
    assert ticks(ring_of(25), 1.0) == list(range(10, 25))
    assert ticks(ring_of(25), 1.95) == list(range(10, 25))
    assert ticks(ring_of(25), 2.1) == list(range(20, 25))


def test_what_is_older_than_its_seconds_is_gone_by_whole_groups() -> None:
    assert ticks(ring_of(100), 0.0) == list(range(70, 100))
    assert ring_of(100).size == 300


def test_it_never_holds_more_than_its_bytes() -> None:
    ring = ring_of(1000, group=10, seconds=1e9, limit=250)
    assert ring.size <= 250
    assert ticks(ring, 0.0)[0] % 10 == 0


def test_one_group_larger_than_the_bound_is_let_go_until_the_next_key_frame() -> None:
    ring = ring_of(1000, group=500, limit=250)
    assert ring.size <= 250
    assert ticks(ring, 0.0) == []
    ring.add(packet(1000, is_key=True))
    assert ticks(ring, 0.0) == [1000]


def test_packets_before_the_first_key_frame_are_of_no_use() -> None:
    ring = PacketRing(2.0, 1000)
    ring.begin(INFO)
    ring.add(packet(0))
    assert ring.since(0.0) is None


def test_another_resolution_empties_it_and_the_same_does_not() -> None:
    ring = ring_of(25)
    ring.begin(INFO)
    assert ticks(ring, 0.0)
    ring.begin(StreamInfo("h264", 1280, 720, b"", Fraction(1, 10)))
    assert ring.since(0.0) is None
    assert ring.size == 0


def test_a_stream_that_was_lost_has_nothing_of_the_time_after_it() -> None:
    assert ticks(ring_of(25), 2.4) == list(range(20, 25))
    assert ring_of(25).since(3600.0) is None
