"""Labelled lines and documents."""

import pytest

from firmware_adapters.labelled import NotLabelledError, read_labelled, records_in
from firmware_adapters.profile import ItemMap, Profile
from wire.terms import Verdict

PROFILE = Profile(
    name="x",
    family="x",
    maker="x",
    model="x",
    evidence="simulator",
    items={"克伦特罗": ItemMap(code="clenbuterol", name="克伦特罗", unit="ug/kg")},
    verdicts={"阳性": Verdict.FAIL, "阴性": Verdict.PASS},
)


def test_a_label_that_comes_again_or_an_empty_line_begins_the_next_record() -> None:
    assert list(records_in("编号：1\r结果:2\r编号：2\r\r结果：3\r\n编号: 4\n")) == [
        {"编号": "1", "结果": "2"},
        {"编号": "2"},
        {"结果": "3", "编号": "4"},
    ]


def test_a_line_without_a_label_is_no_record() -> None:
    with pytest.raises(NotLabelledError, match="DEVICE"):
        list(records_in("DEVICE72"))


def test_a_value_may_hold_colons_and_be_empty() -> None:
    assert list(records_in("检测时间：2026-03-05 09:41:07\r样品名称：")) == [
        {"检测时间": "2026-03-05 09:41:07", "样品名称": ""}
    ]


def test_a_word_for_a_value_is_the_verdict_where_no_other_is_given() -> None:
    reading = read_labelled({"检测项目": "克伦特罗", "检测结果": "阳性"}, PROFILE, {}, b"", 0)
    assert (reading.item, reading.value, reading.value_text, reading.verdict) == (
        "clenbuterol",
        None,
        "阳性",
        Verdict.FAIL,
    )


def test_unknown_labels_are_kept_and_the_profile_may_explain_them() -> None:
    record = {"检测结果": "0", "Batch": "7"}
    assert read_labelled(record, PROFILE, {}, b"", 0).extra == {"Batch": "7"}
    assert read_labelled(record, PROFILE, {"Batch": "number"}, b"", 0).sample_number == "7"


def test_a_record_without_a_result_is_none() -> None:
    with pytest.raises(NotLabelledError, match="no result"):
        read_labelled({"样品名称": "白菜"}, PROFILE, {}, b"", 0)
