"""A group of the TTNJ or TTJ -> its readings.

Meaning of the two floats. The model decides; the profile says it (`pair`, or `pair_of_type` where the type byte
decides):
- absorbance-value: absorbance, then inhibition in % or content in mg/kg, as the profile's item says;
- control-sample (pesticides on TTJ-8H8, TTJ-10H8): the absorbances of control and sample; the inhibition is
  (control - sample) / control x 100, computed here at full precision. A control of zero or less gives no number; nor
  does an inhibition out of -100 to 110 %: the control failed, or the pair is an absorbance and a content in mg/kg, of
  which -52,000 % would be a clean sample. It is invalid, with its text and both floats.

Known answers: 3F F7 53 7E 44 7C BC 7C = 1.932 abs, 1010.9 mg/kg; 3F F5 4D 04 46 60 A8 1D = 1.916, 14378;
3F 18 92 8B 42 0B 32 FB = 0.596, 34.8 %; 3F 6A 01 8B 3F 11 F6 0F = control 0.914, sample 0.570 -> 37 % (37.6).

Decisions where the facts leave a doubt
- **Layout.** `extra` says which one was taken where the profile leaves it open, or where the bytes gave another than
  the profile's (flag `other_layout`).
- **Channel numbers.** With a mask: 8 x group + channel. How groups count and which end of the mask is the first channel
  is not documented, so mask and group are kept in `extra`, and a group behind the last one is read with unknown
  channels; where the wells do not tell the end, the flag is `channel_order_unknown`. With a count, 16 and 32 channels:
  the groups of one run have the same time and type, so the nth of them holds the nth eight channels. When something was
  lost before a group, its place is not known: no channel number, flag `channel_unknown`, and the sum of the group as
  `mark`, so that two wells with equal values are not taken for one that was read twice.
- **Count.** Whether it numbers this record or counts all is not said. It is kept in `extra`, and is no part of what
  makes a record the same when the memory is read again.
- **Model code.** A tester that calls itself another model than the profile's `model_code`, or by a known code where the
  profile is of one model and has none, is read (the layout may fit), with the flag `other_model` on every reading.
"""

import hashlib
import math
from datetime import datetime

from firmware_adapters.contract import Reading
from firmware_adapters.fields import item_of, joined
from firmware_adapters.framing import Found
from firmware_adapters.profile import ItemMap, Profile
from firmware_adapters.ttnj.floats import shortest
from firmware_adapters.ttnj.groups import HEAD, LAYOUT_OF_MODEL, Info, groups_of, pair_at
from firmware_adapters.ttnj.settings import Layout, Pair, Settings
from wire.terms import Verdict

_LOWEST, _HIGHEST = -100.0, 110.0


class TtnjReader:
    """Reader of the groups of one conversation in their order."""

    def __init__(self, profile: Profile, settings: Settings) -> None:
        self._profile = profile
        self._settings = settings
        self._run: tuple[datetime | None, int] | None = None
        self._place: int | None = 0
        self._has_missed = False
        self._flags: tuple[str, ...] = ()

    def heard_model(self, code: int) -> None:
        wanted = self._settings.model_code
        is_other = wanted != f"{code:02X}" if wanted else code in LAYOUT_OF_MODEL and not self._settings.is_any_model
        self._flags = ("other_model",) if is_other else ()

    def begin(self) -> None:
        """Begin anew: the memory is sent from its beginning."""
        self._run, self._place, self._has_missed = None, 0, False

    def missed(self) -> None:
        self._has_missed = True

    def read(self, frame: Found, info: Info) -> list[Reading]:
        group = self._group(info)
        return [self._reading(frame, info, group, channel) for channel in info.channels]

    def _group(self, info: Info) -> int | None:
        """Return the group's place among the groups of eight channels, from 0; None if not known."""
        if info.layout is Layout.MASK:
            return info.group if info.group < groups_of(self._settings) else None
        if info.layout is Layout.COUNT_8:
            return 0
        run = (info.moment.at, info.type)
        if self._has_missed:
            self._place = None
        elif run != self._run:
            self._place = 0
        elif self._place is not None:
            self._place = (self._place + 1) % groups_of(self._settings)
        self._run, self._has_missed = run, False
        return self._place

    def _reading(self, frame: Found, info: Info, group: int | None, channel: int) -> Reading:
        code = f"{info.type:02X}"
        item = item_of(self._profile, code, self._settings.item or ItemMap(code=f"type-{code}"))
        number, text, flags, said = self._value(*pair_at(frame.data, channel), code)
        extra = {"type": code, **said}
        if info.count is not None:
            extra["count"] = str(info.count)
        if info.mask is not None:
            extra |= {"mask": f"{info.mask:02X}", "group": str(frame.data[HEAD - 1])}
        if info.layout is not self._settings.layout:
            extra["layout"] = info.layout.value
        return Reading(
            item=item.code,
            item_name=item.name,
            raw=frame.data,
            offset=frame.offset,
            value=None if number is None else number * item.scale,
            value_text=text,
            unit=item.unit,
            verdict=Verdict.INVALID if number is None else None,
            mark=f"{hashlib.sha256(frame.data).hexdigest()[:16]}.{channel + 1}" if group is None else "",
            channel=None if group is None else group * 8 + channel + 1,
            measured_at=info.moment.at,
            measured_at_text=info.moment.text,
            time_source=self._profile.time_source(info.moment.text, info.moment.source(is_kept=True)),
            flags=joined(info.moment.flags, flags, self._flags, self._doubts(info, group)),
            extra=extra,
        )

    def _doubts(self, info: Info, group: int | None) -> tuple[str, ...]:
        is_other = self._settings.layout not in (Layout.AUTO, info.layout)
        doubts = {
            "channel_unknown": group is None,
            "other_layout": is_other,
            "channel_order_unknown": not info.is_order_known,
        }
        return tuple(doubt for doubt, holds in doubts.items() if holds)

    def _value(
        self, first: float, second: float, code: str
    ) -> tuple[float | None, str, tuple[str, ...], dict[str, str]]:
        if self._settings.pair_of_type.get(code, self._settings.pair) is Pair.ABSORBANCE_VALUE:
            said = {"absorbance": shortest(first)}
            if not math.isfinite(second):
                return None, "NA", ("not_available",), said
            return second, shortest(second), (), said
        said = {"control_absorbance": shortest(first), "sample_absorbance": shortest(second)}
        if not math.isfinite(first) or not math.isfinite(second):
            return None, "NA", ("not_available",), said
        if first <= 0:
            return None, "NA", ("no_control",), said
        inhibition = (first - second) / first * 100
        if not _LOWEST <= inhibition <= _HIGHEST:
            return None, f"{inhibition:.1f}", ("computed", "implausible"), said
        return inhibition, f"{inhibition:.1f}", ("computed",), said
