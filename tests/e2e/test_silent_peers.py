"""Whatever we exchange anything with may accept and say nothing: each exchange ends by itself. The deadlines are in
docs/deploy.md; where one is long, the test makes it short."""

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.media.centre import Centre, Tokens, open_client
from edge.media.errors import CentreError
from edge.media.settings import MediaSettings
from edge.uplink.broker import BrokerConnection
from edge.uplink.connection import BrokerError
from ingest import receiver
from ingest.inbox import Inbox
from ingest.receiver import Receiver
from ingest.settings import Ingest
from process.connections import Broker
from server.delivery.channel import Network, Outcome, Recipient
from server.delivery.channels.webhook import WebhookChannel
from server.delivery.http_post import HttpPost
from server.live_video.link import Link
from server.media.archive import ArchiveAwayError
from server.media.incoming import Arrived
from storage import exchange
from storage.errors import DatabaseAwayError
from storage.migrate import migrate
from tests.contract.channel_kit import NOTICE
from tests.support.certificates import certificate
from tests.support.silence import Silence, silence
from tests.support.waiting import wait_for


@pytest.fixture
def silent() -> Iterator[Silence]:
    with silence() as peer:
        yield peer


def _the_database(peer: Silence, _folder: Path) -> None:
    with pytest.raises(DatabaseAwayError):
        migrate(f"postgresql://shian@127.0.0.1:{peer.port}/shian")


def _the_broker_of_the_edge(peer: Silence, _folder: Path) -> None:
    connection = BrokerConnection(
        Broker(port=peer.port), "m1", uuid4(), version="", clock=lambda: datetime.now(UTC), connect_s=0.5
    )
    with pytest.raises(BrokerError, match="timeout"):
        connection.open()
    connection.close()


def _the_broker_of_the_edge_by_tls(peer: Silence, folder: Path) -> None:
    certificate("localhost", folder)
    broker = Broker(host="localhost", port=peer.port, ca_file=folder / "certificate.pem")
    connection = BrokerConnection(broker, "m1", uuid4(), version="", clock=lambda: datetime.now(UTC), connect_s=0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # paho leaves a socket whose handshake failed to the collector
        with pytest.raises(BrokerError, match=r"unreachable|timeout"):
            connection.open()
        connection.close()
        gc.collect()


def _the_broker_of_ingest(peer: Silence, _folder: Path) -> None:
    """Check that ingest tries again and again, and ends when it is asked to."""
    inbox = Inbox(most_messages=10, most_bytes=1000)
    settings = Ingest(name="one", broker=Broker(port=peer.port))
    receiving = Receiver(settings, inbox, Random(1), client_id="one", filters=("a",))
    stop = threading.Event()
    thread = threading.Thread(target=receiving.run, args=(stop,))
    thread.start()
    wait_for(lambda: peer.accepted > 2, what="the third connection")
    stop.set()
    receiving.wake()
    thread.join(10)
    assert not thread.is_alive()
    receiving.close()


def _the_broker_of_the_server(peer: Silence, _folder: Path) -> None:
    async def run() -> None:
        link = Link(Broker(port=peer.port), lambda _: None, lambda: None)
        link.start()
        while not peer.accepted:
            await asyncio.sleep(0.01)
        assert not link.is_connected
        await asyncio.to_thread(link.stop)
        assert not link.is_alive

    asyncio.run(run())


def _the_centre_s_media(peer: Silence, _folder: Path) -> None:
    settings = MediaSettings(url=f"http://127.0.0.1:{peer.port}", timeout_s=0.3)
    with open_client(settings) as client:
        tokens = Tokens("m1", Ed25519PrivateKey.generate(), lambda: datetime.now(UTC))
        with pytest.raises(CentreError, match="unreachable"):
            Centre(client, tokens).standing("0" * 64)


def _a_webhook(peer: Silence, _folder: Path) -> None:
    async def run() -> Outcome:
        channel = WebhookChannel(HttpPost(Network(0.3, allow_private=True)))
        try:
            to = Recipient(f"http://127.0.0.1:{peer.port}/", "whsec_" + "A" * 32)
            return (await channel.send(to, NOTICE, datetime.now(UTC))).outcome
        finally:
            await channel.close()

    assert asyncio.run(run()) is Outcome.TIMEOUT


def _a_bucket(peer: Silence, folder: Path) -> None:
    from server.media.s3 import S3Archive

    archive = S3Archive("bucket", "", f"http://127.0.0.1:{peer.port}", answer_s=0.3)
    (folder / "picture").write_bytes(b"x" * 1000)
    arrived: Any = Arrived(folder / "picture", "image/jpeg", 1000)
    with pytest.raises(ArchiveAwayError):
        archive.put("0" * 64, arrived)
    with pytest.raises(ArchiveAwayError):
        archive.has("0" * 64)
    with pytest.raises(ArchiveAwayError):
        next(archive.read("0" * 64, 0, 10))


@pytest.mark.parametrize(
    "exchanged",
    [
        _the_database,
        _the_broker_of_the_edge,
        _the_broker_of_the_edge_by_tls,
        _the_broker_of_ingest,
        _the_broker_of_the_server,
        _the_centre_s_media,
        _a_webhook,
        _a_bucket,
    ],
    ids=lambda exchange: exchange.__name__.strip("_"),
)
def test_who_says_nothing_is_left(
    silent: Silence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchanged: Callable[[Silence, Path], None]
) -> None:
    monkeypatch.setattr(receiver, "_SUBSCRIBED_S", 0.3)
    monkeypatch.setattr(exchange, "CONNECT_S", 2)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    exchanged(silent, tmp_path)
    wait_for(lambda: silent.accepted, what="the connection")
