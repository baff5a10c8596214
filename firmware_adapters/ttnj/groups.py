"""Groups of the TTNJ and TTJ: 73 bytes, 9 of information and 8 channels of two big-endian floats.

    place   0         1    2    3  4    5     6     7         8
    count-8 count lo  s    min  h  d    mon   type  yy        count hi        (8 channels)
    count   s         min  h    d  mon  type  yy    count lo  count hi        (16 and 32 channels)
    mask    s         min  h    d  mon  type  yy    channels  group           (TTJ)

There is no check, so plausibility decides. A group that is due (see `grammar`) is accepted when
- its six bytes of time give a moment, in one coding or the other (`clock`),
- with a mask: the group is one that the tester has,
- every number of a used channel is zero, NaN or between 1e-8 and 1e7 in size.
A group that is not due is certain when it also has a used channel with two numbers, absorbances from -1 to 10 and a
year from 2009 to 2060 (`_is_strict`).

**A clock that is wrong costs no result.** A group that is due, whose layout is known (from the profile or the model
code) and whose numbers are measured as strictly, is accepted without a moment (flag `bad_time`). Eight channels have
the layout count-8 where nothing else is said.

**Group numbers** come in two forms. A small number begins with 0, or with 1 by `first_group`. A number in the high half
of the byte (10 and 20 in a maker's example of 16 channels, where a third group cannot be) begins with 1, or with 0 by
`first_group`. A tester of eight channels has one group, whichever it is called. One that comes right behind the last
has channels whose numbers are not known, and so has one with numbers in both halves (11, 12, 21).

**Used channels.** With a mask, its bits; which end is channel 1 is not documented (`first_bit`). The wells that hold
numbers tell it: the order is taken whose channels are exactly those, else the one whose channels are all among them,
else bit 0 is channel 1. Where older numbers make both possible, or neither is, `is_order_known` is False. Without a
mask, a channel whose eight bytes are zero was not used. Groups that are all 00 or FF are memory never written: they are
passed over.

**Another layout than the profile's** is taken where the profile's gives no time, or one that is neither likely nor that
of a clock that lost its power, the other gives a likely year, and the numbers are measured ones: a maker's sample of
eight channels is written as those of 16 are.

**auto** takes the layout with a plausible time and the likelier year (count and mask have the same time, and win a
tie); then mask, if the mask is not zero, the group is possible, and the channels that are not zero are those of the
mask (a count of 3 is no mask of two channels where one was used); else count. When the tester told a model code whose
layout is known (`LAYOUT_OF_MODEL`), that layout comes first if its time has a likely year: then what an older run left
in the channels outside the mask misleads nobody.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from firmware_adapters.clocks import Moment, is_reset, six_bytes
from firmware_adapters.ttnj.floats import float_at, is_plausible
from firmware_adapters.ttnj.settings import Layout, Settings

SIZE = 73
HEAD = 9
LAYOUT_OF_MODEL = {0x01: Layout.COUNT_8, 0x33: Layout.MASK}
_HIGH_HALF = 0x10
_LIKELY_YEARS = range(2009, 2061)
_MINUTE, _HOUR, _DAY, _MONTH = rb"[\x00-\x3b\x40-\x59]", rb"[\x00-\x23]", rb"[\x01-\x31]", rb"[\x01-\x12]"
_TIME = _MINUTE * 2 + _HOUR + _DAY + _MONTH
# A day or a month of 00 belongs to a clock that was never set.
_ODD_TIME = re.compile(rb"(?s:.?" + _MINUTE * 2 + _HOUR + rb"[\x00-\x31][\x00-\x12])")
_HEAD = re.compile(rb"(?s:\x1b|.?" + _TIME + rb")")
_TIME_AT_HEAD = re.compile(rb"(?s:.?" + _TIME + rb")")
_TIME_REACH = 6


@dataclass(frozen=True, slots=True)
class Info:
    """The nine bytes, read by one layout. `mask` is None where the layout has none. `channels` are the used ones, from
    0 to 7."""

    layout: Layout
    moment: Moment
    type: int
    count: int | None
    mask: int | None
    group: int
    channels: tuple[int, ...]
    is_order_known: bool = True


def _read_info(data: bytes | bytearray, layout: Layout, settings: Settings) -> Info:
    start = 1 if layout is Layout.COUNT_8 else 0
    s, minute, hour, day, month, kind, year = data[start : start + 7]
    moment = six_bytes(bytes((year, month, day, hour, minute, s)), settings.clock)
    if layout is Layout.MASK:
        channels, is_order_known = _masked(data, data[7], settings)
        return Info(layout, moment, kind, None, data[7], _group(data[8], settings), channels, is_order_known)
    # The eight-channel model has the low byte of the count at the head of the group, before the time.
    count = data[8] << 8 | (data[0] if layout is Layout.COUNT_8 else data[7])
    return Info(layout, moment, kind, count, None, 0, _written(data))


def _group(number: int, settings: Settings) -> int:
    """Return the group's place, from 0; one that the tester does not have where the byte has neither form."""
    if number > _HIGH_HALF and number % _HIGH_HALF and groups_of(settings) > 1:
        return groups_of(settings)
    form, number = (0, number) if number < _HIGH_HALF else (1, number >> 4)
    if groups_of(settings) == 1 and number <= 1:
        return 0
    return number - (form if settings.first_group is None else settings.first_group)


