# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on devices that speak in lines. The streams are from captures (ph-meter, ivtm-7) or were written
out by hand from the makers' formats."""

from datetime import datetime
from pathlib import Path

import pytest

from firmware_adapters.contract import Reading, Specimen
from firmware_adapters.line import FAMILY
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import AdapterKit, Expected, Vector, decode, readings_of
from tests.contract.one_way_kit import OneWayKit
from wire.terms import Verdict

ZEROS = bytes(1500)
CONTROLS = bytes(byte for byte in range(0x20) if byte not in b"\t\r\n")
NOW = datetime(2026, 3, 5, 9, 41, 7)

LIVE = ("4.54", "4.57", "4.58", "4.68", "4.71", "4.72", "4.74", "4.76", "4.77") + ("4.78",) * 4 + ("4.77",) * 4
PH_METER = b"".join(f"{value}pH 24.7°C ATC\r\n".encode("cp437") for value in LIVE) + (
    b"20-Feb-2023\r\n11:16\r\n \r\n4.77pH\r\n24.7\xf8C ATC\r\nAuto EP Standard\r\nBlank\r\n\r\n\r\n\r\n"
)
REPORT = Expected(
    "ph",
    4.77,
    "4.77",
    (
        ("unit", "pH"),
        ("measured_at", datetime(2023, 2, 20, 11, 16)),
        ("measured_at_text", "20-Feb-2023 11:16"),
        ("method", "Auto EP Standard"),
        ("extra", {"temperature": "24.7", "compensation": "ATC", "note": "Blank"}),
        ("flags", ()),
    ),
)
INCOMPLETE = Expected("ph", 4.77, "4.77", (("flags", ("block_incomplete",)),))

# wirenboard/wb-mqtt-serial, TIVTMDeviceTest.IVTM7MQuery.dat
IVTM = (
    (b"$0001RR000004AD\r", b"!0001RRCED3D1415F\r"),
    (b"$0001RR000404B1\r", b"!0001RR309AEB414F\r"),
    (b"$0001RR000004AD\r", b"!0001RR5E85C7414C\r"),
)
IVTM_VALUES = (
    Expected("temperature", 26.22842, "26.22842", (("unit", "degC"),)),
    Expected("humidity", 29.450287, "29.450287", (("unit", "%RH"),)),
    Expected("temperature", 24.94012, "24.94012", (("unit", "degC"),)),
)

ONE_GRAM = Expected("mass", 1.0, "1.00")
A_77 = Expected("barcode", None, "A-77")
STANDING = Expected("mass", 12.34, "+00012.34", (("unit", "g"), ("verdict", None)))


def dialogue(text: str) -> bytes:
    """Read a `.dat` file of wb-mqtt-serial: `>>` is the host, `<<` the device."""
    said = (line[2:] for line in text.splitlines() if line.startswith((">>", "<<")))
    return b"".join(map(bytes.fromhex, said))


def ph_values(*values: str) -> tuple[Expected, ...]:
    return tuple(Expected("ph", float(value), value) for value in values)


class LineKit(OneWayKit):
    family = FAMILY
    quiet = CONTROLS
    ignorable = b"\r\n"

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return reading.item == specimen.item and reading.value == pytest.approx(specimen.value, abs=0.005)


class TestPhMeter(LineKit):
    simulated_profile = "ph-meter"
    vectors = (
        Vector("a cable was plugged in", ZEROS + PH_METER[:38], ph_values(*LIVE[:2]), 2, profile="ph-meter"),
        Vector("live lines, then a report", PH_METER, (*ph_values(*LIVE), REPORT), 24, profile="ph-meter"),
        Vector(
            "it begins within a line, and live lines cut the report",
            PH_METER[7:38] + PH_METER[323:354] + PH_METER[:38],
            (*ph_values("4.57"), INCOMPLETE, *ph_values("4.54", "4.57")),
            7,
            ("record",),
            profile="ph-meter",
        ),
        Vector("it ends within a line", PH_METER[:30], ph_values("4.54"), 1, ("truncated",), profile="ph-meter"),
    )
    specimens = tuple(Specimen("", "", "ph", value, NOW) for value in (4.54, 0.0, 7.0, 14.0, 6.99))


