"""Media on their way to the centre, over real HTTP, with every fault that the protocol knows."""

import base64
import errno
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry

from edge.media.centre import Centre, Tokens, open_client
from edge.media.mentions import read_mentions
from edge.media.metrics import MediaMetrics
from edge.media.settings import MediaSettings
from edge.media.store import MediaPlan, MediaStore
from edge.media.uploads import Uploads
from edge.spool.rows import Draft
from edge.spool.spool import Spool
from tests.support.media_server import MediaServer, media_server
from tests.unit.edge.conftest import Turned
from wire.events import source_of
from wire.kinds.camera import CameraV1
from wire.receipts import Receipt, Refused
from wire.terms import Lane

CLIP = Random(4).randbytes(3 * (512 << 10) + 77)


@dataclass
class Station:
    """The upload side of a station whose clocks stand still until a test moves them."""

    spool: Spool
    store: MediaStore
    uploads: Uploads
    centre: MediaServer
    metrics: MediaMetrics
    now_s: list[float] = field(default_factory=lambda: [0.0])

    def put(self, data: bytes = CLIP, *, is_accepted: bool = True) -> str:
        """Keep a clip whose event is recorded, and perhaps accepted."""
        key = uuid4()
        sha256 = self.store.put(data, "video/mp4", key)
        event = CameraV1(key=key, phase="update", kind="dark", media=(sha256,))
        (recorded,) = self.spool.record([Draft(event, source_of("m1", "cam"))])
        assert recorded is not None
        if is_accepted:
            self.receipt(recorded.sequence)
        read_mentions(self.spool, self.store)
        return sha256

    def receipt(self, through: int) -> None:
        self.spool.apply([Receipt(stream=self.spool.stream, through=through)])

    def send(self, *, later_s: float = 1000.0) -> None:
        self.now_s[0] += later_s
        self.uploads.send(threading.Event())

    def row(self, sha256: str) -> tuple[bool, str | None]:
        (row,) = [row for row in self.store.newest(100) if row.sha256 == sha256]
        return row.uploaded_ms is not None, row.given_up

    def failures(self, reason: str) -> float:
        return float(self.metrics.failures.labels(reason)._value.get())


@contextmanager
def made(folder: Path, turned: Turned, spool: Spool, centre: MediaServer, **more: object) -> Iterator[Station]:
    settings = MediaSettings.model_validate({"url": centre.url, **more})
    store = MediaStore(MediaPlan(folder / "media", sends=True, min_free=1), clock=lambda: turned.now)
    now_s = [0.0]
    with open_client(settings) as client:
        metrics = MediaMetrics(CollectorRegistry())
        uploads = Uploads(
            settings,
            spool,
            store,
            Centre(client, Tokens("m1", spool.key, lambda: turned.now)),
            metrics=metrics,
            random=Random(1),
            clock=lambda: turned.now,
            monotonic=lambda: now_s[0],
        )
        yield Station(spool, store, uploads, centre, metrics, now_s)
    store.close()


@pytest.fixture
def centre() -> Iterator[MediaServer]:
    with media_server() as server:
        yield server


@pytest.fixture
def station(tmp_path: Path, turned: Turned, spool: Spool, centre: MediaServer) -> Iterator[Station]:
    with made(tmp_path, turned, spool, centre) as opened:
        yield opened


def test_a_file_arrives_in_pieces_and_once(station: Station) -> None:
    sha256 = station.put()
    station.centre.named.add(sha256)
    station.send()
    assert station.centre.whole[sha256] == CLIP
    assert station.row(sha256) == (True, None)
    offsets = [offset for method, _, offset in station.centre.requests if method == "PATCH"]
    assert offsets == [0, 512 << 10, 1024 << 10, 1536 << 10]
    before = len(station.centre.requests)
    station.send()
    assert len(station.centre.requests) == before


def test_every_request_is_signed_for_its_file(station: Station, turned: Turned) -> None:
    sha256 = station.put()
    station.centre.named.add(sha256)
    station.send()
    public = base64.urlsafe_b64encode(station.spool.key.public_key().public_bytes_raw()).rstrip(b"=").decode()
    now = int(turned.now.timestamp())
    expected = {"iss": "m1", "aud": "shian-media", "sub": sha256, "iat": now, "exp": now + 900}
    claims = station.centre.claims(public)
    assert len(claims) == 5
    assert all(claim == expected for claim in claims)


