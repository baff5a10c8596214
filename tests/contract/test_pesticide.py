# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on both testers. The golden frames were written out by hand from the layouts of the facts."""

from dataclasses import replace
from datetime import date, datetime
from functools import partial

from firmware_adapters.contract import DeviceLimit, Reading, Specimen
from firmware_adapters.pesticide import FAMILY
from firmware_adapters.profile import Profile
from tests.contract.adapter_kit import AdapterKit, Expected, Vector
from wire.terms import Comparison, Verdict

ITEM = "pesticide_inhibition"
NOT_A_HEAD = bytes(byte for byte in range(256) if byte != 0x7E)

# total 2, number 7, 白菜, 2026-03-05 09:41:07, 12.34 %
LZ_CABBAGE = bytes.fromhex("7E 11 14 00 02 00 00 00 07 00 B0 D7 B2 CB 00 00 1A 03 05 09 29 07 D2 04 56 AA")
# total 2, number 126 (7E 00), 小白菜, 2026-03-05 18:30:42, 60.14 % (7E 17): the head mark twice inside the data
LZ_INNER_HEADS = bytes.fromhex("7E 11 14 00 02 00 01 00 7E 00 D0 A1 B0 D7 B2 CB 1A 03 05 12 1E 2A 7E 17 F6 AA")
# total 1, number 1, 韭菜 padded with spaces, 2026-03-06 00:00:00, 0 %
LZ_ZERO = bytes.fromhex("7E 11 14 00 01 00 00 00 01 00 BE C2 B2 CB 20 20 1A 03 06 00 00 00 00 00 0E AA")
PONG = bytes.fromhex("7E 01 02 00 00 00 D4 AA")

# total 3, index 1, channel 1, GB/T 5009.199, 2026-03-05 09:41:07, 12.3 %, pass
TL_PASS = bytes.fromhex("7E 16 15 00 FF 03 00 01 00 01 00 1A 03 05 09 29 07 00 00 00 00 7B 00 02 00 B1 AA")
# index 2, channel 2, NY/T 448, 71.0 %, over
TL_OVER = bytes.fromhex("7E 16 15 00 FF 03 00 02 00 02 01 1A 03 05 09 29 07 00 00 00 00 C6 02 01 00 14 AA")
# index 3, channel 3, not available
TL_NA = bytes.fromhex("7E 16 15 00 FF 03 00 03 00 03 00 1A 03 05 09 29 07 00 00 00 00 FE 7F 00 00 15 AA")

CABBAGE = Expected(
    ITEM,
    12.34,
    "12.34",
    (
        ("unit", "%"),
        ("commodity", "白菜"),
        ("record", "7"),
        ("measured_at", datetime(2026, 3, 5, 9, 41, 7)),
        ("measured_at_text", "26-03-05 09:41:07"),
        ("verdict", None),
        ("limit", None),
        ("standard", ""),
        ("flags", ()),
        ("raw", LZ_CABBAGE),
    ),
)
INNER_HEADS = Expected(ITEM, 60.14, "60.14", (("commodity", "小白菜"), ("record", "126")))
ZERO = Expected(ITEM, 0.0, "0.00", (("commodity", "韭菜"), ("verdict", None), ("flags", ())))

PASS = Expected(
    ITEM,
    12.3,
    "12.3",
    (
        ("unit", "%"),
        ("channel", 1),
        ("verdict", Verdict.PASS),
        ("limit", DeviceLimit(Comparison.AT_LEAST, 50.0, "%", "GB/T 5009.199")),
        ("standard", "GB/T 5009.199"),
        ("record", ""),
        ("measured_at", datetime(2026, 3, 5, 9, 41, 7)),
        ("flags", ()),
    ),
)
OVER = Expected(
    ITEM,
    71.0,
    "71.0",
    (
        ("channel", 2),
        ("verdict", Verdict.FAIL),
        ("limit", DeviceLimit(Comparison.AT_LEAST, 70.0, "%", "NY/T 448")),
        ("standard", "NY/T 448"),
    ),
)
NOT_AVAILABLE = Expected(
    ITEM, None, "NA", (("channel", 3), ("verdict", Verdict.INVALID), ("flags", ("not_available",)))
)


