"""Places of anchors against real receivers: a bucket with object lock as moto serves it, a mail server (aiosmtpd)."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from moto.server import ThreadedMotoServer

from server.proof.places.mail import MailPlace
from server.proof.places.place import NotKeptError
from server.proof.places.s3 import S3Place
from server.proof.settings import MailPlace as MailSettings
from server.proof.settings import S3Place as S3Settings
from shian.local.ports import free_port
from wire.anchors import Anchor, AnchorFile, StationKey, StreamHead, decode, encode, make

KEY = Ed25519PrivateKey.generate()


def now() -> datetime:
    return datetime.now(UTC)


def anchor(before: Anchor | None = None) -> AnchorFile:
    heads = (StreamHead(station="m1", stream=UUID(int=7), through=9, hash="ab" * 32),)
    keys = (StationKey(station="m1", key="cd" * 32),)
    return AnchorFile(anchor=make(KEY, before, now(), heads, keys), heads=heads, keys=keys)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[S3Settings, Any]]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-the-tests")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        settings = S3Settings(bucket=f"anchors-{uuid4()}", prefix="district", endpoint=f"http://{host}:{port}")
        client = boto3.client("s3", endpoint_url=settings.endpoint)
        client.create_bucket(Bucket=settings.bucket, ObjectLockEnabledForBucket=True)
        yield settings, client
    finally:
        server.stop()


def test_a_bucket_keeps_anchors_under_a_lock_and_is_read_back(bucket: tuple[S3Settings, Any]) -> None:
    settings, client = bucket
    place = S3Place(settings, now)
    assert place.newest() is None
    first = anchor()
    second = anchor(first.anchor)
    for file in (first, second, second):  # the same again does no harm
        asyncio.run(place.keep(file))
    client.put_object(Bucket=settings.bucket, Key="district/9999999999-x.jsonl", Body=b"no anchor")
    assert S3Place(settings, now).newest() == second.anchor
    keys = [found["Key"] for found in client.list_objects_v2(Bucket=settings.bucket)["Contents"]]
    assert len(keys) == 3
    head = client.head_object(Bucket=settings.bucket, Key=keys[0])
    assert head["ObjectLockMode"] == settings.mode
    assert head["ObjectLockRetainUntilDate"] > now()
    assert decode(client.get_object(Bucket=settings.bucket, Key=keys[0])["Body"].read().strip()) == first


def test_a_bucket_that_stores_something_else_has_not_kept_it(bucket: tuple[S3Settings, Any]) -> None:
    settings, client = bucket

    class Forgetful:
        """Client of a bucket that answers each put and stores nothing new."""

        def put_object(self, **_: Any) -> None: ...

        def get_object(self, **wanted: Any) -> Any:
            client.put_object(Bucket=wanted["Bucket"], Key=wanted["Key"], Body=b"{}")
            return client.get_object(**wanted)

    with pytest.raises(NotKeptError, match="read back"):
        asyncio.run(S3Place(settings, now, Forgetful()).keep(anchor()))
    missing = settings.model_copy(update={"bucket": "no-such-bucket"})
    with pytest.raises(NotKeptError, match="NoSuchBucket"):
        S3Place(missing, now).newest()
    with pytest.raises(NotKeptError, match="NoSuchBucket"):
        asyncio.run(S3Place(missing, now).keep(anchor()))


class Postbox:
    """Mailbox that keeps each message, or refuses it."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.messages: list[bytes] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        self.messages.append(envelope.content if isinstance(envelope.content, bytes) else b"")
        return self.answer


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, MailSettings]]:
    box = Postbox()
    port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield (
            box,
            MailSettings(
                host="127.0.0.1", port=port, security="none", sender="shian@a.example", to=["b@b.example"], each=2
            ),
        )
    finally:
        controller.stop()


def test_a_mail_brings_the_whole_anchor_and_cannot_be_read_back(postbox: tuple[Postbox, MailSettings]) -> None:
    box, settings = postbox
    place = MailPlace(settings, None)
    first = anchor()
    second = anchor(first.anchor)
    for file in (first, second):  # each second one is mailed
        asyncio.run(place.keep(file))
    (message,) = [message_from_bytes(body, policy=default) for body in box.messages]
    _, text, attached = message.walk()
    assert second.anchor.hash in text.get_content()
    assert attached.get_content().strip() == encode(second)
    assert decode(encode(second)) == second
    assert place.newest() is None
    box.answer = "552 mailbox full"
    with pytest.raises(NotKeptError, match="552"):
        asyncio.run(place.keep(second))
