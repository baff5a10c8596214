"""The register map of a profile (`[settings]`), and the values in the bytes of one register or group of bits.

[[settings.register]]
function = 3            # 1 coils, 2 inputs, 3 holding registers, 4 input registers
address = 1             # as the maker's document counts: see address_base
type = "s16"            # u16 s16 u32 s32 f32 u64 s64 f64 bits
order = "CDAB"          # of several words: ABCD big-endian, CDAB low word first, BADC bytes swapped, DCBA little-endian
scale = 0.1
unit = "degC"
item = "temperature"
continuous = { dead_band = 0.2 }     # see firmware_adapters/continuous.py
not_available = ["8000"]
"""

import math
import struct
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from firmware_adapters.continuous import Continuous
from firmware_adapters.floats import shortest_float32
from firmware_adapters.modbus_rtu.functions import READS

_FORMATS = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "f32": ">f", "u64": ">Q", "s64": ">q", "f64": ">d"}

SlaveAddress = Annotated[int, Field(ge=1, le=247)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Register(_Model):
    """One quantity. `bit` and `count` are for bits: of one register from its lowest, or of coils from `address`."""

    item: Annotated[str, Field(min_length=1, max_length=200)]
    item_name: str = ""
    function: Literal[1, 2, 3, 4] = 3
    address: Annotated[int, Field(ge=0, le=65536)]
    type: Literal["u16", "s16", "u32", "s32", "f32", "u64", "s64", "f64", "bits"] = "u16"
    order: Literal["ABCD", "CDAB", "BADC", "DCBA"] = "ABCD"
    bit: Annotated[int, Field(ge=0, le=15)] = 0
    count: Annotated[int, Field(ge=1, le=16)] = 1
    scale: float = 1.0
    offset: float = 0.0
    unit: Annotated[str, Field(max_length=32)] = ""
    slave: SlaveAddress | None = None
    every_s: Annotated[float | None, Field(gt=0)] = None
    not_available: tuple[str, ...] = ()
    continuous: Continuous | None = None

    @property
    def size(self) -> int:
        """Return the number of registers, or of bits with function 1 and 2, that are read for it."""
        if self.function < 3:
            return self.count
        return 1 if self.type == "bits" else struct.calcsize(_FORMATS[self.type]) // 2

    @field_validator("not_available")
    @classmethod
    def _check_codes(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(bytes.fromhex(code).hex() for code in codes)

    @model_validator(mode="after")
    def _check_bits(self) -> "Register":
        if self.function < 3 and self.type != "bits":
            raise ValueError("functions 1 and 2 read bits: type must be 'bits'")
        if self.function >= 3 and self.bit + self.count > 16:
            raise ValueError("a register has 16 bits")
        if not math.isfinite(self.scale) or not math.isfinite(self.offset) or self.scale == 0:
            raise ValueError("scale and offset must be finite, and scale not 0")
        return self


class Settings(_Model):
    """Settings of a bus. Times in seconds. Without registers nothing is asked and all replies heard are read raw."""

    slaves: Annotated[
        tuple[SlaveAddress, ...], Field(description="for registers that name none: none here asks 1 and hears all")
    ] = ()
    address_base: Annotated[Literal[0, 1], Field(description="1 where the maker's document counts from 1")] = 0
    registers: Annotated[tuple[Register, ...], Field(alias="register")] = ()
    every_s: Annotated[float, Field(gt=0, description="between two readings of a register")] = 10.0
    reply_s: Annotated[float, Field(gt=0, description="silence after which a request is given up")] = 2.0
    gap_s: Annotated[float, Field(ge=0, description="quiet on the line before a request")] = 0.1
    busy_s: Annotated[float, Field(gt=0, description="first wait after exceptions 5 and 6; doubles")] = 1.0
    backoff_s: Annotated[float, Field(gt=0, description="the longest wait for a slave that does not answer")] = 60.0
    max_size: Annotated[int, Field(ge=1, le=2000, description="registers or bits of one request")] = 100
    can_join: Annotated[bool, Field(description="neighbouring registers are read by one request")] = True

    @model_validator(mode="after")
    def _check_places(self) -> "Settings":
        for register in self.registers:
            last = register.address - self.address_base + register.size - 1
            if register.address < self.address_base or last > 0xFFFF:
                raise ValueError(f"{register.item}: address {register.address} is outside 0..65535 of the bus")
        return self


@dataclass(frozen=True, slots=True)
class Value:
    """Value of a register. `number` is None where it says "not available" (flagged) or holds no finite number."""

    number: float | None
    text: str
    flags: tuple[str, ...] = ()


def read_value(register: Register, data: bytes) -> Value:
    """Read a value. `data` are the bytes that came for it: its registers, or its bits packed from the lowest."""
    if data.hex() in register.not_available:
        return Value(None, data.hex().upper(), ("not_available",))
    if register.type == "bits":
        bits = int.from_bytes(data, "little" if register.function in READS[:2] else "big")
        shift = 0 if register.function < 3 else register.bit
        return _scaled(Decimal(bits >> shift & (1 << register.count) - 1), register)
    ordered = _big_endian(data, register.order)
    if ordered.hex() in register.not_available:
        return Value(None, data.hex().upper(), ("not_available",))
    (number,) = struct.unpack(_FORMATS[register.type], ordered)
    if not math.isfinite(number):
        return Value(None, str(number), ("not_a_number",))
    return _scaled(Decimal(shortest_float32(number) if register.type == "f32" else str(number)), register)


def _big_endian(data: bytes, order: str) -> bytes:
    words = [data[place : place + 2] for place in range(0, len(data), 2)]
    if order in ("CDAB", "DCBA"):
        words.reverse()
    return b"".join(word[::-1] if order in ("BADC", "DCBA") else word for word in words)


def _scaled(number: Decimal, register: Register) -> Value:
    """Scale in decimal, so that 658 by 0.1 is 65.8 and not 65.80000000000001."""
    if register.scale != 1:
        number *= Decimal(str(register.scale))
    if register.offset:
        number += Decimal(str(register.offset))
    return Value(float(number), f"{number:f}")