def _masked(data: bytes | bytearray, mask: int, settings: Settings) -> tuple[tuple[int, ...], bool]:
    """Return the channels of the mask, and whether it is known which end of it is channel 1."""
    low = tuple(i for i in range(8) if mask >> i & 1)
    high = tuple(i for i in range(8) if mask << i & 0x80)
    if settings.first_bit != "auto" or low == high:
        return (high if settings.first_bit == "high" else low), True
    written = _written(data)
    if written in (low, high):
        return written, True
    is_low, is_high = set(low) <= set(written), set(high) <= set(written)
    return (high if is_high and not is_low else low), is_low != is_high


def _candidates(data: bytes | bytearray, settings: Settings, told: Layout | None) -> Iterator[Info]:
    """Yield the layouts to try, the likelier first."""
    if settings.layout is not Layout.AUTO:
        own = _read_info(data, settings.layout, settings)
        # A clock that lost its power begins in 2000: no reason to look for another layout.
        if not _is_likely_year(own) and not (own.moment.at and is_reset(own.moment.at)):
            yield from (info for info in _by_bytes(data, settings) if _is_strict(data, info))
        yield own
        return
    if told is not None:
        info = _read_info(data, told, settings)
        if _is_likely_year(info):
            yield info
    yield from _by_bytes(data, settings)


def _by_bytes(data: bytes | bytearray, settings: Settings) -> list[Info]:
    infos = [_read_info(data, layout, settings) for layout in (Layout.MASK, Layout.COUNT, Layout.COUNT_8)]
    # A mask is believed only where it names exactly the channels that hold data.
    if not infos[0].mask or _written(data) != infos[0].channels:
        del infos[0]
    return sorted(infos, key=lambda info: not _is_likely_year(info))


def _is_likely_year(info: Info) -> bool:
    return info.moment.at is not None and info.moment.at.year in _LIKELY_YEARS


def _place(channel: int) -> int:
    return HEAD + channel * 8


def _written(data: bytes | bytearray) -> tuple[int, ...]:
    return tuple(i for i in range(8) if data[_place(i) : _place(i) + 8].strip(b"\0"))


def pair_at(data: bytes | bytearray, channel: int) -> tuple[float, float]:
    return float_at(data, _place(channel)), float_at(data, _place(channel) + 4)


