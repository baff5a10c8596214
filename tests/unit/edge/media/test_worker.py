"""The media's thread: its own work, and its report about itself."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from edge.media.building import make_store
from edge.media.index import MediaIndex
from edge.media.settings import MediaSettings
from edge.media.store import MediaStore
from edge.media.worker import MediaWorker
from edge.spool.rows import Draft
from edge.spool.spool import Spool
from tests.support.certificates import certificate
from tests.support.media_server import media_server
from tests.support.waiting import wait_for
from tests.unit.edge.conftest import Turned
from wire.codec import decode
from wire.events import source_of
from wire.kinds.agent import AgentEvent
from wire.kinds.camera import CameraV1
from wire.receipts import Receipt
from wire.terms import Lane


@contextmanager
def working(
    folder: Path, turned: Turned, spool: Spool, **settings: object
) -> Iterator[tuple[MediaWorker, MediaStore, CollectorRegistry]]:
    made = MediaSettings.model_validate({"min_free_mib": 1, "retry_s": 0.01, "retry_longest_s": 0.05, **settings})
    store = make_store(made, folder, clock=lambda: turned.now)
    registry = CollectorRegistry()
    worker = MediaWorker(made, "m1", spool, store, registry=registry, random=Random(1), clock=lambda: turned.now)
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield worker, store, registry
    finally:
        stop.set()
        thread.join(30)
        store.close()
        assert not thread.is_alive()


def accepted(spool: Spool, store: MediaStore) -> str:
    key = uuid4()
    sha256 = store.put(b"a picture", "image/jpeg", key)
    event = CameraV1(key=key, phase="start", kind="dark", media=(sha256,))
    (recorded,) = spool.record([Draft(event, source_of("m1", "cam"))])
    assert recorded is not None
    spool.apply([Receipt(stream=spool.stream, through=recorded.sequence)])
    return sha256


def test_an_accepted_picture_is_brought_to_the_centre(tmp_path: Path, turned: Turned, spool: Spool) -> None:
    with media_server() as centre, working(tmp_path, turned, spool, url=centre.url) as (worker, store, registry):
        sha256 = accepted(spool, store)
        wait_for(lambda: worker.state().pending == 1)
        centre.named.add(sha256)
        wait_for(lambda: sha256 in centre.whole)
        wait_for(lambda: worker.state().pending == 0)
        wait_for(lambda: registry.get_sample_value("shian_edge_media_uploaded_total") == 1)
        assert registry.get_sample_value("shian_edge_media_files") == 1


def test_without_a_url_nothing_is_sent_and_nothing_is_lost(tmp_path: Path, turned: Turned, spool: Spool) -> None:
    with working(tmp_path, turned, spool) as (worker, store, _):
        accepted(spool, store)
        wait_for(lambda: worker.state().files == 1)
        assert not worker.state().is_sent


def test_old_files_go_by_themselves(tmp_path: Path, turned: Turned, spool: Spool) -> None:
    make_store(MediaSettings(min_free_mib=1), tmp_path, clock=lambda: turned.now).put(b"old", "image/jpeg", uuid4())
    turned.forward(days=31)
    with working(tmp_path, turned, spool) as (worker, _, _registry):
        wait_for(lambda: not list((tmp_path / "media").glob("??/*")))
        wait_for(lambda: worker.state().files == 0)


def test_trouble_is_told_in_the_status(tmp_path: Path, turned: Turned, spool: Spool) -> None:
    (tmp_path / "ca.pem").write_text("not a certificate")
    with working(tmp_path, turned, spool, url="https://127.0.0.1:9", ca_file=str(tmp_path / "ca.pem")) as (worker, *_):
        wait_for(lambda: "ca.pem" in worker.state().trouble)
    with working(tmp_path / "b", turned, spool, url="https://127.0.0.1:9") as (worker, store, _):
        accepted(spool, store)
        wait_for(lambda: worker.state().trouble.startswith("unreachable"))


def test_only_a_centre_with_a_known_certificate_gets_anything(tmp_path: Path, turned: Turned, spool: Spool) -> None:
    (tmp_path / "other").mkdir()
    tls, _ = certificate("localhost", tmp_path)
    certificate("localhost", tmp_path / "other")
    with media_server(tls) as centre:
        stranger = str(tmp_path / "other" / "certificate.pem")
        with working(tmp_path, turned, spool, url=centre.url, ca_file=stranger) as (worker, store, _):
            sha256 = accepted(spool, store)
            wait_for(lambda: "CERTIFICATE_VERIFY_FAILED" in worker.state().trouble)
        assert centre.requests == []
        centre.named.add(sha256)
        known = str(tmp_path / "certificate.pem")
        with working(tmp_path, turned, spool, url=centre.url, ca_file=known):
            wait_for(lambda: sha256 in centre.whole)


def told(spool: Spool) -> list[int]:
    events = [decode(row.body) for row in spool.waiting(Lane.NORMAL, 0, 1000)]
    return [
        event.data.lost or 0 for event in events if isinstance(event, AgentEvent) and event.data.state == "media_lost"
    ]


def is_all_told(store: MediaStore) -> bool:
    with store.index() as index:
        return index.losses() is None


def test_what_went_before_it_reached_the_centre_is_told_once(tmp_path: Path, turned: Turned, spool: Spool) -> None:
    with media_server() as centre, working(tmp_path, turned, spool, url=centre.url) as (_, store, _):
        sha256 = accepted(spool, store)
        with store.index() as index:
            index.missing(sha256, is_lost=True)  # as a command at the station does it
        wait_for(lambda: told(spool) == [1])
        wait_for(lambda: is_all_told(store))
    assert told(spool) == [1]


def test_a_kill_while_a_loss_is_told_tells_it_once(
    tmp_path: Path, turned: Turned, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_store(MediaSettings(min_free_mib=1), tmp_path, clock=lambda: turned.now)
    first, second = accepted(spool, store), store.put(b"another", "image/jpeg", uuid4())
    with store.index() as index:
        index.missing(first, is_lost=True)
    with monkeypatch.context() as patched:
        patched.setattr(MediaIndex, "told", lambda _index, _losses: None)  # as if killed before
        with working(tmp_path, turned, spool, url="https://127.0.0.1:9"):
            wait_for(lambda: told(spool) == [1])
    with store.index() as index:
        index.missing(second, is_lost=True)  # the restart finds one more
    store.close()
    with working(tmp_path, turned, spool, url="https://127.0.0.1:9"):
        wait_for(lambda: len(told(spool)) > 1)
    assert told(spool) == [1, 1]