def test_nothing_goes_before_its_event_has_a_receipt(station: Station) -> None:
    sha256 = station.put(is_accepted=False)
    station.centre.named.add(sha256)
    station.send()
    assert station.centre.requests == []
    station.receipt(station.spool.counts().sequence)
    station.send()
    assert sha256 in station.centre.whole


def test_what_the_centre_refused_never_goes(station: Station) -> None:
    sha256 = station.put(is_accepted=False)
    refused = Refused(sequence=1, reason="not_an_event")
    station.spool.apply([Receipt(stream=station.spool.stream, through=0, refused=(refused,))])
    station.centre.named.add(sha256)
    station.send()
    assert station.centre.requests == []


def test_cut_twice_it_goes_on_where_it_stood(station: Station) -> None:
    sha256 = station.put()
    station.centre.named.add(sha256)
    station.centre.faults.cut_after = [100_000, 50_000]
    station.send()
    assert "unreachable" in station.uploads.trouble
    station.send()
    station.send()
    assert station.centre.whole[sha256] == CLIP
    assert station.uploads.trouble == ""
    assert station.failures("unreachable") == 2
    assert [offset for method, _, offset in station.centre.requests if method == "PATCH"][:3] == [0, 100_000, 150_000]


def test_a_cut_line_is_left_alone_for_a_while(station: Station) -> None:
    sha256 = station.put()
    station.centre.named.add(sha256)
    station.centre.faults.cut_after = [1000]
    station.send()
    before = len(station.centre.requests)
    station.send(later_s=0.5)
    assert len(station.centre.requests) == before


def test_the_centres_offset_is_the_true_one(station: Station) -> None:
    sha256 = station.put()
    station.centre.named.add(sha256)
    station.centre.faults.wrong_offsets = 1
    station.send()
    assert station.centre.whole[sha256] == CLIP


def test_an_unknown_file_is_tried_later_and_holds_nobody_up(station: Station) -> None:
    unknown, known = station.put(b"unknown"), station.put(b"known")
    station.centre.named.add(known)
    station.send()
    assert set(station.centre.whole) == {known}
    station.centre.named.add(unknown)
    station.send(later_s=0.1)
    assert set(station.centre.whole) == {known}
    station.send()
    assert set(station.centre.whole) == {known, unknown}


def test_spoiled_bytes_start_over_twice_then_are_given_up(station: Station) -> None:
    good, bad = station.put(b"good" * 1000), station.put(b"bad" * 1000)
    station.centre.named.add(good)
    station.centre.faults.spoil = 2
    for _ in range(3):
        station.send()
    assert station.row(good) == (True, None)
    station.centre.named.add(bad)
    station.centre.faults.spoil = 99
    for _ in range(4):
        station.send()
    assert station.row(bad) == (False, "spoiled")
    assert station.failures("spoiled") == 2 + 3


def test_a_file_that_rotted_at_the_station_is_given_up_at_once(station: Station) -> None:
    sha256 = station.put(b"whole" * 1000)
    station.centre.named.add(sha256)
    station.store.path(sha256, "video/mp4").write_bytes(b"rotten" * 1000)
    station.centre.faults.answers = [422]
    station.send()
    assert station.row(sha256) == (False, "damaged_file")


def test_too_large_is_given_up_and_the_next_one_goes(station: Station) -> None:
    large, small = station.put(b"large"), station.put(b"small")
    station.centre.named |= {large, small}
    station.centre.faults.answers = [413]
    station.send()
    assert station.row(large) == (False, "too_large")
    assert station.row(small) == (True, None)
    assert station.store.counts().given_up == 1


@pytest.mark.parametrize("status", [401, 403, 500, 302])
def test_what_the_centre_will_not_have_now_is_told_and_tried_again(station: Station, status: int) -> None:
    sha256 = station.put()
    station.centre.named.add(sha256)
    station.centre.faults.answers = [status]
    station.send()
    assert station.uploads.trouble.startswith("unauthorized" if status < 500 and status > 400 else f"status_{status}")
    station.send()
    assert station.row(sha256) == (True, None)


def test_failed_tests_go_first(station: Station) -> None:
    sha256 = station.put()
    station.centre.named.add(sha256)
    station.spool.record([Draft(CameraV1(key=uuid4(), phase="end", kind="dark"), source_of("m1"), Lane.URGENT)])
    station.send()
    assert station.centre.requests == []
    station.receipt(station.spool.counts().sequence)
    station.send()
    assert sha256 in station.centre.whole