class TestIvtm(AdapterKit):
    """Kit of the IVTM, whole: its lines carry a sum and its answers are asked for."""

    family = FAMILY
    quiet = CONTROLS
    simulated_profile = "ivtm-7"
    vectors = (
        Vector("after zeros", ZEROS + IVTM[0][0] + IVTM[0][1], IVTM_VALUES[:1], 1, profile="ivtm-7"),
        Vector("the dialogue", b"".join(ask + say for ask, say in IVTM), IVTM_VALUES, 3, profile="ivtm-7"),
        Vector("answers alone say not what", IVTM[0][1] + IVTM[1][1], (), 0, ("sequence",) * 2, profile="ivtm-7"),
        Vector(
            "a bad sum",
            IVTM[0][0] + IVTM[0][1].replace(b"5F", b"A0") + IVTM[1][0] + IVTM[1][1],
            IVTM_VALUES[1:2],
            1,
            ("checksum",),
            profile="ivtm-7",
        ),
        Vector(
            "an answer too few does not shift the next",
            IVTM[0][0] + IVTM[1][0] + IVTM[1][1] + IVTM[2][1],
            IVTM_VALUES[1:2],
            1,
            ("sequence",),
            profile="ivtm-7",
        ),
    )
    specimens = (Specimen("", "", "temperature", -18.25, NOW), Specimen("", "", "humidity", 0.0, NOW))

    def may_be_silent(self, gap: bytes) -> bool:
        """Return True for requests, white space around them, and the ends of blank lines."""
        return not gap.replace(b"\n", b"").replace(IVTM[0][0], b"").replace(IVTM[1][0], b"").strip()

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return reading.item == specimen.item and reading.value == pytest.approx(specimen.value)


class TestBalance(LineKit):
    simulated_profile = "balance-and"
    vectors = (
        Vector("a cable was plugged in", ZEROS + b"WT,+00012.34  g\r\n", (STANDING,), 1, profile="balance-and"),
        Vector(
            "moving, standing, standing still, over",
            b"US,+00012.30  g\r\nST,+00012.34  g\r\nST,+00012.34  g\r\nUS,+00000.10  g\r\nST,+00000.00  g\r\n"
            b"OL,+9999999E+19\r\nQT,+0000007 PC\r\nST,-00001.50 kg\r\nUS,GS,+  20.0kg\r\nST,NT,+  20.5kg\r\n",
            (
                STANDING,
                Expected("mass", 0.0, "+00000.00", (("unit", "g"), ("verdict", None))),
                Expected("mass", None, "+9999999E+19", (("verdict", Verdict.INVALID), ("flags", ("not_available",)))),
                Expected("mass", 7.0, "+0000007", (("unit", "PC"),)),
                Expected("mass", -1.5, "-00001.50", (("unit", "kg"),)),
                Expected("mass", 20.5, "+  20.5", (("unit", "kg"), ("extra", {"kind": "NT"}))),
            ),
            10,
            profile="balance-and",
        ),
        Vector(  # chumpon-asaneerat/NSerialCommTools (MIT): T-Scale NHB and QHW
            "indicators without a sign, with and without the second comma",
            b"S    20.7g  \r\nST,GS    20.7g  \r\nUS,GS    20.9g  \r\nST,GS,   245.6 g\r\n"
            b"ST,GS,   245.5 g\r\nST,GS,-    0.5 g\r\n",
            tuple(
                Expected("mass", value, text, (("unit", "g"), ("extra", {"kind": "GS"})))
                for value, text in ((20.7, "20.7"), (245.6, "245.6"), (245.5, "245.5"), (-0.5, "-    0.5"))
            ),
            5,
            ("record",),
            profile="balance-and",
        ),
        Vector(
            "a line without an end",
            b"ST,+00012.34  g\r" + b"8" * 300 + b"\r" + b"ST,+00012.35  g\r",
            (Expected("mass", 12.34, "+00012.34"), Expected("mass", 12.35, "+00012.35")),
            2,
            ("too_long",),
            profile="balance-and",
        ),
    )
    specimens = tuple(Specimen("", "", "mass", value, NOW) for value in (12.34, 0.0, -3.5, 99999.0, 0.01))


