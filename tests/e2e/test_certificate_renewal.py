"""The station's certificate on a real broker with TLS: renewed while the agent works, refused once it is revoked."""

import threading
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from authority.pairs import read_pair
from edge.commands import status as status_view
from edge.station_clock import utc_now
from shian.local.certificates import revoked_serials
from storage.enrolment import end_trust
from tests.support.edge_station import cable, running
from tests.support.enrolling import document, enrolling
from tests.support.guarded_broker import guarded_broker
from tests.support.ingesting import ingesting
from tests.support.line_family import ACK, line
from tests.support.waiting import wait_for

DEVICE = {"name": "reader", "adapter": "line", "settle_s": 0.05}


class Clock:
    """The wall clock, moved by a test."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead


def _long_ago() -> datetime:
    return utc_now() - timedelta(days=61)


def test_a_certificate_is_renewed_under_load_and_nothing_is_lost(dsn: str, tmp_path: Path) -> None:
    """Renew again and again: the desk's clock lies 61 days back, so each certificate is due as soon as it comes."""
    tests = 400
    with (
        guarded_broker(tmp_path) as broker,
        enrolling(dsn, tmp_path / "ca", broker.broker.port, is_tls=True, clock=_long_ago) as desk,
        ingesting(dsn, broker.settings("ingest")),
        cable(tmp_path) as cord,
    ):
        done = desk.enrol(tmp_path / "station")
        pair = tmp_path / "station" / "data" / "station.pem"
        settings = document(done, device=[DEVICE | {"port": str(tmp_path / "port")}])
        settings["enrolment"] |= {"look_s": 0.3}
        serials = {read_pair(pair).serial}

        def renewed(times: int) -> bool:
            serials.add(read_pair(pair).serial)
            return len(serials) > times

        with running(settings) as agent:
            wait_for(lambda: agent.uplink.is_connected, what="a connection by TLS")
            every_line = b"".join(line(str(number)) for number in range(tests))
            sending = threading.Thread(target=cord.write, args=(every_line,), name="analyzer")
            sending.start()
            wait_for(lambda: renewed(1), what="a renewal under load")
            # The broker ends the connection: the next one is made with the new certificate.
            broker.broker.stop()
            broker.broker.start()
            wait_for(lambda: renewed(2), what="another one")
            wait_for(lambda: desk.rows("SELECT count(*) FROM result") == [(tests,)], timeout_s=60, what="all results")
            sending.join(30)
            cord.expect(ACK * tests)
            assert agent.renewal is not None
            assert agent.renewal.state.failures == 0
            wait_for(lambda: agent.spool.counts().waiting == 0)
            state = status_view.as_document(tmp_path / "station" / "data")["agent"]["certificate"]
            assert state["failures"] == 0
        assert desk.rows("SELECT count(DISTINCT record) FROM result") == [(tests,)]
        assert desk.rows("SELECT rule FROM alert WHERE rule LIKE 'stream%'") == []
        assert {serial for (serial,) in desk.rows("SELECT serial FROM station_certificate")} >= serials
        assert ("certificate_renewed",) in desk.rows("SELECT action FROM deed")


def test_nothing_is_judged_by_a_clock_that_is_known_to_be_wrong(dsn: str, tmp_path: Path) -> None:
    clock = Clock()
    with guarded_broker(tmp_path) as broker, ingesting(dsn, broker.settings("ingest")):
        with enrolling(dsn, tmp_path / "ca", broker.broker.port, is_tls=True) as desk:
            done = desk.enrol(tmp_path / "station")
        settings = document(done, device=[])
        settings["enrolment"] |= {"look_s": 0.2, "retry_s": 0.05}
        with running(settings, clock=clock) as agent:
            renewal = agent.renewal
            assert renewal is not None
            wait_for(lambda: renewal.state.ends_at is not None, what="a look")
            assert renewal.state.failures == 0
            clock.ahead = timedelta(days=75)
            # The receipts say that the clock is wrong: nothing is judged by it.
            wait_for(lambda: not agent.station_clock.is_right, what="the centre's time")
            assert renewal.state.failures == 0


def test_a_station_on_the_list_of_the_revoked_is_not_let_in(dsn: str, tmp_path: Path) -> None:
    with (
        guarded_broker(tmp_path) as broker,
        enrolling(
            dsn, tmp_path / "ca", broker.broker.port, is_tls=True, crl_file=broker.certificates.revoked_file
        ) as desk,
        ingesting(dsn, broker.settings("ingest")),
    ):
        done = desk.enrol(tmp_path / "station")
        with running(document(done, device=[])) as agent:
            wait_for(lambda: agent.uplink.is_connected, what="a connection")
            serial = int(read_pair(tmp_path / "station" / "data" / "station.pem").serial, 16)
            with psycopg.connect(dsn) as connection:
                end_trust(connection, "m1", "revoked", actor="test")
            listed = broker.certificates.revoked_file
            wait_for(lambda: serial in revoked_serials(listed), what="the certificate on the list")
            broker.broker.stop()
            broker.broker.start()
            wait_for(lambda: not agent.uplink.is_connected, what="the end of the connection")
            log = tmp_path / "broker" / "log"
            wait_for(lambda: "certificate verify failed" in log.read_text(), what="the broker's refusal")
            assert not agent.uplink.is_connected
