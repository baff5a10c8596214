"""Captures with holes: frames that were refused or cut out. No record is joined over a hole, no result is lost with
a neighbour, and no result is given to the sample of another order."""

from pathlib import Path

import pytest

from tests.unit.firmware_adapters.astm.framing import (
    END,
    ENQ,
    EOT,
    HEADER,
    ORDER,
    bad_frame,
    frame,
    passive,
    readings,
    rejected,
    result,
)

SECOND_ORDER = b"O|2|S2||^^^GLU\r"


def test_a_lost_result_costs_no_other() -> None:
    stream = ENQ + frame(1, HEADER + ORDER) + frame(2, result(1)) + bad_frame(3, result(2)) + frame(4, result(3))
    outputs = passive(stream + frame(5, END) + EOT)
    assert [(reading.record, reading.sample_number) for reading in readings(outputs)] == [("1", "S1"), ("3", "S1")]
    assert [reason for reason, _ in rejected(outputs)] == ["checksum"]


def test_a_refused_frame_that_came_again_leaves_no_hole() -> None:
    first = frame(1, HEADER + ORDER + b"R|1|^^^GLU|5", is_last=False)
    stream = ENQ + first + bad_frame(2, b".1|mmol/L\r") + frame(2, b".1|mmol/L\r") + frame(3, END) + EOT
    assert [reading.value for reading in readings(passive(stream))] == [5.1]


@pytest.mark.parametrize("seen", [True, False])
def test_a_result_after_a_lost_order_is_given_to_no_sample(seen: bool) -> None:
    lost = bad_frame(4, SECOND_ORDER) if seen else b""
    stream = (
        ENQ
        + frame(1, HEADER)
        + frame(2, ORDER)
        + frame(3, result(1))
        + lost
        + frame(5, result(1, b"9"))
        + frame(6, END)
    )
    first, second = readings(passive(stream))
    assert first.sample_number == "S1"
    assert second.sample_number == ""
    assert "sample_unknown" in second.flags


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("rest", [b"9|mmol/L\r", b"R|1|^^^GLU|7\r", b"H9\r", b"R|20200407151558||\r"])
def test_a_record_with_a_hole_in_it_is_rejected_whole(seen: bool, rest: bytes) -> None:
    first = frame(1, HEADER + ORDER + b"R|1|^^^GLU|5", is_last=False)
    lost = bad_frame(2, b".1|mmol/L|", is_last=False) if seen else b""
    outputs = passive(ENQ + first + lost + frame(3, rest + result(2)) + frame(4, END) + EOT)
    assert [reading.record for reading in readings(outputs)] == ["2"]
    assert rejected(outputs)[-1] == ("record", b"R|1|^^^GLU|5" + rest[:-1])


def test_a_cut_record_whose_end_was_lost_does_not_take_the_next_with_it() -> None:
    first = frame(1, HEADER + ORDER + b"R|1|^^^GLU|5", is_last=False)
    outputs = passive(ENQ + first + bad_frame(2, b".1|mmol/L\r") + frame(3, result(2)) + frame(4, END) + EOT)
    assert [reading.record for reading in readings(outputs)] == ["2"]
    assert [reason for reason, _ in rejected(outputs)] == ["checksum", "record"]


def test_a_lost_header_is_said_and_the_results_still_come() -> None:
    stream = (
        ENQ + bad_frame(1, HEADER) + frame(2, b"P|1\r") + frame(3, ORDER) + frame(4, result(1)) + frame(5, END) + EOT
    )
    outputs = passive(stream)
    (reading,) = readings(outputs)
    assert reading.sample_number == "S1"
    assert "no_header" in reading.flags
    assert [reason for reason, _ in rejected(outputs)] == ["checksum"]


def test_a_lost_terminator_is_said_when_the_transfer_ends() -> None:
    outputs = passive(ENQ + frame(1, HEADER + ORDER + result(1)) + bad_frame(2, END) + EOT)
    (reading,) = readings(outputs)
    assert "message_incomplete" in reading.flags