def _trouble(data: bytes | bytearray, info: Info, settings: Settings, known: Layout | None) -> str:
    if info.moment.at is None and not (info.layout is known and _is_measured(data, info)):
        return "no such time"
    # One group behind the last is allowed in a known layout: the tester may count from 1.
    most = groups_of(settings) if info.layout is known else groups_of(settings) - 1
    if info.mask is not None and not 0 <= info.group <= most:
        return "no such group of channels"
    for channel in info.channels:
        if not all(map(is_plausible, pair_at(data, channel))):
            return f"channel {channel + 1} of the group holds no measured number"
    return ""


def groups_of(settings: Settings) -> int:
    """Return how many groups of eight channels the tester has, at most."""
    return settings.channels // 8


def _is_measured(data: bytes | bytearray, info: Info) -> bool:
    pairs = [pair_at(data, channel) for channel in info.channels]
    is_measured = any(math.isfinite(first) and math.isfinite(second) for first, second in pairs)
    # The first number of a pair is an absorbance, which no photometer here measures beyond 10.
    return is_measured and all(-1 <= a <= 10 or not math.isfinite(a) for a, _ in pairs)


def _has_measured_channel(data: bytes | bytearray) -> bool:
    """Return False where no layout has a used channel with two measured numbers."""
    pairs = (pair_at(data, channel) for channel in range(8))
    return any(-1 <= a <= 10 and math.isfinite(b) and is_plausible(a) and is_plausible(b) for a, b in pairs)


def _is_strict(data: bytes | bytearray, info: Info) -> bool:
    return _is_likely_year(info) and _is_measured(data, info)


def read_group(data: bytes | bytearray, settings: Settings, told: Layout | None = None) -> tuple[Info, str]:
    """Return the likeliest reading of 73 bytes and the trouble with it ("": none)."""
    first: tuple[Info, str] | None = None
    known = settings.own_layout or told
    candidates = list(_candidates(data, settings, told))
    # A clock that lost its power makes no layout likely: then the known one is read all the same.
    if known and all(info.moment.at is None for info in candidates):
        candidates.append(_read_info(data, known, settings))
    for info in candidates:
        trouble = _trouble(data, info, settings, known)
        if not trouble:
            return info, ""
        first = first or (info, trouble)
    assert first is not None
    return first


class TtnjGroups:
    """Groups of the TTNJ, as the grammar of the session asks for them."""

    size = SIZE
    reach = _TIME_REACH

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._told: Layout | None = None
        self._latest = (b"", Info(Layout.COUNT, Moment(None, ""), 0, None, None, 0, ()), "nothing")

    def heard_model(self, code: int) -> None:
        self._told = LAYOUT_OF_MODEL.get(code)
        self._latest = (b"", self._latest[1], self._latest[2])

    def read(self, data: bytes | bytearray) -> tuple[Info, str]:
        """Read a group. The latest one is remembered: it is asked for twice, to judge it and to read it."""
        if data != self._latest[0]:
            self._latest = (bytes(data), *read_group(data, self._settings, self._told))
        return self._latest[1:]

    def find(self, buffer: bytearray) -> int:
        """Return how many bytes can be passed over. The last bytes may begin a time whose rest is still to come, even
        where a 1B stands among them."""
        found = _HEAD.search(buffer)
        undecided = max(0, len(buffer) - _TIME_REACH)
        return min(found.start(), undecided) if found else undecided

    def may_begin(self, buffer: bytearray, *, is_due: bool) -> bool:
        is_known = (self._settings.own_layout or self._told) is not None
        return (_ODD_TIME if is_due and is_known else _TIME_AT_HEAD).match(buffer) is not None

    def trouble(self, group: bytearray) -> str:
        return self.read(group)[1]

    def is_certain(self, group: bytearray) -> bool:
        # The cheap looks first: out of step this is asked for every byte of the line.
        if not self.may_begin(group, is_due=False) or not _has_measured_channel(group):
            return False
        info, trouble = self.read(group)
        return not trouble and _is_strict(group, info)
