"""Repeats, from the bytes on the line to the rows in the spool: one too many is marked, none is lost."""

import base64
import hashlib
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from edge.commands import repeats as repeats_view
from edge.spool import view as spool_view
from edge.spool.rows import Draft
from edge.spool.spool import Spool
from firmware_adapters.checksums import crc8
from firmware_adapters.registry import family
from tests.support.one_device import Clock, OneDevice
from wire.kinds.result import POSSIBLE_REPEAT, ResultV1

ENQ, ACK, EOT = b"\x05", b"\x06", b"\x04"
MORNING = datetime(2026, 1, 10, 1, 0, tzinfo=UTC)
A_DAY = 86_400.0
CASES = Path(__file__).parents[3] / "cases"

Make = Callable[..., OneDevice]


@pytest.fixture
def make(spool: Spool) -> Make:
    def one(name: str, profile: str | None = None, serial: str = "") -> OneDevice:
        kind = family(name)
        return OneDevice(spool, Clock(MORNING), kind, kind.profile(profile), serial)

    return one


# ASTM


def astm_frames(*records: str) -> list[bytes]:
    """Return one frame for each record."""
    frames = []
    for place, record in enumerate(records):
        body = b"%d" % ((place + 1) % 8) + record.encode() + b"\r\x03"
        frames.append(b"\x02" + body + b"%02X\r\n" % (sum(body) % 256))
    return frames


def message(value: str, *, sample: str = "", sent: str = "", measured: str = "") -> list[str]:
    return [
        rf"H|\^&|||tester|||||||P|1|{sent}",
        "P|1",
        f"O|1|{sample}||^^^NIT",
        f"R|1|^^^NIT|{value}|||||F||||{measured}",
        "L|1|N",
    ]


def transfer(device: OneDevice, records: Sequence[str], *, eot_after_s: float | None = 0.05) -> int:
    """Send a message as a device does; returns how many ACK it heard. `eot_after_s`: None, it never says EOT."""
    answers = device.hear(ENQ)
    for frame in astm_frames(*records):
        answers += device.hear(frame)
    if eot_after_s is not None:
        device.hear(EOT, eot_after_s)
    return answers.count(ACK)


def test_astm_four_transfers_without_a_date_or_a_sample_number_are_four_tests(make: Make) -> None:
    device = make("astm")
    acknowledged = sum(transfer(device, message(value)) for value in ("NEG", "NEG", "POS", "NEG"))
    assert acknowledged == 24
    assert [result.value_text for result in device.results()] == ["NEG", "NEG", "POS", "NEG"]
    assert [result.value_text for result in device.marked()] == ["NEG", "NEG"], "as far as anybody can tell"


def test_astm_sample_numbers_that_begin_anew_each_day_name_no_test(make: Make) -> None:
    device = make("astm")
    for _ in range(3):
        for sample in ("1", "2", "3"):
            transfer(device, message("POS", sample=sample))
        device.clock.forward(A_DAY)
    assert Counter(result.sample.number for result in device.results()) == {"1": 3, "2": 3, "3": 3}


def test_astm_four_orders_without_a_specimen_in_one_message_are_four_tests(make: Make) -> None:
    device = make("astm")
    orders = [part for place in range(1, 5) for part in (f"O|{place}|||^^^NIT", "R|1|^^^NIT|POS|||||F")]
    transfer(device, [r"H|\^&|||tester|||||||P|1|20260110090000", "P|1", *orders, "L|1|N"])
    assert len(device.results()) == 4
    assert device.marked() == [], "the message itself shows that they are four"


def test_astm_equal_results_of_one_order_are_as_many_tests(make: Make) -> None:
    device = make("astm")
    result = "R|1|^^^NIT|POS|||||F||||20260110090000"
    for _ in range(2):
        transfer(device, [r"H|\^&|||tester", "P|1", "O|1|A||^^^NIT", result, result, result, "L|1|N"])
    assert len(device.results()) == 3, "and the same message again makes none of them twice"