def test_pieces_are_small_where_the_uplink_is(
    tmp_path: Path, turned: Turned, spool: Spool, centre: MediaServer
) -> None:
    with made(tmp_path, turned, spool, centre, kib_per_s=100_000) as station:
        sha256 = station.put()
        centre.named.add(sha256)
        station.send()
        assert centre.whole[sha256] == CLIP
    with made(tmp_path / "slow", turned, spool, centre, kib_per_s=32) as station:
        sha256 = station.put(b"slow" * 2048)
        centre.named.add(sha256)
        station.send()
        assert centre.whole[sha256] == b"slow" * 2048


def test_a_file_that_stays_is_never_sent(station: Station) -> None:
    key = uuid4()
    sha256 = station.store.put(CLIP, "video/mp4", key, stays=True)
    event = CameraV1(key=key, phase="update", kind="dark", media=(sha256,))
    station.spool.record([Draft(event, source_of("m1", "cam"))])
    station.receipt(1)
    read_mentions(station.spool, station.store)
    station.centre.named.add(sha256)
    station.send()
    assert station.centre.requests == []


def test_of_a_spool_made_anew_the_centre_is_asked(station: Station) -> None:
    sha256 = station.put()
    with station.store.index() as index:
        index._connection.execute("UPDATE mention SET stream = 'the one before'")
    station.centre.named.add(sha256)
    station.send()
    assert sha256 in station.centre.whole


def test_a_picture_whose_event_was_recorded_again_waits_for_that_one_s_receipt(station: Station) -> None:
    """Check an event that has another number now, because the centre has other events under the stream's numbers."""
    sha256 = station.put(is_accepted=False)
    old = station.spool.stream
    began = station.spool.apply([Receipt(stream=old, through=99, hash="ab" * 32)]).began
    assert began is not None
    read_mentions(station.spool, station.store)
    station.send()
    assert station.row(sha256) == (False, None)
    station.receipt(station.spool.counts().sequence)
    station.centre.named.add(sha256)
    station.send()
    assert station.row(sha256) == (True, None)
    assert station.failures("not_named") == 0


@pytest.mark.parametrize("harm", ["cut short", "grown", "empty", "other bytes"])
def test_a_damaged_file_is_given_up_and_holds_no_other(station: Station, harm: str) -> None:
    damaged = station.put()
    path = station.store.path(damaged, "video/mp4")
    harmed = {"cut short": CLIP[:-1], "grown": CLIP + b"x", "empty": b"", "other bytes": b"x" + CLIP[1:]}[harm]
    path.write_bytes(harmed)
    whole = station.put(b"whole")
    station.centre.named |= {damaged, whole}
    station.send()
    assert whole in station.centre.whole
    assert station.row(damaged) == (False, "damaged_file")


def test_a_file_that_is_gone_is_counted_and_holds_no_other(station: Station) -> None:
    gone, whole = station.put(), station.put(b"whole")
    station.store.path(gone, "video/mp4").rename(station.store.folder / "renamed")
    station.centre.named |= {gone, whole}
    station.send()
    assert whole in station.centre.whole
    assert station.store.counts().lost == 1
    station.send()
    assert station.store.counts().lost == 1


def test_a_file_that_cannot_be_read_holds_no_other(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    unread, whole = station.put(), station.put(b"whole")
    station.centre.named |= {unread, whole}
    real, path = Path.open, station.store.path(unread, "video/mp4")

    def opened(at: Path, *more: Any) -> Any:
        if at == path:
            raise OSError(errno.EIO, "a bad sector")
        return real(at, *more)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", opened)
        station.send()
        assert whole in station.centre.whole
        assert station.failures("not_read") == 1
        assert station.row(unread) == (False, None)
    station.send()
    assert unread in station.centre.whole


def test_a_send_ends_in_time_and_goes_on_where_it_was(station: Station) -> None:
    sha256 = station.put()
    station.centre.named.add(sha256)
    station.uploads.send(threading.Event(), until_s=0.0)
    assert station.centre.requests == []
    station.send()
    assert sha256 in station.centre.whole


def test_a_picture_that_a_new_event_names_is_asked_for_again(station: Station) -> None:
    """Show that the centre says whether it still has it: it may have deleted it by age."""
    sha256 = station.put(b"black")
    station.centre.named.add(sha256)
    station.send()
    del station.centre.whole[sha256]
    station.centre.parts.pop(sha256, None)
    station.send()
    assert sha256 not in station.centre.whole
    assert station.put(b"black") == sha256
    station.send()
    assert station.centre.whole[sha256] == b"black"
