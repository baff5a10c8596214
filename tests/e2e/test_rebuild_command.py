"""`shian rebuild` and `shian retire` as the owner runs them."""

import json
import subprocess
import sys

from tests.support.desk import Desk
from tests.support.station import ChainedStation, result


def shian(dsn: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "shian", *arguments, "--dsn", dsn]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"LANG": "en_US.UTF-8"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_table_that_was_emptied_and_one_that_was_retired(desk: Desk, dsn: str) -> None:
    station: ChainedStation = desk.station("market-1")
    desk.take(station.topic, *[station.add(result(number=str(number))) for number in range(20)])
    desk.connection.execute("TRUNCATE result, daily_result")
    # The deed that enrolled the station is an event as well.
    assert "20 rows made from 21 events" in shian(dsn, "rebuild", "--kind", "result")
    assert shian(dsn, "verify").startswith("every chain holds")
    assert "20 rows of result" in shian(dsn, "retire", "--kind", "result", "--before", "2026-04-01")
    said = shian(dsn, "verify", "--json").splitlines()
    assert json.loads(said[0]) == {"retired": "result", "before": "2026-04-01", "rows": 20}
    assert json.loads(said[-1])["findings"] == 0
    assert "0 rows made" in shian(dsn, "rebuild")
    assert "20 rows made" in shian(dsn, "rebuild", "--from", "2026-01-01")