def test_astm_a_frame_that_is_sent_again_is_one(make: Make) -> None:
    device = make("astm")
    device.hear(ENQ)
    for frame in astm_frames(*message("POS")):
        assert device.hear(frame) == ACK
        assert device.hear(frame, 15.0) == ACK
    device.hear(EOT)
    assert device.texts() == {"POS": 1}


@pytest.mark.parametrize("eot_after_s", [None, 15.0], ids=["no EOT", "EOT when its time had run out"])
@pytest.mark.parametrize("is_link_lost", [False, True])
def test_astm_a_transfer_whose_last_answer_was_lost_is_one(
    make: Make, eot_after_s: float | None, is_link_lost: bool
) -> None:
    device = make("astm")
    transfer(device, message("NEG"))
    transfer(device, message("POS", sent="20260110090000"), eot_after_s=eot_after_s)
    if is_link_lost:
        device.reconnect()
    transfer(device, message("POS", sent="20260110090130"))
    assert device.texts() == {"NEG": 1, "POS": 1}
    transfer(device, message("POS"))
    assert device.texts() == {"NEG": 1, "POS": 2}, "the one after it is another test"


def test_astm_a_transfer_that_broke_off_is_recorded_once_with_what_was_missing(make: Make) -> None:
    device = make("astm")
    records = [r"H|\^&|||tester", "P|1", "O|1|||^^^NIT", "R|1|^^^NIT|POS|||||F", "R|2|^^^NIT|NEG|||||F", "L|1|N"]
    device.hear(ENQ)
    for frame in astm_frames(*records)[:4]:
        device.hear(frame)
    device.wait(31.0)
    assert device.texts() == {"POS": 1}
    transfer(device, records)
    assert device.texts() == {"POS": 1, "NEG": 1}


def test_astm_after_a_restart_nothing_is_proven_and_both_are_kept(make: Make) -> None:
    device = make("astm")
    transfer(device, message("POS"), eot_after_s=None)
    device.restart()
    transfer(device, message("POS"))
    assert device.texts() == {"POS": 2}
    assert [POSSIBLE_REPEAT in result.flags for result in device.results()] == [False, True]


def test_astm_a_sender_that_went_on_repeats_nothing(make: Make) -> None:
    device = make("astm")
    for value in ("POS", "NEG", "POS", "POS"):
        transfer(device, message(value), eot_after_s=None)
    assert device.texts() == {"POS": 3, "NEG": 1}


def test_astm_what_is_sent_again_much_later_is_kept_and_marked(make: Make) -> None:
    device = make("astm")
    transfer(device, message("POS"), eot_after_s=None)
    device.clock.forward(3600)
    transfer(device, message("POS"))
    assert (device.texts(), len(device.marked())) == ({"POS": 2}, 1)


def test_astm_the_tests_own_time_folds_for_ever_whatever_the_messages_says(make: Make) -> None:
    device = make("astm")
    transfer(device, message("POS", sent="20260110090100", measured="20260110090000"))
    device.clock.forward(5 * A_DAY)
    device.restart()
    transfer(device, message("POS", sent="20260115120000", measured="20260110090000"))
    assert device.texts() == {"POS": 1}


@pytest.mark.parametrize(
    "measured",
    ["20260110", "202601100900", "20001301090000", "20000101000500", "19700101000500", "19800101000500", "10.1.26"],
)
def test_astm_a_day_a_minute_and_a_clock_without_power_name_no_test(make: Make, measured: str) -> None:
    device = make("astm")
    for _ in range(3):
        transfer(device, message("POS", measured=measured))
    assert device.texts() == {"POS": 3}


# HL7