def _bad(frame: bytes) -> bytes:
    return frame[:-2] + bytes((frame[-2] ^ 0x01, frame[-1]))


class TestLz4000t(AdapterKit):
    # The kit's conversation tells no day, so the family is told one here.
    family = replace(FAMILY, decoder=partial(FAMILY.decoder, today=lambda: date(2026, 3, 6)))
    quiet = NOT_A_HEAD
    vectors = (
        Vector("zeros, as of a cable plugged in, then a record", bytes(1500) + LZ_CABBAGE, (CABBAGE,), 1),
        Vector(
            "a pong and three records", PONG + LZ_CABBAGE + LZ_INNER_HEADS + LZ_ZERO, (CABBAGE, INNER_HEADS, ZERO), 4
        ),
        Vector("a bad check between", LZ_CABBAGE + _bad(LZ_INNER_HEADS) + LZ_ZERO, (CABBAGE, ZERO), 2, ("checksum",)),
        Vector("cut short, then whole", LZ_CABBAGE[:13] + LZ_INNER_HEADS, (INNER_HEADS,), 1, ("checksum",)),
        Vector("a wrong end mark", LZ_CABBAGE[:-1] + b"\xab" + LZ_ZERO, (ZERO,), 1, ("end_mark",)),
        Vector("a length that lies", b"\x7e\x11\xff\x7f" + LZ_CABBAGE[4:] + LZ_ZERO, (ZERO,), 1, ("length",)),
        Vector("the end is missing", LZ_CABBAGE + LZ_ZERO[:20], (CABBAGE,), 1, ("truncated",)),
    )
    specimens = tuple(
        Specimen(str(place), "白菜", ITEM, value, datetime(2026, 3, 1 + place % 6, 9, place, 0))
        for place, value in enumerate((0.0, 12.34, 49.99, 50.0, 98.76, -1.25, 3.0, 7.5))
    )

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        return (
            reading.record == str(int(specimen.number) + 1)
            and reading.value == specimen.value
            and reading.commodity == specimen.commodity
            and reading.item == specimen.item
            and reading.measured_at == specimen.measured_at
            and reading.verdict is None
        )


class TestTl310(AdapterKit):
    family = FAMILY
    quiet = NOT_A_HEAD
    simulated_profile = "tl-310"
    vectors = tuple(
        replace(vector, profile="tl-310")
        for vector in (
            Vector("zeros, as of a cable plugged in, then a record", bytes(1500) + TL_PASS, (PASS,), 1),
            Vector("pass, over, not available", TL_PASS + TL_OVER + TL_NA, (PASS, OVER, NOT_AVAILABLE), 3),
            Vector("bad checks", _bad(TL_PASS) + TL_OVER + _bad(TL_NA), (OVER,), 1, ("checksum", "checksum")),
            Vector("cut short twice", TL_PASS[:20] + TL_OVER[:9] + TL_NA, (NOT_AVAILABLE,), 1, ("checksum",) * 2),
            Vector("the end is missing", TL_PASS + TL_OVER[:3], (PASS,), 1, ("truncated",)),
        )
    )
    specimens = (
        *(
            Specimen(
                str(place),
                "",
                ITEM,
                value,
                datetime(2026, 3, 5, 9, place, 0),
                Verdict.FAIL if value >= 50 else Verdict.PASS,
            )
            for place, value in enumerate((0.0, 12.3, 49.9, 50.0, 98.7, -1.2))
        ),
        Specimen("6", "", ITEM, 0.0, datetime(2026, 3, 5, 9, 6, 0), Verdict.INVALID),
    )

    def matches(self, specimen: Specimen, reading: Reading, profile: Profile) -> bool:
        value = None if specimen.verdict is Verdict.INVALID else specimen.value
        return (
            reading.channel == int(specimen.number) + 1
            and reading.value == value
            and reading.item == specimen.item
            and reading.measured_at == specimen.measured_at
            and reading.verdict is specimen.verdict
        )
