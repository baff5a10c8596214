"""The targets of fuzzing: the conformance kits of the families. Their vectors are the seeds, and the facts that a kit
states of its family (which bytes may be passed over, which rejections are ranges) holds for damaged streams as well."""

from dataclasses import dataclass, replace
from itertools import groupby

from firmware_adapters.asking import Request
from firmware_adapters.contract import Decoder
from firmware_adapters.escpos import FAMILY as ESCPOS
from firmware_adapters.line import FAMILY as LINE
from tests.contract import (
    test_astm,
    test_dy723,
    test_dy2620,
    test_dy3000,
    test_dy5000,
    test_dy5800,
    test_dy6100,
    test_dy6200,
    test_dy6260,
    test_dy_gold,
    test_escpos,
    test_hl7,
    test_line,
    test_modbus_rtu,
    test_pesticide,
    test_poct1a,
    test_tt_smart,
    test_ttnj,
)
from tests.contract.adapter_kit import AdapterKit, Vector, parsed_profile


class _GenericLine(test_line.LineKit):
    family = LINE
    vectors = (
        Vector("text", b"12.5 g\r\nhello 5\r\n\r\n- 3.0 kg\n", (), 0),
        Vector("others", test_line.PH_METER, (), 0),
    )


class _GenericPrinter(test_escpos.TicketKit):
    family = ESCPOS
    vectors = (
        Vector("ticket", test_escpos.DY, (), 0),
        Vector("picture", b"\x1b@\x1dv0\x00\x04\x00\x08\x00" + bytes(range(32)) + b"Total  12.95\r\n\x1dV\x00", (), 0),
        Vector("barcode", b"\x1dk\x49\x05{BNo1\x1dk\x04CODE\x00\x1bD\x08\x10\x00a\tb\n\x1b*\x21\x02\x00ABCDEF", (), 0),
    )


@dataclass(frozen=True, slots=True)
class Target:
    """A kit with vectors of one profile. `gap` is sent between a damaged stream and a good one: what ends the line or
    the frame that the damage may have left open. On a live line silence does that; a capture knows none."""

    name: str
    kit: AdapterKit
    profile: str | None
    vectors: tuple[Vector, ...]
    gap: bytes = b""

    def decoder(self, *, passive: bool) -> Decoder:
        return self.kit.family.decoder(parsed_profile(self.kit.family, self.profile), passive=passive)

    def table(self) -> tuple[Request, ...]:
        return self.kit.family.request_table(parsed_profile(self.kit.family, self.profile))

    @property
    def good(self) -> Vector:
        """Return the stream that must be read whole behind any damage: the last one without any fault in it."""
        return next(
            (vector for vector in reversed(self.vectors) if vector.readings and not vector.rejected), self.vectors[0]
        )


def _targets(family: str, *kits: type[AdapterKit], gap: bytes = b"") -> tuple[Target, ...]:
    found = []
    for kit in kits:
        for profile, vectors in groupby(kit.vectors, key=lambda vector: vector.profile):
            found.append(Target(f"{family}: {kit.__name__}", kit(), profile, tuple(vectors), gap))
    return tuple(found)


TARGETS: dict[str, tuple[Target, ...]] = {
    "modbus_rtu": _targets(
        "modbus_rtu",
        test_modbus_rtu.TestListener,
        test_modbus_rtu.TestTransmitter,
        test_modbus_rtu.TestPhElectrode,
        test_modbus_rtu.TestClient,
    ),
    "line": _targets(
        "line",
        _GenericLine,
        test_line.TestPhMeter,
        test_line.TestIvtm,
        test_line.TestBalance,
        test_line.TestSics,
        test_line.TestScanner,
        gap=b"\r\n",
    ),
    "escpos": _targets(
        "escpos", _GenericPrinter, test_escpos.TestDyTicket, test_escpos.TestTtjTicket, gap=b"\n\x1b@\n"
    ),
    "hl7": _targets("hl7", test_hl7.TestFramed, test_hl7.TestBare),
    "astm": _targets("astm", test_astm.TestAstm),
    "poct1a": _targets("poct1a", test_poct1a.TestPoct1a, gap=b"\n"),
    "pesticide": _targets("pesticide", test_pesticide.TestLz4000t, test_pesticide.TestTl310),
    "ttnj": _targets("ttnj", test_ttnj.TestTtnj, gap=b"\xf0" * 73),
    "tt_smart": _targets("tt_smart", test_tt_smart.TestTtSmart, gap=b"\xf0" * 501),
    "dy_gold": _targets("dy_gold", test_dy_gold.TestDyGold, gap=b"\0"),
    "dy2620": _targets("dy2620", test_dy2620.TestDy2620),
    # A cut frame takes the good one for its rest, and an 8-bit XOR lets that through once in 256 times.
    "dy3000": _targets("dy3000", test_dy3000.TestDy3000, gap=bytes(8192)),
    "dy5000": _targets("dy5000", test_dy5000.TestDy5000),
    "dy5800": _targets("dy5800", test_dy5800.TestDy5800),
    "dy6100": _targets("dy6100", test_dy6100.TestDy6100),
    "dy6200": _targets("dy6200", test_dy6200.TestDy6200, test_dy6200.TestDy6400),
    "dy6260": _targets("dy6260", test_dy6260.TestDy6260),
    "dy723": _targets("dy723", test_dy723.TestDy723),
}


def without_zeros(target: Target) -> Target:
    """Return the target without the zeros that the kits put before some vectors: here they would only make cases
    longer."""
    shorter = tuple(replace(vector, stream=vector.stream.lstrip(b"\0")) for vector in target.vectors)
    return replace(target, vectors=shorter)
