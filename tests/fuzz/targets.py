"""What is fuzzed: the conformance kits of the families. Their vectors are the seeds, and what a kit says of its family
(which bytes may be passed over, which rejections are ranges) holds for damaged streams as well."""

from dataclasses import dataclass, replace
from itertools import groupby

from firmware_adapters.escpos import FAMILY as ESCPOS
from firmware_adapters.line import FAMILY as LINE
from tests.contract import test_escpos, test_hl7, test_line, test_modbus_rtu
from tests.contract.adapter_kit import AdapterKit, Vector


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
    """A kit with vectors of one profile. `gap` is sent, after silence, between a damaged stream and a good one: what
    ends the line or the frame that the damage may have left open."""

    name: str
    kit: AdapterKit
    profile: str | None
    vectors: tuple[Vector, ...]
    gap: bytes = b""

    @property
    def good(self) -> Vector:
        """The stream that must be read whole behind any damage: the last one that has nothing wrong in it."""
        return next((it for it in reversed(self.vectors) if it.readings and not it.rejected), self.vectors[0])


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
}


def without_zeros(target: Target) -> Target:
    """The kits put a run of zeros before some vectors; here they would only make cases longer."""
    shorter = tuple(replace(it, stream=it.stream.lstrip(b"\0")) for it in target.vectors)
    return replace(target, vectors=shorter)