def hl7(value: str, *, control: str, sent: str = "", measured: str = "") -> bytes:
    segments = (
        rf"MSH|^~\&|R|S|||{sent}||ORU^R01|{control}|P|2.3.1",
        "OBR|1||",
        f"OBX|1|ST|NIT||{value}||||||F|||{measured}",
    )
    return b"\x0b" + "".join(segment + "\r" for segment in segments).encode() + b"\x1c\r"


def accepted(device: OneDevice, *messages: bytes) -> int:
    return sum(device.hear(message).count(b"MSA|AA") for message in messages)


def test_hl7_three_messages_without_a_time_are_three_tests(make: Make) -> None:
    device = make("hl7")
    assert accepted(device, *(hl7("NEG", control=number) for number in ("101", "102", "103"))) == 3
    assert device.texts() == {"NEG": 3}


def test_hl7_control_ids_that_begin_anew_each_day_name_no_test(make: Make) -> None:
    device = make("hl7")
    for day in (5, 6, 7):
        for control in ("1", "2"):
            assert accepted(device, hl7("NEG", control=control, sent=f"2026010{day}09000{control}")) == 1
        device.clock.forward(A_DAY)
    assert device.texts() == {"NEG": 6}


def test_hl7_two_tests_of_one_id_and_one_value_are_two(make: Make) -> None:
    device = make("hl7")
    device.hear((CASES / "hl7-two-tests-same-id-same-value.hl7").read_bytes())
    assert device.texts() == {"NEG": 2}


@pytest.mark.parametrize(
    ("control", "sent"),
    [("", "20260110090000"), ("1", ""), ("1", "20260110"), ("1", "202601100900"), ("1", "20000101000500")],
)
def test_hl7_without_an_id_and_an_exact_time_nothing_proves_a_repeat(make: Make, control: str, sent: str) -> None:
    device = make("hl7")
    assert accepted(device, *[hl7("POS", control=control, sent=sent)] * 3) == 3
    assert (device.texts(), len(device.marked())) == ({"POS": 3}, 2)


@pytest.mark.parametrize("is_link_lost", [False, True])
def test_hl7_a_message_whose_answer_was_lost_is_one_for_minutes(make: Make, is_link_lost: bool) -> None:
    device = make("hl7")
    again = hl7("POS", control="7", sent="20260110090000")
    assert accepted(device, again) == 1
    if is_link_lost:
        device.reconnect()
    assert accepted(device, again) == 1
    assert device.texts() == {"POS": 1}
    device.clock.forward(3600)
    accepted(device, again)
    assert (device.texts(), len(device.marked())) == ({"POS": 2}, 1)


def test_hl7_other_bytes_are_another_message(make: Make) -> None:
    device = make("hl7")
    accepted(device, hl7("POS", control="7", sent="20260110090000"), hl7("POS", control="7", sent="20260110090001"))
    assert device.texts() == {"POS": 2}


def test_hl7_the_order_may_be_run_twice(make: Make) -> None:
    device = make("hl7")
    ordered = hl7("POS", control="1").replace(b"OBR|1||", b"OBR|1||||||20260110080000")
    accepted(device, ordered, ordered)
    assert device.texts() == {"POS": 2}


# POCT1-A


def poct(control: str, created: str, measured: str = "") -> bytes:
    service = f'<SVC.observation_dttm V="{measured}"/>' if measured else ""
    return (
        f'<OBS.R01><HDR><HDR.message_type V="OBS.R01"/><HDR.control_id V="{control}"/>'
        f'<HDR.creation_dttm V="{created}"/></HDR><SVC><SVC.role_cd V="OBS"/>{service}<PT><OBS>'
        '<OBS.observation_id V="NIT"/><OBS.qualitative_value V="POS"/></OBS></PT></SVC></OBS.R01>'
    ).encode()


