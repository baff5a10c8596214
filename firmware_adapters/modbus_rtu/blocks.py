"""The requests that read a register map: neighbours of the same slave, function and interval are joined to one
block."""

from dataclasses import dataclass

from firmware_adapters.asking import Request, exactly
from firmware_adapters.modbus_rtu.frames import Frame, with_crc
from firmware_adapters.modbus_rtu.registers import Register, Settings
from firmware_adapters.profile import Profile

FACTORY_ADDRESS = 1
_MOST = {1: 2000, 2: 2000, 3: 125, 4: 125}


@dataclass(frozen=True, slots=True)
class Block:
    """One request. `address` is that of the bus, from 0; `size` counts registers or bits."""

    slave: int
    function: int
    address: int
    size: int
    every_s: float

    @property
    def request(self) -> Frame:
        body = bytes((self.slave, self.function)) + self.address.to_bytes(2, "big") + self.size.to_bytes(2, "big")
        return Frame(0, with_crc(body), can_be_request=True, can_be_reply=False)


def blocks_of(settings: Settings) -> tuple[Block, ...]:
    """Return the blocks to read, in the order of slave, function, address."""
    wanted = sorted(
        {
            (
                slave,
                register.function,
                register.every_s or settings.every_s,
                register.address - settings.address_base,
                register.size,
            )
            for register in settings.registers
            for slave in ((register.slave,) if register.slave else settings.slaves or (FACTORY_ADDRESS,))
        }
    )
    blocks: list[Block] = []
    for slave, function, every_s, address, size in wanted:
        most = min(settings.max_size, _MOST[function])
        last = blocks[-1] if blocks else None
        if last and settings.can_join and (last.slave, last.function, last.every_s) == (slave, function, every_s):
            end = max(last.address + last.size, address + size)
            if address <= last.address + last.size and end - last.address <= most:
                blocks[-1] = Block(slave, function, last.address, end - last.address, every_s)
                continue
        blocks.append(Block(slave, function, address, size, every_s))
    return tuple(blocks)


def requests_of(profile: Profile) -> tuple[Request, ...]:
    """Return the request table of a profile. Functions that write are not among those that a register can have."""
    blocks = blocks_of(profile.settings_as(Settings))
    return tuple(
        exactly(
            f"slave {block.slave}, function {block.function}, {block.size} from {block.address}", block.request.data
        )
        for block in blocks
    )


def brings(profile: Profile, item: str, channel: int | None) -> bool:
    """Return whether a probe of that name is in the map of a profile, on that slave."""
    settings = profile.settings_as(Settings)
    return channel is not None and any(
        register.continuous is not None and register.item == item and hears(settings, register, channel)
        for register in settings.registers
    )


def registers_in(settings: Settings, slave: int, function: int, address: int, size: int) -> list[tuple[Register, int]]:
    """Return the registers that a reply of `size` registers or bits from `address` carries, with their place in it."""
    found = []
    for register in settings.registers:
        place = register.address - settings.address_base - address
        is_theirs = register.function == function and hears(settings, register, slave)
        if is_theirs and place >= 0 and place + register.size <= size:
            found.append((register, place))
    return found


def hears(settings: Settings, register: Register, slave: int) -> bool:
    """Return True when the register may be this slave's. A map that names no slave is any slave's: the site sets
    addresses."""
    slaves = (register.slave,) if register.slave else settings.slaves
    return not slaves or slave in slaves