def test_a_capture_that_begins_inside_a_record_starts_with_the_next_one() -> None:
    outputs = passive(frame(5, b"7|mmol/L\r" + result(2)) + frame(6, END) + EOT)
    (reading,) = readings(outputs)
    assert reading.record == "2"
    assert rejected(outputs) == [("record", b"7|mmol/L")]


def test_ten_frames_lost_in_a_row_are_no_reason_to_lose_the_eleventh() -> None:
    lost = b"".join(bad_frame((2 + i) % 8, result(i + 1)) for i in range(10))
    outputs = passive(ENQ + frame(1, HEADER + ORDER) + lost + frame(12 % 8, result(11)) + frame(13 % 8, END) + EOT)
    (reading,) = readings(outputs)
    assert (reading.record, reading.sample_number) == ("11", "S1")


def test_any_frames_cut_out_of_a_real_capture_invent_nothing(shared_captures: Path) -> None:
    stream = (shared_captures / "astm" / "yumizen_h500_2020-04-07-17-07-04-681716.astm").read_bytes()
    truth = {reading.raw for reading in readings(passive(stream))}
    frames = stream.split(b"\x02")
    for first in range(1, len(frames), 5):
        for missing in (1, 2, 7, 8):
            cut = b"\x02".join(frames[:first] + frames[first + missing :])
            assert {reading.raw for reading in readings(passive(cut))} <= truth


@pytest.mark.parametrize("broken", [b"\x01", b"\x07", b"\x83", b"C"])
def test_a_frame_whose_end_was_damaged_takes_no_neighbour_with_it(broken: bytes) -> None:
    # The damaged frame runs into the next one; its checksum tells that an ETX stood there.
    lost = frame(3, result(2)).replace(b"\x03", broken)
    stream = ENQ + frame(1, HEADER + ORDER) + frame(2, result(1)) + lost + frame(4, result(3)) + frame(5, END) + EOT
    outputs = passive(stream)
    assert [(reading.record, reading.sample_number) for reading in readings(outputs)] == [("1", "S1"), ("3", "S1")]
    assert rejected(outputs) == [("truncated", lost)]


def test_a_frame_cut_off_within_its_record_leaves_the_next_one_in_doubt() -> None:
    stream = ENQ + frame(1, HEADER + ORDER) + b"\x023R|2|^^^GLU|" + frame(4, result(3)) + frame(5, END) + EOT
    assert readings(passive(stream)) == []


def test_a_refused_frame_next_to_a_hole_was_seen_to_end_its_record() -> None:
    stream = ENQ + frame(1, HEADER) + bad_frame(3, ORDER) + frame(4, result(1)) + frame(5, END) + EOT
    (reading,) = readings(passive(stream))
    assert (reading.record, reading.sample_number) == ("1", "")


@pytest.mark.parametrize("early", [b"\x03", b"\x17"])
def test_a_byte_that_became_the_end_of_its_frame_takes_no_neighbour_with_it(early: bytes) -> None:
    lost = frame(3, result(2)).replace(b"mmol", b"mm" + early + b"l")
    stream = ENQ + frame(1, HEADER + ORDER) + frame(2, result(1)) + lost + frame(4, result(3)) + frame(5, END) + EOT
    outputs = passive(stream)
    assert [(reading.record, reading.sample_number) for reading in readings(outputs)] == [("1", "S1"), ("3", "S1")]
    assert [reason for reason, _ in rejected(outputs)] == ["checksum"]


def test_an_order_behind_the_byte_that_became_the_end_of_its_frame_is_lost_with_it() -> None:
    lost = frame(2, result(1) + SECOND_ORDER + result(1)).replace(b"mmol", b"mm\x03l", 1)
    stream = ENQ + frame(1, HEADER + ORDER) + lost + frame(3, result(2)) + frame(4, END) + EOT
    (reading,) = readings(passive(stream))
    assert (reading.sample_number, "sample_unknown" in reading.flags) == ("", True)


def test_noise_behind_a_refused_frame_costs_nothing_more() -> None:
    stream = ENQ + frame(1, HEADER + ORDER) + bad_frame(2, result(1)) + b"\xff?" + frame(3, result(2)) + frame(4, END)
    (reading,) = readings(passive(stream + EOT))
    assert (reading.record, reading.sample_number) == ("2", "S1")