def test_poct1a_only_an_id_with_an_exact_time_proves_a_repeat(make: Make) -> None:
    device = make("poct1a")
    again = poct("7", "2026-01-10T09:00:00+08:00")
    for _ in range(3):
        assert b"ACK.R01" in device.hear(again)
    assert device.texts() == {"POS": 1}
    for _ in range(3):
        device.hear(poct("", "2026-01-10T09:00:00+08:00"))
        device.hear(poct("8", ""))
        device.hear(poct("9", "2026-01-10"))
    assert device.texts() == {"POS": 10}


def test_poct1a_the_tests_own_time_folds_for_ever(make: Make) -> None:
    device = make("poct1a")
    device.hear(poct("7", "2026-01-10T09:00:00+08:00", "2026-01-10T08:59:30+08:00"))
    device.restart()
    device.hear(poct("1", "2026-01-12T09:00:00+08:00", "2026-01-10T08:59:30+08:00"))
    assert device.texts() == {"POS": 1}


# Lines, whose columns a profile explains


LINE = """
name = "counter"
family = "line"
maker = "nobody"
model = "a counter, an item, a value"
evidence = "simulator"
{identity}
[settings]
[[settings.line]]
columns = ["record", "item", "value"]
"""


def counter(spool: Spool, tmp_path: Path, identity: str, serial: str = "") -> OneDevice:
    path = tmp_path / "counter.toml"
    path.write_text(LINE.format(identity=identity))
    kind = family("line")
    return OneDevice(spool, Clock(MORNING), kind, kind.profile(str(path)), serial)


DAILY, RUNNING = '[identity]\nrecord = "daily"\ntime = "none"', '[identity]\nrecord = "running"\ntime = "none"'


@pytest.mark.parametrize(
    ("identity", "serial", "same_day", "other_day"),
    [
        ("", "SN1", 2, 3),
        (DAILY, "SN1", 1, 2),
        (RUNNING, "", 1, 2),
        (RUNNING, "SN1", 1, 1),
    ],
    ids=["not explained", "daily", "running without a serial", "running"],
)
def test_line_a_number_folds_as_far_as_the_profile_vouches_for_it(
    spool: Spool, tmp_path: Path, identity: str, serial: str, same_day: int, other_day: int
) -> None:
    device = counter(spool, tmp_path, identity, serial)
    device.hear(b"1,NIT,POS\r\n")
    device.restart()
    device.hear(b"1,NIT,POS\r\n")
    assert len(device.results()) == same_day
    device.clock.forward(A_DAY)
    device.hear(b"1,NIT,POS\r\n")
    assert len(device.results()) == other_day


def test_line_a_day_is_the_stations_and_not_the_worlds(spool: Spool, tmp_path: Path) -> None:
    device = counter(spool, tmp_path, DAILY)
    device.clock.now = datetime(2026, 1, 10, 15, 59, tzinfo=UTC)
    device.hear(b"1,NIT,POS\r\n")
    device.clock.forward(120)
    device.hear(b"1,NIT,POS\r\n")
    assert len(device.results()) == 2
    assert [POSSIBLE_REPEAT in result.flags for result in device.results()] == [False, True]


# What a station can see of it


def test_repeats_are_counted_and_shown_with_both_sides(spool: Spool, make: Make, tmp_path: Path) -> None:
    device = make("astm")
    transfer(device, message("NEG"))
    transfer(device, message("POS"), eot_after_s=None)
    transfer(device, message("POS"))
    timed = message("POS", sample="7", measured="20260110090000")
    transfer(device, timed)
    transfer(device, timed)
    transfer(device, message("NEG"))
    counts = spool_view.summary(tmp_path / "data").repeats
    assert (counts["tester"].folded, counts["tester"].possible) == (2, 1)
    assert spool.repeats() == counts
    by_time, by_transfer = repeats_view.as_document(tmp_path / "data", 10)["repeats"]
    assert (by_time["cause"], by_time["first"]["sample"]["number"]) == ("identity", "7")
    assert (by_transfer["cause"], by_transfer["first_sequence"]) == ("transfer", 2)
    assert by_transfer["again"]["value_text"] == by_transfer["first"]["value_text"] == "POS"
    assert by_transfer["device"] == "tester"


