"""The sums of the serial testers: each a few lines, so none is worth a dependency."""

import struct
from functools import cache


def sum8(data: bytes | bytearray) -> int:
    """Return the sum of the bytes modulo 256."""
    return sum(data) & 0xFF


def xor8(data: bytes | bytearray) -> int:
    """Return the exclusive or of all bytes."""
    total = 0
    for byte in data:
        total ^= byte
    return total


def _table(polynomial: int) -> tuple[int, ...]:
    table = []
    for start in range(256):
        crc = start
        for _ in range(8):
            crc = (crc << 1 ^ polynomial) & 0xFF if crc & 0x80 else crc << 1
        table.append(crc)
    return tuple(table)


_CRC8 = _table(0x31)


def crc8(data: bytes | bytearray) -> int:
    """Compute CRC-8, polynomial 0x31, most significant bit first, initial value 0, no final xor."""
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def _reflected_table(polynomial: int) -> tuple[int, ...]:
    table = []
    for start in range(256):
        crc = start
        for _ in range(8):
            crc = crc >> 1 ^ polynomial if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_CRC16 = _reflected_table(0xA001)


@cache
def _crc16_words() -> tuple[int, ...]:
    """Return the register after 16 bits, for each of its values. Bytes are summed in pairs, which is twice as fast."""
    once = (crc >> 8 ^ _CRC16[crc & 0xFF] for crc in range(0x10000))
    return tuple(crc >> 8 ^ _CRC16[crc & 0xFF] for crc in once)


def crc16_modbus(data: bytes | bytearray | memoryview) -> int:
    """Compute CRC-16 of MODBUS over Serial Line V1.02, 6.2.2: polynomial 0xA001 reflected, initial value 0xFFFF. On the
    wire the low byte comes first, so that with it the sum of a whole frame is 0."""
    table = _crc16_words()
    odd = len(data) & 1
    crc = 0xFFFF >> 8 ^ _CRC16[0xFF ^ data[0]] if odd else 0xFFFF
    for word in struct.unpack_from(f"<{len(data) // 2}H", data, odd):
        crc = table[crc ^ word]
    return crc
