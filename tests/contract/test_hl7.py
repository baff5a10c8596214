# ruff: noqa: DTZ001 - the clock of a device has no zone
"""The conformance kit on HL7. No checksum guards a message, so damage within it cannot be seen; messages beside it must
not suffer, and answers that are lost neither lose nor double a result."""

from datetime import datetime
from random import Random

from firmware_adapters.contract import Output, Specimen
from firmware_adapters.hl7 import FAMILY
from tests.contract.adapter_kit import Conversation, Vector, frames_of, readings_of
from tests.contract.hl7_messages import (
    BARE,
    BARE_2,
    BARE_2_READING,
    BARE_READING,
    ORU,
    ORU_READINGS,
    OUL,
    OUL_READINGS,
    framed,
    segments,
)
from tests.contract.one_way_kit import OneWayKit
from wire.terms import Verdict

QUIET = bytes(byte for byte in (*range(0x20), *range(0x80, 0x100)) if byte not in b"\x0b\x1c\r\n")
ZEROS = bytes(1500)
GB = framed(*ORU, charset="gb18030")
LAW = framed(*OUL)
ACKNOWLEDGED = framed("MSH|^~\\&|LIS||||20260305||ACK^R01|1|P|2.3.1", "MSA|AA|17")
QUERY = framed("MSH|^~\\&|A||||20260305||QRY^Q02|9|P|2.3.1", "QRD|20260305|R|D|1")
EMPTY = framed("MSH|^~\\&|A||||20260305||ORU^R01|9|P|2.3.1", "OBR|1")


class Hl7Kit(OneWayKit):
    family = FAMILY
    quiet = QUIET
    ignorable = b"\r\n"

    def test_a_damaged_byte_makes_no_wrong_result(self) -> None:
        """Check the messages that the damage did not hit, also where it hit the bytes between them."""
        for number, vector in enumerate(self.vectors):
            clean = self._decode(vector, vector.stream)
            spans = [(frame.offset - 5, frame.offset + frame.length + 5) for frame in frames_of(clean)]
            random = Random(number)
            for _ in range(min(200, len(vector.stream))):
                at = random.randrange(len(vector.stream))
                damaged = vector.stream[at] ^ (1 << random.randrange(8))
                stream = vector.stream[:at] + bytes((damaged,)) + vector.stream[at + 1 :]
                outputs = self._decode(vector, stream)
                self._check_ranges(stream, outputs)
                hit = [span for span in spans if span[0] <= at < span[1]]
                elsewhere: list[Output] = [
                    reading
                    for reading in readings_of(outputs)
                    if not any(first <= reading.offset < last for first, last in hit)
                ]
                self._check_nothing_invented(clean, elsewhere)

    def test_a_line_that_damages_bytes_neither_loses_nor_alters_a_result(self) -> None:
        """Replace the kit's test: a hit alters one result at most, and loses none, for a message that was not
        understood was not acknowledged."""
        random, hits = Random(11), [0]

        def damage(data: bytes) -> bytes:
            if not data or random.random() > 0.2:
                return data
            hits[0] += 1
            at = random.randrange(len(data))
            return data[:at] + bytes((data[at] ^ (1 << random.randrange(8)),)) + data[at + 1 :]

        profile = self.family.profile(self.simulated_profile)
        simulator = self.family.simulator(profile, Random(3))
        for specimen in self.specimens * 4:
            simulator.measure(specimen)
        conversation = Conversation(self.family.decoder(profile), simulator, damage)
        readings = readings_of(conversation.run(lambda _: simulator.deadline is None))
        good = sum(any(self.matches(one, reading, profile) for one in self.specimens) for reading in readings)
        assert len(readings) >= 4 * len(self.specimens)
        assert good >= 4 * len(self.specimens) - hits[0]


class TestFramed(Hl7Kit):
    simulated_profile = "virtual-food"
    vectors = (
        Vector("zeros, as of a cable plugged in, then a message", ZEROS + GB, ORU_READINGS, 1),
        Vector("two kinds", GB + LAW, ORU_READINGS + OUL_READINGS, 2),
        Vector("segments end with LF", framed(*OUL, end="\n"), OUL_READINGS, 1),
        Vector("segments end with CR LF", framed(*OUL, end="\r\n"), OUL_READINGS, 1),
        Vector("the last segment has no end", framed(*OUL)[:-3] + b"\x1c\r", OUL_READINGS, 1),
        Vector("no CR behind FS", LAW[:-1] + GB[:-1], OUL_READINGS + ORU_READINGS, 2),
        Vector("sent again, then other results under the same id", GB + GB + GB.replace(b"5.81", b"6.02"),
               (*ORU_READINGS, *ORU_READINGS, ORU_READINGS[0].__class__("6690-2", 6.02, "6.02"), *ORU_READINGS[1:]), 3),
        Vector("nothing to read", ACKNOWLEDGED + QUERY + EMPTY, (), 3, ("message_type", "record")),
        Vector("no end block, blank lines", b"".join(b"\x0b" + segments(*one) + b"\r" for one in (BARE, BARE_2)),
               (BARE_READING, BARE_2_READING), 2),
    )  # fmt: skip
    specimens = tuple(
        Specimen(f"S-{place}", food, item, value, datetime(2026, 3, 5, 9, place, 7), verdict)
        for place, (food, item, value, verdict) in enumerate(
            (
                ("玉米|面", "aflatoxin_b1", 0.0, Verdict.PASS),
                ("花生^油", "aflatoxin_b1", 23.75, Verdict.FAIL),
                ("猪肉", "clenbuterol", 0.31, Verdict.SUSPECT),
                ("鱼&\\", "chloramphenicol", 7.0, Verdict.INVALID),
            )
        )
    )


class TestBare(Hl7Kit):
    """Messages without a frame: `segments` and a blank line."""

    vectors = (
        Vector("zeros, then a message", ZEROS + segments(*BARE), (BARE_READING,), 1),
        Vector("a file", segments(*BARE) + b"\r" + segments(*BARE_2), (BARE_READING, BARE_2_READING), 2),
        Vector("no blank line", segments(*BARE) + segments(*BARE_2), (BARE_READING, BARE_2_READING), 2),
        Vector("CR LF", segments(*BARE, end="\r\n") + b"\r\n" + segments(*BARE_2, end="\r\n"),
               (BARE_READING, BARE_2_READING), 2),
        Vector("LF", segments(*BARE, end="\n") + b"\n\n" + segments(*BARE_2, end="\n"),
               (BARE_READING, BARE_2_READING), 2),
        Vector("cut in the last value", segments(*BARE)[:-20], (), 1, ("record", "truncated")),
    )  # fmt: skip

    def _check_nothing_invented(self, clean: list[Output], outputs: list[Output]) -> None:
        """Allow a shorter last observation: that of a bare message may lack its last bytes, behind the status."""
        known = readings_of(clean)
        for reading in readings_of(outputs):
            assert any(other.raw.startswith(reading.raw) and self.is_same(other, reading) for other in known), reading
