"""The look at a certificate, by a clock of the test's own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authority.ca import Authority
from authority.pairs import read_pair, write_pair
from authority.requests import make_key, make_request
from edge.enrolment.centre import CentreDoor, CentreRefusedError, CentreUnreachableError
from edge.enrolment.renewal import Renewal
from edge.enrolment.settings import EnrolmentSettings
from wire.enrolment import RenewalRequest, Renewed, is_signed
from wire.status import CertificateStatus

NOW = datetime(2026, 5, 1, 8, tzinfo=UTC)


class Bench:
    """A renewal with a centre that the test holds in its hands."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.authority = Authority.create(folder / "ca", now=NOW)
        self.pair = folder / "station.pem"
        key = make_key()
        issued = self.authority.issue_client(make_request(key), "m1", now=NOW)
        write_pair(self.pair, key, issued.pem)
        self.now = NOW
        self.signing = Ed25519PrivateKey.generate()
        self.asked: list[RenewalRequest] = []
        self.failure: Exception | None = None
        self.certificate: bytes | None = None
        self.is_time_known = True
        monkeypatch.setattr(CentreDoor, "renew", lambda _, asked: self._answer(asked))
        self.renewal = Renewal(
            EnrolmentSettings(url="https://centre.example", retry_s=60),
            "m1",
            self.pair,
            key=lambda: self.signing,
            clock=lambda: self.now,
            is_time_known=lambda: self.is_time_known,
        )

    def _answer(self, asked: RenewalRequest) -> Renewed:
        self.asked.append(asked)
        if self.failure:
            raise self.failure
        pem = self.certificate or self.authority.issue_client(asked.request.encode(), "m1", now=self.now).pem
        return Renewed(certificate=pem.decode(), authority=self.authority.pem.decode())


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def told(bench: Bench) -> CertificateStatus:
    status = bench.renewal.status()
    assert status is not None
    return status


def test_it_is_renewed_at_two_thirds_and_not_before(bench: Bench) -> None:
    bench.now = NOW + timedelta(days=59, hours=23)
    assert bench.renewal.look() == 3600
    assert bench.asked == []
    before = bench.pair.read_bytes()
    bench.now = NOW + timedelta(days=60, minutes=5)
    assert bench.renewal.look() == 3600
    (asked,) = bench.asked
    assert is_signed(asked.public_key, asked.signature, "m1", asked.request)
    assert bench.pair.read_bytes() != before
    assert read_pair(bench.pair).ends_at == bench.now + timedelta(days=90)
    assert told(bench).ends_at == bench.now + timedelta(days=90)
    assert bench.renewal.look() == 3600
    assert len(bench.asked) == 1


def test_before_the_first_look_nothing_is_said(bench: Bench) -> None:
    assert bench.renewal.status() is None
    bench.renewal.look()
    assert told(bench).ends_at == NOW + timedelta(days=90)


def test_a_station_that_was_off_for_long_is_renewed_too(bench: Bench) -> None:
    bench.now = NOW + timedelta(days=400)
    bench.renewal.look()
    assert read_pair(bench.pair).ends_at == bench.now + timedelta(days=90)


def test_while_the_time_is_not_known_nothing_is_renewed(bench: Bench) -> None:
    bench.now, bench.is_time_known = NOW + timedelta(days=400), False
    bench.renewal.look()
    assert bench.asked == []
    assert told(bench).ends_at == NOW + timedelta(days=90)


@pytest.mark.parametrize("failure", [CentreUnreachableError("away"), CentreRefusedError("station-not-known", "no")])
def test_a_failure_is_counted_and_tried_again_more_and_more_slowly(bench: Bench, failure: Exception) -> None:
    before, bench.now, bench.failure = bench.pair.read_bytes(), NOW + timedelta(days=61), failure
    assert [bench.renewal.look() for _ in range(8)] == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    status = told(bench)
    assert (status.failures, status.ends_at) == (8, NOW + timedelta(days=90))
    assert bench.pair.read_bytes() == before
    bench.failure = None
    assert bench.renewal.look() == 3600
    assert told(bench).failures == 0


def test_an_answer_that_is_no_certificate_for_this_key_replaces_nothing(bench: Bench, tmp_path: Path) -> None:
    before, bench.now = bench.pair.read_bytes(), NOW + timedelta(days=61)
    others = bench.authority.issue_client(make_request(make_key()), "m1", now=NOW).pem
    for certificate in (others, b"garbage"):
        bench.certificate = certificate
        bench.renewal.look()
    assert told(bench).failures == 2
    assert bench.pair.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ca", "station.pem"]


def test_a_pair_that_others_may_read_or_that_is_gone_is_told(bench: Bench) -> None:
    bench.pair.chmod(0o644)
    bench.renewal.look()
    assert "chmod 600" in bench.renewal.state.trouble
    bench.pair.unlink()
    bench.renewal.look()
    assert (told(bench).failures, told(bench).ends_at) == (2, None)
