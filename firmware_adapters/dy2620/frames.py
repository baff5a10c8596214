"""Frames of the DY-2620, as in Modbus RTU (address, function, data, CRC-16 with its low byte first):

    host     01 65 page-high page-low 00 01 crc crc
    tester   01 65 length, records of 10 bytes, crc crc
    tester   01 E5 code crc crc                          an exception, as Modbus has it: there is no such page

Rules
- Found by length and CRC, wherever they begin: 01 and 65 are ordinary bytes of records. Framing by silence is of no use
  behind a USB adapter.
- A length that is not a whole number of records is a lie.
- The host's request and an empty page begin alike (length 0 is page-high 0): the CRC tells which it is.
- Only address 1 is documented, and only it is asked; the request above, with its page, is the only one.
"""

import re

from firmware_adapters.asking import Request
from firmware_adapters.checksums import crc16_modbus
from firmware_adapters.framing import FOREIGN, Broken, Judgement, Mark, More, Stateless, Whole

ADDRESS, READ, EXCEPTION = 0x01, 0x65, 0xE5
LAST_PAGE = 0xFFFF
RECORD = 10

REQUESTS = (Request("page", re.compile(rb"(?s:\x01\x65..\x00\x01..)")),)


def page_request(page: int) -> bytes:
    body = bytes((ADDRESS, READ, page >> 8, page & 0xFF, 0, 1))
    return body + crc16_modbus(body).to_bytes(2, "little")


class OilGrammar(Stateless):
    """Grammar of the oil tester's pages; the rules stand in the module's text."""

    heads = re.compile(rb"\x01")

    def judge(self, buffer: bytearray, _offset: int, /) -> Judgement:
        if len(buffer) < 3:
            return More(is_ours=len(buffer) == 2 and buffer[1] in (READ, EXCEPTION))
        if buffer[1] == EXCEPTION:
            if len(buffer) < 5:
                return More(size=5)
            return Whole(5, "exception") if _is_good(buffer, 5) else Broken("checksum", 5)
        return self._judge_page(buffer) if buffer[1] == READ else FOREIGN

    def _judge_page(self, buffer: bytearray) -> Judgement:
        size = buffer[2] + 5
        is_length = buffer[2] % RECORD == 0
        if is_length and size <= len(buffer) and _is_good(buffer, size):
            return Whole(size, "page")
        if len(buffer) < 8:
            return More(size=max(size, 8) if is_length else 8)
        if buffer[4:6] == b"\0\1" and _is_good(buffer, 8):
            return Mark(8, "host")
        if not is_length:
            return Broken("length", 8)
        return More(size=size) if len(buffer) < size else Broken("checksum", size)


def _is_good(buffer: bytearray, size: int) -> bool:
    return crc16_modbus(buffer[: size - 2]) == int.from_bytes(buffer[size - 2 : size], "little")
