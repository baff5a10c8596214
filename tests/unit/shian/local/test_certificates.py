"""The certificates of one machine: kept while they are good, renewed when they are due."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from authority.ca import Authority, Revoked
from authority.errors import AuthorityError
from authority.pairs import read_pair
from shian.local.certificates import Certificates, revoked_serials
from shian.local.revoked import RevokedWatch

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def made(tmp_path: Path, clock: Clock) -> Certificates:
    return Certificates.prepare(tmp_path, clock)


def test_a_good_pair_stays_and_one_that_is_due_is_renewed(made: Certificates, clock: Clock) -> None:
    first = read_pair(made.client("ingest"))
    assert first.name == "ingest"
    clock.now += timedelta(days=200)
    assert read_pair(made.client("ingest")) == first
    clock.now += timedelta(days=60)
    assert read_pair(made.client("ingest")).begins_at > first.begins_at
    assert made.client("ingest").stat().st_mode & 0o077 == 0


def test_another_address_makes_another_certificate(made: Certificates) -> None:
    here = ["127.0.0.1", "localhost"]
    first = read_pair(made.host(here))
    assert read_pair(made.host(list(reversed(here)))) == first
    second = made.host(["192.0.2.7", *here])
    assert read_pair(second) != first
    names = x509.load_pem_x509_certificate(second.read_bytes()).extensions
    addresses = names.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.IPAddress)
    assert sorted(map(str, addresses)) == ["127.0.0.1", "192.0.2.7"]


def test_a_pair_of_another_authority_or_a_damaged_one_is_made_anew(made: Certificates, tmp_path: Path) -> None:
    path = made.client("m1", tmp_path / "station.pem")
    first = read_pair(path)
    other = Certificates.prepare(tmp_path / "other")
    assert read_pair(other.client("m1", path)) != first
    path.write_text("nothing")
    assert read_pair(other.client("m1", path)).name == "m1"


def test_the_authority_is_kept_and_a_damaged_one_is_no_reason_to_make_another(
    made: Certificates, tmp_path: Path, clock: Clock
) -> None:
    assert Certificates.prepare(tmp_path, clock).authority.certificate == made.authority.certificate
    (tmp_path / "ca" / "ca.key").unlink()
    with pytest.raises(AuthorityError, match=r"ca\.key"):
        Certificates.prepare(tmp_path, clock)


def test_the_watch_tells_a_new_certificate_from_a_list_that_was_written_again(made: Certificates) -> None:
    path = made.write_first_revocations()
    watch = RevokedWatch(path)
    assert watch.look(0.0) == "anew"
    assert watch.look(10.0) == "none"

    def write(authority: Authority, serials: list[str], number: int) -> None:
        path.unlink()
        path.write_bytes(authority.revocations([Revoked(one, NOW) for one in serials], now=NOW, number=number))

    serial = read_pair(made.client("m1")).serial
    write(made.authority, [serial], 1)
    assert watch.look(10.5) == "none", "once a second is enough"
    assert watch.look(20.0) == "more"
    assert revoked_serials(path) == {int(serial, 16)}
    write(made.authority, [serial], 2)
    assert watch.look(30.0) == "anew"
    path.unlink()
    assert watch.look(40.0) == "none"
    assert revoked_serials(path) == frozenset()
