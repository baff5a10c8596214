"""The ASTM family on real transmissions that no one here wrote (../shared/captures/astm, nishishailesh, MIT)."""

from pathlib import Path
from random import Random

import pytest

from firmware_adapters.astm import FAMILY
from tests.contract.adapter_kit import (
    decode,
    frames_of,
    noise_of,
    random_chunks,
    readings_of,
    rejected_of,
    single_bytes,
)

VALUES = {
    "erba_xl_2020-09-28-13-30-07-568972": (1, [("GLCC", 504.0, "504")]),
    "erba_xl_2020-09-28-13-31-44-794523": (1, [("GLCC", 107.0, "107")]),
    "erba_xl_2020-09-28-13-35-47-810763": (1, [("DBILL", 0.3, "0.3")]),
    "erba_xl_2020-09-28-13-36-02-964590": (1, [("CKK", None, "NA")]),
    "vitros_3600_2020-11-11-21-57-17-955852": (
        7,
        [("1.0000+950+1.0", 51.0, "51"), ("1.0000+951+1.0", 5.0, "5"), ("1.0000+952+1.0", 56.0, "56")],
    ),
    "vitros_3600_2020-11-11-22-43-31-584309": (
        16,
        [("1.0000+002+1.0", value, str(value)) for value in (33.86, 33.46, 34.05, 33.59, 34.35)]
        + [(f"1.0000+{test}+1.0", None, "No Result") for test in (950, 951, 952)],
    ),
    "vitros_3600_2020-11-21-11-10-01-620611": (3, []),
    "vitros_3600_2020-11-21-13-07-24-379581": (
        9,
        [("1.0000+001+1.0", 8.25, "8.25")]
        + [(f"1.0000+{test}+1.0", None, text) for test, text in ((950, "<15"), (951, "<2"), (952, "<20"))],
    ),
}
YUMIZEN = "yumizen_h500_2020-04-07-17-07-04-681716"


def _stream(captures: Path, name: str) -> bytes:
    return (captures / "astm" / f"{name}.astm").read_bytes()


@pytest.mark.parametrize("name", VALUES)
def test_a_capture_decodes_as_its_table_says(shared_captures: Path, name: str) -> None:
    frames, expected = VALUES[name]
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [_stream(shared_captures, name)])
    assert [(reading.item, reading.value, reading.value_text) for reading in readings_of(outputs)] == expected
    assert len(frames_of(outputs)) == frames
    assert rejected_of(outputs) == []
    assert noise_of(outputs) == []


def test_a_blood_count_with_curves_cut_into_89_frames_gives_its_27_results(shared_captures: Path) -> None:
    outputs = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [_stream(shared_captures, YUMIZEN)])
    values = {reading.item: (reading.value, reading.unit) for reading in readings_of(outputs)}
    assert len(readings_of(outputs)) == len(values) == 27
    assert len(frames_of(outputs)) == 125
    assert rejected_of(outputs) == []
    assert values["WBC"] == (4.55, "10E3/uL")
    assert values["MCV"] == (79.3, "um3")
    assert values["HGB"] == (4.6, "g/dL")
    assert values["EOS%"] == (0.6, "%")
    assert {reading.sample_number for reading in readings_of(outputs)} == {"2021679"}


@pytest.mark.parametrize("name", [*VALUES, YUMIZEN])
def test_a_capture_decodes_the_same_however_it_is_cut(shared_captures: Path, name: str) -> None:
    stream = _stream(shared_captures, name)
    for is_passive in (True, False):
        decoder = FAMILY.decoder(FAMILY.profile(), passive=is_passive)
        whole = decode(decoder, [stream])
        assert decode(decoder, single_bytes(stream)) == whole
        for seed in range(3):
            assert decode(decoder, random_chunks(stream, Random(seed), 300)) == whole


@pytest.mark.parametrize("name", [*VALUES, YUMIZEN])
def test_a_live_decoder_reads_what_a_passive_one_reads(shared_captures: Path, name: str) -> None:
    stream = _stream(shared_captures, name)
    live = decode(FAMILY.decoder(FAMILY.profile()), [stream])
    passive = decode(FAMILY.decoder(FAMILY.profile(), passive=True), [stream])
    assert readings_of(live) == readings_of(passive)
    assert rejected_of(live) == []


def test_the_profiles_of_the_captures_know_the_serial_number(shared_captures: Path) -> None:
    for name, profile, serial in (
        (YUMIZEN, "yumizen-h500", "906YOXH02459"),
        ("vitros_3600_2020-11-11-21-57-17-955852", "vitros-3600", "36000796"),
    ):
        outputs = decode(FAMILY.decoder(FAMILY.profile(profile), passive=True), [_stream(shared_captures, name)])
        assert {reading.device_serial for reading in readings_of(outputs)} == {serial}
