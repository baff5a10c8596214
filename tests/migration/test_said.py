"""Steps of alerts of the version before they had codes: their words stay, and new ones have both."""

from uuid import uuid4

import psycopg

from storage.migrate import migrate, shipped
from tests.support import services
from tests.support.desk import desk
from tests.support.server import serving
from tests.support.station import ChainedStation, result

_BEFORE = 14  # the last number of the version before channels were folders and steps had codes
_NOTES = {
    "failed_test": "fail: 74.33 %",
    "camera_finding": "start: intrusion",
    "stream_gap": "missing: 5, 7-9",
    "station_offline": "no word since 2026-03-01 00:00:00 UTC",
    "over_budget": "3 events",
}


def test_steps_and_subscriptions_of_an_older_version_stay_and_are_shown(empty_dsn: str) -> None:
    migrate(empty_dsn, shipped()[:_BEFORE])
    alerts = {rule: uuid4() for rule in _NOTES}
    with psycopg.connect(empty_dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO station (name) VALUES ('market-1')")
        connection.execute(
            "INSERT INTO subscription (id, name, channel, address, secret)"
            " VALUES (gen_random_uuid(), 'desk', 'webhook', 'http://x.example/', 'whsec_x')"
        )
        for rule, alert in alerts.items():
            connection.execute(
                "INSERT INTO alert (id, rule, key, severity, station, opened_at, updated_at)"
                " VALUES (%s, %s, %s, 'warning', 'market-1', now(), now())",
                [alert, rule, rule],
            )
            connection.execute(
                "INSERT INTO alert_step (id, alert, at, action, note) VALUES (%s, %s, now(), 'opened', %s)",
                [uuid4(), alert, _NOTES[rule]],
            )
    migrate(empty_dsn, roles=services.ROLES)
    with serving(empty_dsn) as server:
        for rule, alert in alerts.items():
            (step,) = server.get(f"/api/v1/alerts/{alert}").json()["steps"]
            assert (step["note"], step["code"], step["facts"]) == (_NOTES[rule], "", {})
        (subscription,) = server.get("/api/v1/subscriptions").json()["items"]
        assert (subscription["channel"], subscription["is_enabled"]) == ("webhook", True)
    with desk(empty_dsn) as after:
        station = ChainedStation("market-1")
        after.take(station.topic, station.add(result(88.0, number="9")))
        rows = after.rows(
            "SELECT note, code, alert_step.facts FROM alert_step JOIN alert ON alert.id = alert"
            " WHERE code <> '' AND rule = 'failed_test'"
        )
    assert rows == [("failed (screening): 88.0 %", "result", {"unit": "%", "value": "88.0", "verdict": "fail"})]
