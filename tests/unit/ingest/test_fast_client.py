"""A PUBLISH that is read by hand reads as by paho."""

from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.fast_client import split_publish

TOPICS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0#+"), min_size=1, max_size=300)


def _publish(topic: bytes, mid: int, properties: bytes, body: bytes) -> bytes:
    return len(topic).to_bytes(2) + topic + mid.to_bytes(2) + properties + body


@given(
    topic=TOPICS, mid=st.integers(1, 65535), value=st.text(st.characters(codec="ascii"), max_size=300), body=st.binary()
)
def test_topic_body_and_packet_id_come_out_whatever_the_properties(
    topic: str, mid: int, value: str, body: bytes
) -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    if value:
        properties.ContentType = value
        properties.UserProperty = ("key", value)
    packed: bytes = properties.pack()  # type: ignore[no-untyped-call]
    packet = _publish(topic.encode(), mid, packed, body)
    assert split_publish(packet) == (topic.encode(), body, mid)


@given(packet=st.binary(max_size=40))
@example(b"")
@example(b"\0\1a\0\1\xff\xff\xff\xff\1")
@example(b"\0\1a\0\1\x05abc")
def test_what_is_not_well_formed_is_left_to_paho(packet: bytes) -> None:
    parts = split_publish(packet)
    if parts is not None:
        topic, body, mid = parts
        assert packet.startswith(len(topic).to_bytes(2) + topic + mid.to_bytes(2))
        assert packet.endswith(body)
