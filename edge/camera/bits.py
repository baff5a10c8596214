"""Reads H.264 headers bit by bit (ITU-T H.264, 7.2 and 9.1). Pure."""


class Bits:
    """A reader of the bits of a NAL unit without its first byte. Past the end it reads zeros."""

    def __init__(self, unit: bytes) -> None:
        # Two zeros and a three: the three only keeps the data from looking like a start code.
        data = unit.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            return 0
        return self._value >> self._left & (1 << count) - 1

    def number(self) -> int:
        """Return the next unsigned Exp-Golomb number."""
        zeros = 0
        while self._left > 0 and zeros < 32 and not self.take(1):
            zeros += 1
        return (1 << zeros) - 1 + self.take(zeros)

    def signed(self) -> int:
        """Return the next signed Exp-Golomb number."""
        number = self.number()
        return (number + 1) // 2 if number % 2 else -(number // 2)
