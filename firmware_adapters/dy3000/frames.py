"""Frames of the DY-3000 family: a head of 12 bytes, then data.

    0   03
    1   FF from the host, FE from the tester
    2   command: 20 who are you; 42/62/72 items, 43/63/73 a range of days, 45/65/75 records (3000/6600/7200)
    3   (5 bytes; 45 has 01 at place 4 in the documented request)
    8   length of the data, little-endian
    10  XOR of the first ten bytes: 03 FF 45 00 01 00 00 00 00 00 -> B8
    11  XOR of the data (0 without any)

Rules
- Found by length and both XORs. The head's XOR is tested before its length is believed; more than 8 KiB is a lie.
- What the host says (FF) has the same form, two times at most for data, and is passed over.
- A head is never a sample: the data begin behind it (a vendor's driver decodes the head as samples).
"""

import re

from firmware_adapters.checksums import xor8
from firmware_adapters.framing import FOREIGN, Broken, Judgement, Mark, More, Stateless, Whole

START, FROM_HOST, FROM_TESTER = 0x03, 0xFF, 0xFE
HEAD = 12
IDENTITY = 0x20
ITEMS, RANGES, RECORDS = (0x42, 0x62, 0x72), (0x43, 0x63, 0x73), (0x45, 0x65, 0x75)
_LONGEST_DATA, _LONGEST_ASKED = 8192, 8
_KINDS = {IDENTITY: "identity"} | dict.fromkeys(ITEMS, "items") | dict.fromkeys(RANGES, "range")
_KINDS |= dict.fromkeys(RECORDS, "records")


def encode(command: int, middle: bytes, data: bytes = b"") -> bytes:
    """Encode a request. `middle` holds the five bytes behind the command."""
    head = bytes((START, FROM_HOST, command)) + middle + len(data).to_bytes(2, "little")
    return head + bytes((xor8(head), xor8(data))) + data


class HeadGrammar(Stateless):
    """Grammar of the family's frames; the rules stand in the module's text."""

    heads = re.compile(rb"\x03")

    def judge(self, buffer: bytearray, _offset: int, /) -> Judgement:
        if len(buffer) < 2:
            return More(is_ours=False)
        if buffer[1] not in (FROM_HOST, FROM_TESTER):
            return FOREIGN
        if len(buffer) < HEAD:
            return More(size=HEAD)
        length = buffer[8] | buffer[9] << 8
        if xor8(buffer[:10]) != buffer[10]:
            return Broken("checksum", HEAD, "of the head")
        longest = _LONGEST_DATA if buffer[1] == FROM_TESTER else _LONGEST_ASKED
        return _judge_data(buffer, HEAD + length) if length <= longest else Broken("length", HEAD)


def _judge_data(buffer: bytearray, size: int) -> Judgement:
    if len(buffer) < size:
        return More(size=size)
    if xor8(buffer[HEAD:size]) != buffer[11]:
        return Broken("checksum", size, "of the data")
    return Mark(size, "host") if buffer[1] == FROM_HOST else Whole(size, _KINDS.get(buffer[2], "other"))
