"""`auto` and groups whose last bytes could be a count or a mask: as many readings as wells, whatever the count."""

import struct

import pytest

from firmware_adapters.contract import Reading
from firmware_adapters.ttnj import FAMILY


def group(layout: str, number: int, minute: int, channel: int) -> bytes:
    clock = bytes((11, minute, 9, 5, 3, 1, 26))
    low, high = number & 0xFF, number >> 8
    head = bytes((low, *clock, high)) if layout == "count-8" else bytes((*clock, low, high))
    return head + (bytes(8 * channel) + struct.pack(">ff", 1.25, 20.0 + minute)).ljust(64, b"\0")


@pytest.mark.parametrize("told", [b"", b"\x1b\x01", b"\x1b\x02"], ids=["no model", "TTNJ-8", "unknown model"])
@pytest.mark.parametrize("layout", ["count-8", "count"])
@pytest.mark.parametrize("channel", [0, 1, 7])
def test_a_count_is_no_mask(layout: str, told: bytes, channel: int) -> None:
    for first in range(1, 41):
        for step in (0, 1):
            groups = b"".join(group(layout, first + step * minute, minute, channel) for minute in range(3))
            decoder = FAMILY.decoder(FAMILY.profile("ttnj"), passive=True)
            outputs = [*decoder.start(0.0), *decoder.receive(told + b"\x1b\xc1" + groups + b"\x1b\xfe", 0.0)]
            outputs += decoder.stop(1.0)
            assert [output.value for output in outputs if isinstance(output, Reading)] == [20.0, 21.0, 22.0], (
                first,
                step,
            )
