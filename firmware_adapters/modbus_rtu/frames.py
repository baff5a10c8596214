"""Modbus RTU frames (MODBUS over Serial Line V1.02): slave, function, data, CRC-16 with its low byte first."""

from dataclasses import dataclass

from firmware_adapters.checksums import crc16_modbus
from firmware_adapters.modbus_rtu.functions import ANY_SIZE, BARE, MULTIPLE_WRITES, SINGLE_WRITES


def with_crc(body: bytes) -> bytes:
    return body + crc16_modbus(body).to_bytes(2, "little")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose CRC is right. Writes of one value and three bytes of bits look the same in both directions."""

    offset: int
    data: bytes
    can_be_request: bool
    can_be_reply: bool

    @property
    def slave(self) -> int:
        return self.data[0]

    @property
    def function(self) -> int:
        """Return the function without the bit that makes it an exception."""
        return self.data[1] & 0x7F

    @property
    def exception(self) -> int | None:
        return self.data[2] if self.data[1] & 0x80 else None

    @property
    def address(self) -> int:
        """Return the first register or bit of a request, counted from 0."""
        return int.from_bytes(self.data[2:4], "big")

    @property
    def quantity(self) -> int:
        """Return the number of registers or bits of a request."""
        return int.from_bytes(self.data[4:6], "big")

    @property
    def payload(self) -> bytes:
        """Return the values of a reply that carries them."""
        return self.data[3:-2]

    def is_answered_by(self, reply: "Frame") -> bool:
        """Return True when `reply` answers this request by slave, function and size; an exception never does."""
        if not reply.can_be_reply or (reply.slave, reply.data[1]) != (self.slave, self.data[1]):
            return False
        if self.function in (*SINGLE_WRITES, *MULTIPLE_WRITES):
            return reply.data[2:6] == self.data[2:6]
        if self.function == 22:
            return reply.data == self.data
        return self.function in ANY_SIZE or len(reply.data) == self.answer_size

    @property
    def answer_size(self) -> int:
        """Return the bytes of the answer to this request; 0 where only the answer knows."""
        function = self.function
        if function in (1, 2):
            return 5 + (self.quantity + 7) // 8
        if function in ANY_SIZE:
            return 0
        fixed = {**dict.fromkeys((*SINGLE_WRITES, *MULTIPLE_WRITES), 8), 22: 10, **BARE}
        return fixed.get(function) or 5 + 2 * self.quantity

    @property
    def answer_head(self) -> bytes:
        """Return the first bytes of the answer to this request, as far as they can be told."""
        if self.function in (*SINGLE_WRITES, *MULTIPLE_WRITES, 22):
            return self.data[:6]
        if self.function in BARE or self.function in ANY_SIZE:
            return self.data[:2]
        return self.data[:2] + bytes(((self.answer_size - 5) & 0xFF,))