class TestDefender(LineKit):
    """chumpon-asaneerat/NSerialCommTools (MIT), DEFENDER3000 and WEIGHT SPUN."""

    simulated_profile = "scale-defender"
    vectors = (
        Vector(
            "a cable was plugged in",
            ZEROS + b"\x7f\x7f     0.0 kg    G\r\n",
            (Expected("mass", 0.0, "0.0", (("unit", "kg"),)),),
            1,
            profile="scale-defender",
        ),
        Vector(
            "met within a line, standing, moving, net below zero",
            b".360 kg    G\r\n   0.360 kg    G\r\n   0.360 kg    G\r\n   1.695 kg   ?G\r\n-  1.640 kg    N\r\n",
            (
                Expected("mass", 0.36, "0.360", (("unit", "kg"), ("extra", {"kind": "G"}))),
                Expected("mass", -1.64, "-  1.640", (("unit", "kg"), ("extra", {"kind": "N"}))),
            ),
            4,
            ("record",),
            profile="scale-defender",
        ),
    )
    specimens = tuple(Specimen("", "", "mass", value, NOW) for value in (0.36, 0.0, -1.64, 24.2))


class TestQdms(LineKit):
    """chumpon-asaneerat/NSerialCommTools (MIT), MS204TS00."""

    simulated_profile = "balance-qdms"
    vectors = (
        Vector(
            "the print key",
            b"     N       0.3749 g   \r\n     N       0.3746 g   \r\n     N       0.3746 g   \r\n",
            tuple(
                Expected("mass", float(text), text, (("unit", "g"), ("extra", {"kind": "N"})))
                for text in ("0.3749", "0.3746", "0.3746")
            ),
            3,
            profile="balance-qdms",
        ),
    )
    specimens = tuple(Specimen("", "", "mass", value, NOW) for value in (0.3749, 0.0, 210.5))


# chumpon-asaneerat/NSerialCommTools (MIT), TFO1 and TFO3
LETTERS = (
    b"F      0.0\rH      0.0\rQ      0.0\rX      0.0\rA    366.0\r0     23.0\r4    343.5\r1      0.0\r2       0\r"
    b"B\x83\rC20\xf4 02\xf3 2023\xf2 MON 09:20AM\rV1\r\n"
)
WORDS = (
    b"DATE & TIME JAN. 14,2024  06:28AM\rSCALE NO 1\rSTATUS \x83*\r\nSET P1(W)       0.0\rSET P2       0.0\r"
    b"SET P3       0.0\rSET P4       0.0\rGROSS WEIGHT    1138.0\rNET WEIGHT        21.5\rTARE      1116.5\r"
)


@pytest.mark.parametrize(
    ("block", "values", "at"),
    [
        (LETTERS, (366.0, 23.0, 343.5), datetime(2023, 2, 20, 9, 20)),
        (WORDS, (1138.0, 21.5, 1116.5), datetime(2024, 1, 14, 6, 28)),
    ],
    ids=["letters", "words"],
)
def test_the_blocks_of_an_indicator_that_never_pauses(block: bytes, values: tuple[float, ...], at: datetime) -> None:
    names = ("gross_mass", "net_mass", "tare_mass")
    for begins in (0, 5, 60):
        outputs = decode(FAMILY.decoder(FAMILY.profile("scale-tfo"), passive=True), [block[begins:] + block + block])
        read = [(reading.item, reading.value, reading.measured_at, reading.flags) for reading in readings_of(outputs)]
        wanted = [(name, value, at, ()) for name, value in zip(names, values, strict=True)]
        assert read == wanted * (2 if begins else 3)


class TestSics(LineKit):
    simulated_profile = "balance-sics"
    vectors = (
        Vector("a cable was plugged in", ZEROS + b"S S       1.00 g\r\n", (ONE_GRAM,), 1, profile="balance-sics"),
        Vector(
            "the transfer key",
            b'I4 A "1114350697"\r\nS S     100.00 g\r\nS D     129.07 g\r\nS S      -0.02 g\r\nS I\r\nS +\r\n',
            (
                Expected("mass", 100.0, "100.00", (("unit", "g"),)),
                Expected("mass", -0.02, "-0.02"),
                Expected("mass", None, "+", (("verdict", Verdict.INVALID),)),
            ),
            6,
            profile="balance-sics",
        ),
        Vector(
            "another host's requests, and other answers",
            b"S\r\nS S     100.00 g\r\nSI\r\nS D     129.07 g\r\nZ\r\nZ A\r\nTA\r\nTA A      10.00 g\r\nES\r\n"
            b'I3 A "2.10 10.28.0.493.142"\r\n',
            (Expected("mass", 100.0, "100.00", (("unit", "g"),)),),
            10,
            profile="balance-sics",
        ),
    )
    specimens = tuple(Specimen("", "", "mass", value, NOW) for value in (100.0, 0.0, -0.02))


