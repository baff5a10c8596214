"""Captures without personal data: the same readings, sums that hold, and no name left in any charset."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from firmware_adapters.contract import FrameRejected, Reading
from firmware_adapters.registry import families, family
from shian.__main__ import build
from shian.adapters.fillers import fill_bytes, spellings
from shian.adapters.scrub import scrub
from shian.adapters.seals import sealed, seals_of
from shian.adapters.tally import Candidate, Heard, run
from tests.contract.test_astm import frame
from tests.support.dialogues import overheard

NAMES = ("张三丰", "李四", "WANG^XIAOMING", "13912345678", "91310000MA1FL0AB1C")
ASTM = b"\x05" + b"".join(
    (
        frame(1, b"H|\\^&|||READER|Road 7||021-55554444|||P||20260305\r", is_last=True),
        frame(2, "P|1|ID77||4455|张三丰^三||19800101|M|||地址\r".encode("gb18030")),
        frame(3, "O|1|S-0001||^^^GLU|R|||||李四".encode("gb18030")[:-1], is_last=False),
        frame(4, "李四".encode("gb18030")[-1:] + "||||||王医生|13912345678\r".encode("gb18030")),
        frame(5, b"R|1|^^^GLU|5.10|mmol/L||N||F||wang01|20260305094107\r"),
        frame(6, "C|1|I|by 张三丰, call 13912345678\r".encode("gb18030")),
        frame(7, b"L|1|N\r"),
    )
) + b"\x04"  # fmt: skip


def _candidate(name: str) -> Candidate:
    of, _, profile = name.partition("/")
    return Candidate(family(of), family(of).profile(profile or None))


def _readings(candidate: Candidate, data: bytes) -> list[Reading]:
    outputs = list(run(candidate, [Heard(0.0, False, data)]))
    assert not [output for output in outputs if isinstance(output, FrameRejected)]
    return [output for output in outputs if isinstance(output, Reading)]


def test_an_astm_message_with_a_name_cut_by_two_frames() -> None:
    candidate = _candidate("astm")
    done = scrub(candidate, [Heard(0.0, False, ASTM)])
    assert not done.failures
    (heard,) = done.heard
    assert len(heard.data) == len(ASTM)
    (was,), (now,) = _readings(candidate, ASTM), _readings(candidate, heard.data)
    assert (now.value, now.item, now.unit, now.measured_at) == (5.1, "GLU", "mmol/L", was.measured_at)
    assert (was.operator, now.operator) == ("wang01", "xxxx00")
    assert now.sample_number == "S-0001"
    for name in ("张三丰", "李四", "王医生", "wang01", "13912345678", "021-55554444", "Road"):
        for charset in ("gb18030", "utf-8"):
            assert name.encode(charset) not in heard.data
    assert "李四".encode("gb18030")[1:3] not in heard.data


def test_samples_on_request() -> None:
    done = scrub(_candidate("astm"), [Heard(0.0, False, ASTM)], with_samples=True)
    assert not done.failures
    assert _readings(_candidate("astm"), done.heard[0].data)[0].sample_number == "X-0000"


def test_an_astm_message_without_frames_has_no_check_to_seal() -> None:
    bare = "H|\\^&|||READER\rP|1||4455|||张三丰\rO|1|S-1\rR|1|^^^GLU|5.1|g|||||wang01\rL|1|N\r".encode("gb18030")
    done = scrub(_candidate("astm"), [Heard(0.0, False, bare)])
    assert not done.failures
    assert _readings(_candidate("astm"), done.heard[0].data)[0].value == 5.1
    assert "张三丰".encode("gb18030") not in done.heard[0].data


HL7 = "\r".join(
    (
        "\x0bMSH|^~\\&|READER|LAB|||20260305094107||ORU^R01|77|P|2.3.1||||||UTF-8",
        "PID|1||4711||张三丰^三||19800101|M|||幸福路7号||13912345678",
        "OBR|1|S-1||^^^|||20260305094107|||李四",
        "OBX|1|NM|GLU^Glucose||5.1|mmol/L|||||F|||20260305094107||op7",
        "NTE|1||asked by 李四\r\x1c\r",
    )
).encode()


def test_hl7_segments() -> None:
    candidate = _candidate("hl7")
    done = scrub(candidate, [Heard(0.0, False, HL7)])
    assert not done.failures
    data = done.heard[0].data
    (now,) = _readings(candidate, data)
    assert (now.value, now.operator) == (5.1, "xx0")
    assert not [name for name in ("张三丰", "李四", "幸福路", "13912345678") if name.encode() in data]


def test_people_in_xml() -> None:
    candidate = _candidate("poct1a")
    heard = overheard(candidate.family, candidate.profile)
    people = '<PT><PT.patient_id V="P-4711"/><PT.name V="张三丰"/></PT><OPR><OPR.name V="李四"/></OPR>'.encode()
    marked = [Heard(chunk.at_s, chunk.is_host, chunk.data.replace(b"<OBS>", people + b"<OBS>", 1)) for chunk in heard]
    assert any(people in chunk.data for chunk in marked)
    done = scrub(candidate, marked)
    assert not done.failures
    data = b"".join(chunk.data for chunk in done.heard)
    assert not [word for word in ("P-4711", "张三丰", "李四") if word.encode() in data]
    values = [
        [output.value for output in run(candidate, these) if isinstance(output, Reading)]
        for these in (marked, done.heard)
    ]
    assert values[0] == values[1] != []


TICKET = "\n".join(
    (
        "被检单位：幸福农贸市场", "单位：μg/kg", "联系电话: 0571-88990011", "许可证号：JY13301020012345",
        "检测人员：欧阳锋", "审核人员：____", "12.5",
    )
).encode("gb18030") + b"\n"  # fmt: skip


def test_labels_of_a_ticket() -> None:
    candidate = _candidate("escpos")
    profile = candidate.profile.model_copy(update={"charset": "gb18030"})
    done = scrub(Candidate(candidate.family, profile), [Heard(0.0, False, TICKET)])
    data = done.heard[0].data
    assert not [name for name in ("幸福", "88990011", "JY1", "欧阳锋") if name.encode("gb18030") in data]
    assert "单位：μg/kg".encode("gb18030") in data
    assert "审核人员：____\n12.5\n".encode("gb18030") in data


def _sealed_families() -> list[str]:
    return [
        f"{name}/{profile}" for name, family in families().items() for profile in family.shipped()
        if seals_of(Candidate(family, family.profile(profile))) and f"{name}/{profile}" != "modbus_rtu/generic"
    ]  # fmt: skip


PAYLOAD = {"pesticide": 10, "dy3000": 13, "dy_gold": 4, "dy6100": 5, "dy2620": 4, "modbus_rtu": 3}


@pytest.mark.parametrize("name", _sealed_families())
def test_the_sums_of_every_checked_family_are_made_anew(name: str) -> None:
    # A byte of each frame is changed as scrubbing would: without its seal the decoder takes none of them, with it all.
    candidate = _candidate(name)
    heard = overheard(candidate.family, candidate.profile)
    both = candidate.reads_requests
    stream = b"".join(chunk.data for chunk in heard if both or not chunk.is_host)
    frames = [(at, data) for at, data in _frames(candidate, heard) if _payload(candidate, data) is not None]
    assert frames
    bare, whole = bytearray(stream), bytearray(stream)
    for at, data in frames:
        changed = bytearray(data)
        place = _payload(candidate, data)
        assert place is not None
        changed[place] ^= 1 if chr(data[place]).isdigit() else 4
        bare[at : at + len(data)] = changed
        assert sealed(data, changed, seals_of(candidate))
        whole[at : at + len(data)] = changed
    taken = {at for at, _ in _frames(candidate, [Heard(0.0, False, bytes(whole))])}
    refused = {at for at, _ in _frames(candidate, [Heard(0.0, False, bytes(bare))])}
    assert {at for at, _ in frames} <= taken
    assert not {at for at, _ in frames} & refused


def _payload(candidate: Candidate, frame: bytes) -> int | None:
    """Return a place in the frame that holds nothing but data."""
    if candidate.family.name in ("astm", "line"):
        digits = [place for place in range(7, len(frame) - 5) if chr(frame[place]).isdigit()]
        return digits[-1] if digits else None
    place = PAYLOAD[candidate.family.name]
    return place if len(frame) > place + 3 else None


def _frames(candidate: Candidate, heard: list[Heard]) -> list[tuple[int, bytes]]:
    from firmware_adapters.contract import FrameAccepted

    both = candidate.reads_requests
    data = b"".join(chunk.data for chunk in heard if both or not chunk.is_host)
    outputs = run(candidate, heard, with_host=both)
    return [
        (output.offset, data[output.offset : output.offset + output.length])
        for output in outputs
        if isinstance(output, FrameAccepted)
    ]


@pytest.mark.parametrize("name", ["pesticide/lz-4000t", "dy3000/dy-7200", "dy3000/dy-3000", "dy5800", "dy6260"])
def test_a_word_in_a_checked_record_is_exchanged(name: str) -> None:
    candidate = _candidate(name)
    heard = overheard(candidate.family, candidate.profile)
    before = [output for output in run(candidate, heard) if isinstance(output, Reading)]
    done = scrub(candidate, heard, words=["白菜"])
    assert any(reading.commodity == "白菜" for reading in before)
    after = [output for output in run(candidate, done.heard) if isinstance(output, Reading)]
    assert [reading.value for reading in after] == [reading.value for reading in before]
    assert {reading.commodity for reading in after} == {"某某"}
    data = b"".join(chunk.data for chunk in done.heard)
    assert not [written for written, _ in spellings("白菜", "gb18030") if written in data]


def test_what_is_too_short_is_said() -> None:
    data = frame(1, b"H|\\^&\r") + frame(2, b"R|1|^^^GLU|5.10|mmol/L\r") + frame(3, b"L|1\r")
    done = scrub(_candidate("astm"), [Heard(0.0, False, b"\x05" + data + b"\x04")], words=["5"])
    assert done.failures == ["1 words are too short to look for"]


@pytest.mark.parametrize("charset", ["gb18030", "utf-8"])
def test_a_filler_is_as_long_and_of_the_same_kind(charset: str) -> None:
    assert fill_bytes("某0".encode(charset), charset).decode(charset) == "甲9"
    said = "张三 Li-04，A某甲".encode(charset)
    filled = fill_bytes(said, charset)
    assert filled.decode(charset) == "某某 Xx-00，X某某"
    assert len(filled) == len(said)


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(build(), ["adapters", "scrub", *arguments])


def test_the_command_keeps_times_and_chunks_and_cleans_the_note(tmp_path: Path) -> None:
    path, out = tmp_path / "c.jsonl", tmp_path / "out.jsonl"
    heading = {"shian_capture": 1, "port": "p", "started_at": "2026-03-05T09:41:07Z", "note": "张三丰's device"}
    pieces = [ASTM[at : at + 50] for at in range(0, len(ASTM), 50)]
    lines = [{"t": number / 10, "from": "device", "hex": piece.hex()} for number, piece in enumerate(pieces)]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in (heading, *lines)), "utf-8")
    result = _run(str(path), "-o", str(out))
    assert result.exit_code == 0, result.stderr
    head, *after = map(json.loads, out.read_text("utf-8").splitlines())
    assert head["note"] == "某某某's device"
    assert [(row["t"], len(row["hex"])) for row in after] == [(line["t"], len(str(line["hex"]))) for line in lines]
    assert "张" not in out.read_text("utf-8")
    assert "as astm/" in result.stdout
    assert "张" not in result.stdout + result.stderr
    again = _run(str(path), "-o", str(out))
    assert "File exists" in str(again.exception)


def test_exit_code_1_when_something_is_left(tmp_path: Path) -> None:
    path = tmp_path / "c.bin"
    path.write_bytes(ASTM)
    result = _run(str(path), "-o", str(tmp_path / "out.bin"), "--adapter", "astm", "--word", "5.1")
    assert result.exit_code == 1
    assert "too short" in result.stderr