def test_only_the_last_repeats_are_kept_and_all_are_counted(
    spool: Spool, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.spool.repeats.MOST_KEPT", 5)
    device = make("astm")
    for _ in range(20):
        transfer(device, message("POS", measured="20260110090000"))
    assert len(spool_view.repeats(tmp_path / "data", 100)) == 5
    assert spool.repeats()["tester"].folded == 19
    spool.close()
    spool.open()
    assert spool.repeats()["tester"].folded == 19


def test_a_spool_of_version_1_knows_its_tests_and_gains_the_marks(
    make_spool: Callable[..., Spool], tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(Path(__file__).parent / "spool_v1.db", folder / "spool.db")
    shutil.copy(Path(__file__).parent / "spool_v1.key", folder / "key")
    assert spool_view.summary(folder).repeats == {}, "also before its agent starts again"
    assert spool_view.repeats(folder, 10) == []
    spool = make_spool()
    spool.open()
    kind = family("astm")
    device = OneDevice(spool, Clock(MORNING), kind, kind.profile())
    for _ in range(2):
        transfer(device, message("POS"))
    assert len(device.marked()) == 1
    with closing(sqlite3.connect(folder / "spool.db")) as upgraded, closing(sqlite3.connect(":memory:")) as fresh:
        for name in ("spool.sql", "spool_2.sql", "spool_3.sql", "spool_4.sql", "spool_5.sql", "spool_6.sql"):
            fresh.executescript((files("edge.spool") / name).read_text("utf-8"))
        schema = "SELECT name, sql FROM sqlite_schema ORDER BY name"
        assert upgraded.execute(schema).fetchall() == fresh.execute(schema).fetchall()


def test_a_test_that_version_1_recorded_is_known_again(make_spool: Callable[..., Spool]) -> None:
    """Check that identities equal those of the versions before, for all that these told apart rightly."""
    spool = make_spool()
    spool.open()
    key = ["m1/tester", "7", "26-01-10 12:00:00", None, "pesticide_inhibition", "", "12.34", None]
    old = hashlib.sha256(json.dumps(key, ensure_ascii=True).encode()).hexdigest()
    (first,) = spool.record(
        [Draft(ResultV1(adapter="a", profile="p", item="i", identity=old), "/stations/m1", identity=old)]
    )
    assert first is not None
    kind = family("pesticide")
    device = OneDevice(spool, Clock(MORNING), kind, kind.profile("lz-4000t"))
    body = (
        b"\x11\x14\0"
        + bytes((1, 0, 0, 0, 7, 0))
        + bytes(6)
        + bytes((26, 1, 10, 12, 0, 0))
        + (1234).to_bytes(2, "little")
    )
    device.hear(b"\x7e" + body + bytes((crc8(body), 0xAA)))
    assert spool.repeats()["tester"].reread == 1
    assert len(device.results()) == 1


def test_the_bytes_of_a_test_are_kept_with_each_of_its_rows(make: Make) -> None:
    device = make("astm")
    transfer(device, message("POS"))
    (result,) = device.results()
    assert base64.b64decode(result.raw).startswith(b"R|1|^^^NIT|POS")


def test_astm_a_transfer_of_very_many_equal_results_loses_none(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmware_adapters.astm.transfers._MOST", 10)
    device = make("astm")
    results = [f"R|{place % 7}|^^^NIT|POS|||||F" for place in range(40)]
    records = [r"H|\^&|||tester", "O|1|||^^^NIT", *results, "L|1|N"]
    transfer(device, records, eot_after_s=None)
    assert device.texts() == {"POS": 40}
    transfer(device, records)
    assert len(device.results()) - 40 == len(
        [result for result in device.results()[40:] if POSSIBLE_REPEAT in result.flags]
    )
