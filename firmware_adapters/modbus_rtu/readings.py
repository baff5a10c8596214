"""A reply -> readings.

With a register map: one reading a register, `item` as the map has it (function 23 reads the registers of 3). Without
one, or where the map knows nothing of what was read: each register as an unsigned number and each bit as 0 or 1, `item`
is `fc<function>/<address>`. The address is that of the request. Where no request was seen, a map that has one request
with an answer of that size is taken by it, else the place in the reply stands for the address; both are flagged
`address_unknown`.

`channel` is the slave's address. Zero is a value.
"""

from collections.abc import Iterator
from types import MappingProxyType

from firmware_adapters.contract import Reading
from firmware_adapters.modbus_rtu.blocks import blocks_of, registers_in
from firmware_adapters.modbus_rtu.frames import Frame
from firmware_adapters.modbus_rtu.functions import READ_AND_WRITE, READS
from firmware_adapters.modbus_rtu.registers import Register, Settings, read_value
from wire.terms import Verdict


class ReplyReader:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._blocks = blocks_of(settings)

    def read(self, reply: Frame, request: Frame | None) -> list[Reading]:
        """Read a reply. `request` is the one that it answers, if that was seen. Replies to writes say nothing."""
        if reply.function not in (*READS, READ_AND_WRITE):
            return []
        address = request.address if request else self._address_by_size(reply)
        if address is not None:
            size = _size(reply, request)
            function = 3 if reply.function == READ_AND_WRITE else reply.function
            found = registers_in(self._settings, reply.slave, function, address, size)
            if found:
                seen = () if request else ("address_unknown",)
                return [_mapped(reply, register, place, seen) for register, place in found]
        flags = () if not self._settings.registers else ("unmapped",)
        return list(_raw(reply, request, flags))

    def _address_by_size(self, reply: Frame) -> int | None:
        """Return the address of the one block of the map that is read by a reply of this size."""
        addresses = {
            block.address
            for block in self._blocks
            if block.function == reply.function
            and block.request.answer_size == len(reply.data)
            and registers_in(self._settings, reply.slave, block.function, block.address, block.size)
        }
        return addresses.pop() if len(addresses) == 1 else None


def _size(reply: Frame, request: Frame | None) -> int:
    if request:
        return request.quantity
    return len(reply.payload) * 8 if reply.function < 3 else len(reply.payload) // 2


def _bits(payload: bytes, place: int, count: int) -> bytes:
    number = int.from_bytes(payload, "little") >> place & (1 << count) - 1
    return number.to_bytes((count + 7) // 8, "little")


def _mapped(reply: Frame, register: Register, place: int, flags: tuple[str, ...]) -> Reading:
    if register.function < 3:
        data = _bits(reply.payload, place, register.count)
    else:
        data = reply.payload[2 * place : 2 * (place + register.size)]
    value = read_value(register, data)
    return Reading(
        item=register.item,
        item_name=register.item_name,
        raw=reply.data,
        offset=reply.offset,
        value=value.number,
        value_text=value.text,
        unit=register.unit,
        verdict=Verdict.INVALID if value.number is None else None,
        channel=reply.slave,
        continuous=register.continuous,
        flags=(*value.flags, *flags),
        extra=MappingProxyType({"function": str(register.function), "address": str(register.address)}),
    )


def _raw(reply: Frame, request: Frame | None, flags: tuple[str, ...]) -> Iterator[Reading]:
    first = request.address if request else 0
    if reply.function < 3:
        count = request.quantity if request else len(reply.payload) * 8
        numbers = [reply.payload[place // 8] >> place % 8 & 1 for place in range(count)]
    else:
        numbers = [int.from_bytes(reply.payload[place : place + 2], "big") for place in range(0, len(reply.payload), 2)]
    for place, number in enumerate(numbers, first):
        yield Reading(
            item=f"fc{reply.function}/{place}",
            raw=reply.data,
            offset=reply.offset,
            value=float(number),
            value_text=str(number),
            channel=reply.slave,
            flags=flags if request else (*flags, "address_unknown"),
        )
