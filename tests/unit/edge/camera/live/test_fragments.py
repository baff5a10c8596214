from dataclasses import replace

import pytest

from edge.camera.live.fragments import Fragmenter, NotMuxableError
from edge.camera.live.nal import BadRecordError, codec_string, converter
from edge.camera.packets import Packet, StreamInfo
from tests.support.video import TIME_BASE, decoded, stream


@pytest.mark.parametrize(
    ("codec", "is_avcc", "name"),
    [("h264", False, "avc1."), ("h264", True, "avc1."), ("hevc", False, "hev1.1."), ("hevc", True, "hev1.1.")],
)
def test_fragments_of_either_kind_of_packet_decode_from_any_key_frame(codec: str, is_avcc: bool, name: str) -> None:
    info, packets = stream(codec, is_avcc=is_avcc)
    fragmenter = Fragmenter(info)
    made = [fragment for packet in packets for fragment in fragmenter.add(packet)]
    fragmenter.close()
    assert fragmenter.codec.startswith(name)
    assert [fragment.is_key for fragment in made].count(True) == 3
    assert len(made) >= 13
    keys = [at for at, fragment in enumerate(made) if fragment.is_key]
    for begin in keys:
        pictures = decoded(fragmenter.init + b"".join(fragment.data for fragment in made[begin:]))
        assert len(pictures) == 75 - 25 * keys.index(begin) - 5  # the last fragment was never complete
        assert (pictures[0].width, pictures[0].height) == (320, 184)


def test_the_init_segment_is_there_with_the_first_packet_and_never_changes() -> None:
    info, packets = stream()
    fragmenter = Fragmenter(info)
    fragmenter.add(packets[0])
    first = fragmenter.init
    assert first[4:8] == b"ftyp"
    assert fragmenter.codec.startswith("avc1.42C0")
    for packet in packets[1:]:
        fragmenter.add(packet)
    assert fragmenter.init == first


def test_a_stream_that_began_long_ago_begins_at_zero() -> None:
    info, packets = stream(seconds=2)
    fragmenter = Fragmenter(info)
    later = [
        replace(packet, pts=packet.pts + 90000 * 86_400 * 30, dts=packet.dts + 90000 * 86_400 * 30)
        for packet in packets
    ]
    made = [fragment.data for packet in later for fragment in fragmenter.add(packet)]
    assert decoded(fragmenter.init + b"".join(made))[0].time == 0.0


@pytest.mark.parametrize("codec", ["mjpeg", "vp9", "", "no such codec"])
def test_what_mp4_does_not_hold_is_refused(codec: str) -> None:
    with pytest.raises(NotMuxableError):
        Fragmenter(StreamInfo(codec, 320, 184, b"", TIME_BASE))


def test_a_time_that_goes_back_is_an_error_of_ours() -> None:
    info, packets = stream(seconds=1)
    fragmenter = Fragmenter(info)
    for packet in packets[:10]:
        fragmenter.add(packet)
    with pytest.raises(NotMuxableError):
        for packet in packets[:10]:
            fragmenter.add(packet)


@pytest.mark.parametrize("data", [b"\xff" * 50, b"", b"\0\0\0\1", b"\0\0\0\1\x67", b"\0\0\1\x65\x88"])
def test_bytes_that_are_no_video_are_an_error_of_ours(data: bytes) -> None:
    info, _ = stream(seconds=0.2)
    with pytest.raises(NotMuxableError):
        Fragmenter(info).add(Packet(data, 0, 0, 0.0, is_key=True))


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_record_that_ends_too_early_is_refused_and_a_packet_with_wrong_lengths(codec: str) -> None:
    info, packets = stream(codec, seconds=0.4, is_avcc=True)
    for end in range(1, len(info.extradata) - (0 if codec == "hevc" else 4)):
        with pytest.raises(BadRecordError):
            converter(codec, info.extradata[:end])
    _, convert = converter(codec, info.extradata)
    with pytest.raises(BadRecordError):
        convert(packets[0].data[:-1])
    with pytest.raises(NotMuxableError):
        Fragmenter(info).add(replace(packets[0], data=packets[0].data[:-1]))


def test_an_init_segment_without_video_has_no_codec() -> None:
    assert codec_string(b"") == ""
    assert codec_string(b"avcC") == ""
    # Main 4:0:0, level 3.1, from ISO/IEC 14496-15's own example.
    record = bytes([1, 0x01, 0x60, 0, 0, 0, 0xB0, 0, 0, 0, 0, 0, 93])
    assert codec_string(b"\0\0\0\x15hvcC" + record) == "hev1.1.6.L93.B0"