# GS1-128 with an FNC1 where none is needed, as it is written at an end of any length, and an article's number.
GS1 = b"]C10106901234567892\x1d10LOT7A\x1d17261231\r\n"
TRACE = "追溯码:6901234567892;批号:A01"
ADDRESS = "https://t.example/c?id=" + "ABCDEFGHIJ" * 10
SCANNED = Expected(
    "barcode",
    None,
    "]C10106901234567892\x1d10LOT7A\x1d17261231",
    (
        ("sample_number", "(01)06901234567892(10)LOT7A(17)261231"),
        ("extra", {"symbology": "code_128", "gtin": "06901234567892", "lot": "LOT7A", "expires_on": "2026-12-31"}),
        ("flags", ()),
    ),
)


class TestScanner(LineKit):
    """A code cut in half is a code: nothing in the line tells."""

    quiet = bytes(byte for byte in CONTROLS if byte not in b"\x02\x03\x1d")
    ignorable = b"\r\n\x02\x03"
    simulated_profile = "barcode-scanner"
    vectors = (
        Vector("a cable was plugged in", ZEROS + b"A-77\r", (A_77,), 1, profile="barcode-scanner"),
        Vector(
            "each line end",
            b"6901028075831\r\nSAMPLE-0001 B\n(01)04006381333931\r",
            tuple(
                Expected("barcode", None, code, (("sample_number", code), ("verdict", None)))
                for code in ("6901028075831", "SAMPLE-0001 B", "(01)04006381333931")
            ),
            3,
            profile="barcode-scanner",
        ),
        Vector(
            "GS1 and an article",
            GS1 + b"6901234567908\r\n",
            (SCANNED, Expected("barcode", None, "6901234567908", (("sample_number", "6901234567908"), ("extra", {})))),
            2,
            profile="barcode-scanner",
        ),
        Vector(
            "QR codes with Chinese text and an address",
            f"{TRACE}\r\n{ADDRESS}\r\n".encode() + f"{TRACE}\r".encode("gb18030"),
            (
                Expected("barcode", None, TRACE, (("sample_number", TRACE), ("flags", ()))),
                Expected("barcode", None, ADDRESS, (("sample_number", ADDRESS), ("extra", {}))),
                Expected("barcode", None, TRACE, (("sample_number", TRACE), ("flags", ("other_charset",)))),
            ),
            3,
            profile="barcode-scanner",
        ),
        Vector(
            "frames of STX and ETX, with and without a line end",
            b"\x02A-77\x03\x02]C10106901234567892\x1d10LOT7A\x1d17261231\x03\r\n\x02A-77\r\n\x03A-77\x03",
            (A_77, SCANNED, A_77, A_77),
            4,
            profile="barcode-scanner",
        ),
    )
    specimens = tuple(Specimen(code, "", "barcode", 0.0, NOW) for code in ("6901028075831", "A-77", "SAMPLE 3"))

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return (reading.item, reading.value, reading.sample_number) == ("barcode", None, specimen.number)

    def is_same(self, known: Reading, reading: Reading) -> bool:
        return known.raw.endswith(reading.raw)

    def test_a_stream_cut_anywhere_gives_no_half_result(self) -> None:
        """Allow the loss of a code's beginning, which may go unseen; its end may not."""
        for vector in self.vectors:
            codes = {reading.raw for reading in readings_of(self._decode(vector, vector.stream))}
            for end in range(len(vector.stream)):
                for stream in (vector.stream[:end], vector.stream[end:]):
                    outputs = self._decode(vector, stream)
                    self._check_ranges(stream, outputs)
                    found = readings_of(outputs)
                    assert all(reading.raw in codes for reading in found[1:])
                    assert all(any(code.endswith(reading.raw) for code in codes) for reading in found[:1])


def test_the_shared_capture_of_the_ph_meter_is_the_copied_one(shared_captures: Path) -> None:
    assert (shared_captures / "lines" / "ph_meter.bin").read_bytes() == PH_METER


def test_the_shared_dialogue_of_the_ivtm_is_the_copied_one(shared_captures: Path) -> None:
    stream = dialogue((shared_captures / "lines" / "TIVTMDeviceTest.IVTM7MQuery.dat").read_text())
    assert stream == b"".join(ask + say for ask, say in IVTM)
    decoder = FAMILY.decoder(FAMILY.profile("ivtm-7"), passive=True)
    for expected, reading in zip(IVTM_VALUES, readings_of(decode(decoder, [stream])), strict=True):
        expected.check(reading, is_shifted=False)
