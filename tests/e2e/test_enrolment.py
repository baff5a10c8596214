"""Stations come in by a one-time code: the real server, database, broker, ingest and agent."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError

import httpx
import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from authority.ca import Authority
from authority.pairs import read_pair
from authority.requests import make_key, make_request
from edge.enrolment.centre import CentreRefusedError, CentreUnreachableError, WrongAuthorityError
from edge.enrolment.enrol import ThereAlreadyError, Wishes, enrol
from edge.settings import EdgeSettings
from process.settings import load
from shian.local.broker import LocalBroker
from storage.enrolment import end_trust
from storage.findings import Finding
from storage.findings import Kind as FindingKind
from storage.walk import walk
from tests.support.edge_station import cable, running
from tests.support.enrolling import Desk, ask, document, enrolling, request
from tests.support.ingesting import ingesting
from tests.support.line_family import ACK, line
from tests.support.listener import listener
from tests.support.server import now
from tests.support.station import ChainedStation, result
from tests.support.waiting import wait_for
from wire import chain
from wire.enrolment import PATH, sign

DEVICE = {"name": "reader", "adapter": "line", "settle_s": 0.05}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path / "ca", now=now())


@pytest.fixture
def desk(dsn: str, broker: LocalBroker, authority: Authority, tmp_path: Path) -> Iterator[Desk]:
    with enrolling(dsn, tmp_path / "ca", broker.port, media={"folder": tmp_path / "media"}) as found:
        yield found


def test_an_enrolled_station_runs_as_it_is_and_its_result_arrives(
    desk: Desk, broker: LocalBroker, tmp_path: Path
) -> None:
    done = desk.enrol(tmp_path / "station")
    settings = load(EdgeSettings, done.settings, "", {})
    assert (settings.station, settings.broker.port) == ("m1", broker.port)
    assert settings.media.url == desk.server.address
    assert settings.timezone == "Asia/Shanghai"
    device = [DEVICE | {"port": str(tmp_path / "port")}]
    with ingesting(desk.dsn, broker.port), cable(tmp_path) as cord, running(document(done, device=device)) as agent:
        cord.write(line("1", "99"))
        cord.expect(ACK)
        wait_for(lambda: desk.rows("SELECT station FROM result") == [("m1",)], what="the result")
        wait_for(
            lambda: desk.rows("SELECT signed_through > 0 FROM stream WHERE station = 'm1'") == [(True,)],
            what="a checkpoint",
        )
        key = chain.public_key(agent.spool.key)
    assert desk.rows("SELECT public_key FROM station") == [(key,)]
    assert desk.rows("SELECT key, valid_from, valid_to FROM station_key") == [(key, None, None)]
    assert desk.rows("SELECT rule FROM alert WHERE rule LIKE 'stream%'") == []
    pair = read_pair(tmp_path / "station" / "data" / "station.pem")
    assert pair.name == "m1"
    assert desk.rows("SELECT serial, station FROM station_certificate") == [(pair.serial, "m1")]
    actions = [row[0] for row in desk.rows("SELECT action FROM deed WHERE place = 'm1' ORDER BY recorded_at, event")]
    assert actions == ["station_enrolled", "enrolment_code_made", "station_came_in"]


def test_nothing_is_overwritten_and_no_code_is_used_up_for_it(desk: Desk, tmp_path: Path) -> None:
    folder, code = tmp_path / "station", desk.code()
    folder.mkdir()
    (folder / "edge.toml").write_text("mine")
    with pytest.raises(ThereAlreadyError, match=r"edge\.toml"):
        enrol(desk.server.address, code, "", Wishes(folder, folder / "data"))
    assert (folder / "edge.toml").read_text() == "mine"
    other = tmp_path / "other"
    assert enrol(desk.server.address, code, "", Wishes(other, other / "data")).station == "m1"


def test_a_code_is_used_once_within_its_time(desk: Desk) -> None:
    key, code = Ed25519PrivateKey.generate(), desk.code()
    assert ask(desk, request(code, key)) == (201, "")
    assert ask(desk, request(code, key)) == (403, "ended-code")
    late = desk.code(is_new=False)
    desk.execute("UPDATE enrolment_code SET expires_at = now() WHERE ended_at IS NULL")
    assert ask(desk, request(late, key)) == (403, "late-code")
    first, second = desk.code(is_new=False), desk.code(is_new=False)
    assert ask(desk, request(first, key)) == (403, "ended-code")
    assert ask(desk, request(second, key)) == (201, "")


def test_five_wrong_tries_end_a_code_and_tell_nothing(desk: Desk) -> None:
    key, code = Ed25519PrivateKey.generate(), desk.code()
    # The last letter is another one; the first group finds the code.
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    answers = [ask(desk, request(wrong, key)) for _ in range(5)]
    assert answers == [(403, "wrong-code")] * 5
    assert ask(desk, request(code, key)) == (403, "ended-code")
    assert desk.rows("SELECT outcome, tries FROM enrolment_code") == [("tries", 5)]
    assert desk.rows("SELECT public_key FROM station") == [(None,)]
    assert ("enrolment_code_died",) in desk.rows("SELECT action FROM deed")


def test_who_guesses_is_slowed_down(desk: Desk) -> None:
    key = Ed25519PrivateKey.generate()
    answers = [ask(desk, request(f"{number:04}-0000-0000-0000", key)) for number in range(10)]
    assert answers == [(403, "wrong-code")] * 10

    def slowed() -> httpx.Response | None:
        """Ask once more: every six seconds that ten tries take are one more try."""
        answer = desk.server.client.post(PATH, json=request("0000-0000-0000-0000", key))
        return answer if answer.status_code == 429 else None

    refused = wait_for(slowed, what="a refusal")
    assert refused is not None
    assert refused.json()["type"].endswith(":too-often")
    assert int(refused.headers["Retry-After"]) >= 1


def test_a_request_is_bound_to_its_certificate_and_its_key(desk: Desk) -> None:
    key, code = Ed25519PrivateKey.generate(), desk.code()
    overheard = request(code, key)
    other = make_request(make_key()).decode()
    stranger = chain.public_key(Ed25519PrivateKey.generate())
    for changed in ({"request": other}, {"public_key": stranger}, {"signature": "00" * 64}):
        assert ask(desk, overheard | changed) == (422, "bad-certificate-request")
    spoiled = "-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n"
    signed = overheard | {"request": spoiled, "signature": sign(key, code, spoiled)}
    assert ask(desk, signed) == (422, "bad-certificate-request")
    assert desk.rows("SELECT tries, ended_at FROM enrolment_code") == [(0, None)]
    assert ask(desk, overheard) == (201, "")


def test_a_certificate_is_renewed_by_the_signing_key_alone(desk: Desk, tmp_path: Path) -> None:
    key, code = Ed25519PrivateKey.generate(), desk.code()
    assert ask(desk, request(code, key)) == (201, "")
    renewals = f"{PATH}/renewals"

    def renewal(name: str, signing: Ed25519PrivateKey) -> dict[str, str]:
        pem = make_request(make_key()).decode()
        signature = sign(signing, name, pem)
        return {"station": name, "request": pem, "public_key": chain.public_key(signing), "signature": signature}

    good = renewal("m1", key)
    assert ask(desk, good, renewals) == (201, "")
    assert ask(desk, renewal("m2", key), renewals) == (403, "station-not-known")
    assert ask(desk, renewal("m1", Ed25519PrivateKey.generate()), renewals) == (403, "station-not-known")
    replayed = good | {"request": make_request(make_key()).decode()}
    assert ask(desk, replayed, renewals) == (422, "bad-certificate-request")
    desk.execute("UPDATE station SET standing = 'revoked'")
    assert ask(desk, renewal("m1", key), renewals) == (403, "station-not-known")


def test_the_first_contact_is_held_against_the_fingerprint(desk: Desk, authority: Authority, tmp_path: Path) -> None:
    code, wishes = desk.code(), Wishes(tmp_path / "station", tmp_path / "station" / "data")
    wrong = "00" * 32
    with pytest.raises(WrongAuthorityError, match=authority.certificate.fingerprint):
        enrol(desk.server.address, code, wrong, wishes)
    right = authority.certificate.fingerprint.upper()
    assert enrol(desk.server.address, code, right, wishes).station == "m1"
    assert (tmp_path / "station" / "data" / "ca.crt").read_bytes() == authority.pem
    wait_for(
        lambda: (
            desk.rows("SELECT url, fingerprint FROM enrolment_place")
            == [(desk.server.address, authority.certificate.fingerprint)]
        )
    )


def test_a_refusal_says_why_and_a_centre_that_is_none_is_named(desk: Desk, tmp_path: Path) -> None:
    wishes = Wishes(tmp_path / "station", tmp_path / "station" / "data")
    with pytest.raises(CentreRefusedError, match="not right") as caught:
        enrol(desk.server.address, "0000-0000-0000-0000", "", wishes)
    assert caught.value.reason == "wrong-code"
    refusal = caught.value.__cause__
    assert isinstance(refusal, HTTPError)
    assert refusal.closed
    with pytest.raises(CentreUnreachableError):
        enrol("http://127.0.0.1:9", "0000-0000-0000-0000", "", wishes)
    assert not (tmp_path / "station" / "edge.toml").exists()


def test_a_revoked_station_is_refused_at_once_and_a_rekey_takes_it_in_again(
    desk: Desk, broker: LocalBroker, tmp_path: Path
) -> None:
    done = desk.enrol(tmp_path / "station")
    device = [DEVICE | {"port": str(tmp_path / "port")}]
    with ingesting(desk.dsn, broker.port), cable(tmp_path) as cord:
        with running(document(done, device=device)) as agent:
            cord.write(line("1"))
            cord.expect(ACK)
            wait_for(lambda: desk.rows("SELECT count(*) FROM result") == [(1,)], what="the first result")
            _revoke(desk)
            cord.write(line("2"))
            cord.expect(ACK)
            wait_for(lambda: agent.spool.counts().refused > 0, what="the refusal")
        assert desk.rows("SELECT count(*) FROM result") == [(1,)]
        assert ("revoked_station",) in desk.rows("SELECT DISTINCT reason FROM quarantine")
        # A new disk: another folder, another key, another stream.
        again = desk.enrol(tmp_path / "new", is_new=False)
        with running(document(again, device=device)):
            cord.write(line("3"))
            cord.expect(ACK)
            wait_for(lambda: desk.rows("SELECT count(*) FROM result") == [(2,)], what="a result of the new box")
    keys = desk.rows("SELECT valid_from IS NULL, valid_to IS NULL FROM station_key ORDER BY valid_from NULLS FIRST")
    assert keys == [(True, False), (False, True)]
    assert desk.rows("SELECT standing FROM station") == [("enrolled",)]
    assert desk.rows("SELECT rule FROM alert WHERE rule = 'stream_broken'") == []
    assert ("station_rekeyed",) in desk.rows("SELECT action FROM deed")


def test_an_event_by_the_key_of_before_is_good_where_it_came_in_time(
    desk: Desk, broker: LocalBroker, tmp_path: Path
) -> None:
    """Let a checkpoint wait behind a hole, while the station gets another key."""
    with ingesting(desk.dsn, broker.port), listener(broker.port) as listening:
        desk.code()
        station = ChainedStation("m1")
        station.add(result(number="1"))
        station.checkpoint()
        station.add(result(number="2"))
        station.checkpoint()
        desk.execute(f"UPDATE station SET public_key = '{chain.public_key(station.key)}'")
        listening.publish(station.topic, station.bodies[0], station.bodies[1], station.bodies[3])
        wait_for(lambda: desk.rows("SELECT count(*) FROM event WHERE station = 'm1'") == [(3,)])
        desk.execute(f"UPDATE station SET public_key = '{'ab' * 32}'")
        listening.publish(station.topic, station.bodies[2])
        wait_for(lambda: listening.through(station.stream) == 4)
        assert desk.rows("SELECT broken_at, signed_through FROM stream WHERE station = 'm1'") == [(None, 3)]
        station.checkpoint()
        listening.publish(station.topic, station.bodies[4])
        wait_for(
            lambda: desk.rows("SELECT broken_at FROM stream WHERE station = 'm1'") == [(5,)],
            what="a key that holds no more",
        )
    # The walk says the same: the two of before the change are good, the one after is not.
    with psycopg.connect(desk.dsn) as connection:
        found = [one for one in walk(connection) if isinstance(one, Finding) and one.kind is FindingKind.SIGNATURE]
    assert [(finding.sequence, "not the station's at that time" in finding.detail) for finding in found] == [(5, True)]


def test_the_list_of_the_revoked_is_written(
    dsn: str, authority: Authority, broker: LocalBroker, tmp_path: Path
) -> None:
    path = tmp_path / "crl.pem"
    with enrolling(dsn, tmp_path / "ca", broker.port, crl_file=path) as desk:
        desk.enrol(tmp_path / "station")
        serial = read_pair(tmp_path / "station" / "data" / "station.pem").serial
        wait_for(path.exists, what="an empty list")
        assert list(x509.load_pem_x509_crl(path.read_bytes())) == []
        _revoke(desk)

        def listed() -> list[str]:
            return [f"{one.serial_number:x}" for one in x509.load_pem_x509_crl(path.read_bytes())]

        wait_for(lambda: listed() == [serial], what="the certificate on the list")


def test_a_centre_without_an_authority_enrols_for_a_plain_broker(dsn: str, broker: LocalBroker, tmp_path: Path) -> None:
    with enrolling(dsn, None, broker.port) as desk:
        done = desk.enrol(tmp_path / "station")
        assert done.ends_at is None
        assert "ca_file" not in tomllib.loads(done.settings.read_text())["broker"]
        assert desk.server.get(f"{PATH}/authority").status_code == 404


def _revoke(desk: Desk) -> None:
    with psycopg.connect(desk.dsn) as connection:
        end_trust(connection, "m1", "revoked", actor="test", why="stolen")
