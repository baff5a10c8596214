"""Every family's virtual analyzer, through a real agent, broker and ingest, to rows that are the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from firmware_adapters.contract import Specimen
from firmware_adapters.registry import families
from shian.local.broker import best_kind
from tests.support import processes
from tests.support.system import Agent, Analyzer, System, running, zone_near_noon
from tests.support.waiting import wait_for
from wire.terms import Verdict

STATION = "every-family"
TESTS = (("1", 5.0, Verdict.PASS), ("2", 60.0, Verdict.FAIL), ("3", 0.0, Verdict.INVALID), ("QC4", 61.0, Verdict.FAIL))
COLUMNS = ("item", "value", "device_verdict", "sample", "commodity", "measured_at", "role", "verdict")


@dataclass(frozen=True, slots=True)
class Case:
    """One analyzer, and which of the truth its protocol carries: letters of v(alue), d(evice's verdict), s(ample
    number), c(ommodity), t(ime). `tests`: how many of TESTS it is given; `item`: as the database must name it.
    `is_caller`: it connects to the agent. `is_pushed`: sent once and never again, so nothing is measured before the
    agent listens. `is_continuous`: no test but a quantity that is always there, so a row of `reading`."""

    profile: str
    item: str
    carries: str
    tests: int = 3
    number_width: int = 0
    verdicts: tuple[str, ...] = ("pass", "fail", "invalid", "fail")
    is_value_kept_when_invalid: bool = False
    is_tcp: bool = False
    is_caller: bool = False
    is_pushed: bool = False
    is_continuous: bool = False


_DECIDED = ("undetermined", "undetermined", "invalid")
_MUTE = ("undetermined", "undetermined")

CASES = {
    "astm": Case("virtual-food", "clenbuterol", "vdsct", 4, is_value_kept_when_invalid=True),
    "dy2620": Case("dy-2620", "polar_compounds", "vt", 2),
    "dy3000": Case("dy-7200", "nitrite", "vdsct"),
    "dy5000": Case("dy-5000", "clenbuterol", "vt", verdicts=_DECIDED),
    "dy5800": Case("dy-5800", "nitrite", "vsct", verdicts=_DECIDED, is_pushed=True),
    "dy6100": Case("dy-6100", "atp", "vt", 2, verdicts=_MUTE),
    "dy6200": Case("dy-6200", "item-01", "vdt", 2),
    "dy6260": Case("dy-6260", "clenbuterol", "dsct", is_tcp=True),
    "dy723": Case("dy-723pc", "nitrite", "vdst"),
    "dy_gold": Case("dy-gold", "strip_scan", "", 2, verdicts=_MUTE),
    "escpos": Case(
        "dy-3500-ticket", "nitrite", "vdsct", number_width=5, is_value_kept_when_invalid=True, is_pushed=True
    ),
    "hl7": Case("virtual-food", "clenbuterol", "vdsct", 4, is_value_kept_when_invalid=True),
    "line": Case("generic", "value", "v", 2, verdicts=_MUTE, is_pushed=True),
    "modbus_rtu": Case("virtual-cold-chain", "air_temperature", "v", 1, verdicts=_MUTE, is_continuous=True),
    "pesticide": Case("lz-4000t", "pesticide_inhibition", "vct", 2),
    "poct1a": Case("virtual-food", "clenbuterol", "vdsct", 4, is_value_kept_when_invalid=True, is_caller=True),
    "tt_smart": Case("tt-smart", "unknown", "vdsc"),
    "ttnj": Case("ttnj-8", "type-01", "vt", verdicts=_DECIDED),
}


def specimens(case: Case) -> tuple[Specimen, ...]:
    noon = datetime.now(zone_near_noon()).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
    return tuple(
        Specimen(number, "菠菜", case.item, value, noon + timedelta(minutes=minute), verdict)
        for minute, (number, value, verdict) in enumerate(TESTS[: case.tests])
    )


def expected(case: Case, memory: tuple[Specimen, ...]) -> list[tuple[Any, ...]]:
    """Return the COLUMNS of each row; a field that the protocol does not carry is None or empty."""

    def row(specimen: Specimen, verdict: str) -> tuple[Any, ...]:
        is_kept = specimen.verdict is not Verdict.INVALID or case.is_value_kept_when_invalid
        said = specimen.verdict.value if "d" in case.carries or specimen.verdict is Verdict.INVALID else None
        return (
            case.item,
            specimen.value if "v" in case.carries and is_kept else None,
            said,
            specimen.number.zfill(case.number_width) if "s" in case.carries else "",
            specimen.commodity if "c" in case.carries else "",
            specimen.measured_at if "t" in case.carries else None,
            "control" if specimen.number.startswith("QC") else "sample",
            verdict,
        )

    return [row(specimen, verdict) for specimen, verdict in zip(memory, case.verdicts, strict=False)]


MEMORIES = {name: specimens(case) for name, case in CASES.items()}


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    analyzers = tuple(
        Analyzer(name, name, case.profile, () if case.is_pushed else MEMORIES[name], case.is_tcp, case.is_caller)
        for name, case in sorted(CASES.items())
    )
    pushed = [name for name, case in CASES.items() if case.is_pushed]
    with running(best_kind(), (Agent(STATION, analyzers),), seed=1, is_durable=False) as started:
        online = "SELECT name FROM device WHERE state = 'online'"
        wait_for(lambda: {(name,) for name in pushed} <= set(started.rows(online)), timeout_s=90, what="open ports")
        for name in pushed:
            for specimen in MEMORIES[name]:
                started.rack.measure(started.analyzers[STATION, name], specimen)
        yield started


def test_no_family_is_left_out() -> None:
    assert set(CASES) == set(families()), "a family without a case here has not been driven to the database"


@pytest.mark.parametrize("name", sorted(name for name, case in CASES.items() if not case.is_continuous))
def test_the_rows_are_the_truth(system: System, name: str) -> None:
    case = CASES[name]
    wanted = expected(case, MEMORIES[name])

    def found() -> list[tuple[Any, ...]]:
        query = (
            f"SELECT {', '.join(COLUMNS)} FROM result WHERE device = '{name}' AND item = '{case.item}'"
            " ORDER BY recorded_at, event"
        )
        return system.rows(query)

    wait_for(lambda: len(found()) >= len(wanted), timeout_s=90, what=f"the results of {name}")
    rows = [_local(system, row) for row in found()]
    assert sorted(rows, key=repr) == sorted(wanted, key=repr)


def test_a_cold_room_is_readings_and_no_results(system: System) -> None:
    # Every quantity of the map comes once: a value that has not moved since is no news within a minute.
    first = "SELECT DISTINCT quantity, channel, value, unit FROM reading WHERE device = 'modbus_rtu'"
    wait_for(lambda: len(system.rows(first)) >= 8, timeout_s=90, what="the readings of the cold room")
    rows = {(quantity, channel): (value, unit) for quantity, channel, value, unit in system.rows(first)}
    assert len(rows) == 8
    assert rows["air_temperature", 3] == (5.0, "degC")
    assert rows["humidity", 4] == (0.0, "%RH")
    assert system.rows("SELECT item FROM result WHERE device = 'modbus_rtu'") == []


def _local(system: System, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return times as the analyzer's own clock shows them."""
    return tuple(
        value.astimezone(system.zone).replace(tzinfo=None) if isinstance(value, datetime) else value for value in values
    )


def _wait_for_every_result(system: System) -> None:
    """Wait for every result. An empty spool alone says nothing: an analyzer may not have sent yet."""
    wanted = {
        (name, tested.item, len(expected(tested, MEMORIES[name])))
        for name, tested in CASES.items()
        if not tested.is_continuous
    }
    counts = "SELECT device, item, count(*) FROM result GROUP BY device, item"
    wait_for(lambda: wanted <= set(system.rows(counts)), timeout_s=90, what=f"the results of every family: {wanted}")


def test_failed_samples_and_nothing_else_are_alerts(system: System) -> None:
    _wait_for_every_result(system)
    system.wait_until_drained(40)
    failing = {name for name, case in CASES.items() if "fail" in case.verdicts[: case.tests]}
    alerts = system.rows("SELECT result.device, value FROM alert JOIN result USING (event) WHERE rule = 'failed_test'")
    assert {device for device, _ in alerts} == failing
    assert {value for _, value in alerts} <= {60.0, None}
    assert len(alerts) == len(failing)


def test_everything_is_receipted_chained_and_accepted(system: System) -> None:
    _wait_for_every_result(system)
    system.wait_until_drained(40)
    assert system.rows("SELECT reason, detail FROM quarantine") == []
    done = processes.run("verify", "--dsn", system.dsn)
    assert done.returncode == 0, done.stdout + done.stderr
