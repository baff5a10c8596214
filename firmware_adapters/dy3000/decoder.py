"""The family's conversation: who are you, then the records, and those of the last days where the day is known."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from pydantic import Field

from firmware_adapters.asking import Ask, Dialogue, PollingSettings
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.day_ranges import DayRanges
from firmware_adapters.dy3000 import requests
from firmware_adapters.dy3000.frames import HeadGrammar
from firmware_adapters.dy3000.records import RecordLayout, read_records
from firmware_adapters.framing import Found
from firmware_adapters.labelled import Meaning
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import Profile

_SERIES = {"3000": 0, "6600": 1, "7200": 2}


class Settings(PollingSettings):
    """Settings of a profile, its `[settings]`."""

    series: str = Field(pattern="^(3000|6600|7200)$")
    first_days: int = Field(default=30, ge=0, le=366, description="days before today asked at first contact")
    record: RecordLayout | None = Field(default=None, description="the layout of a binary record, where it is known")
    labels: Mapping[str, Meaning] = Field(default={}, description="labels beside the common ones")


class _Conversation:
    def __init__(self, profile: Profile, settings: Settings, today: Callable[[], date] | None) -> None:
        self.grammar = HeadGrammar()
        self._profile = profile
        self._settings = settings
        self._days = DayRanges(today, settings.first_days)
        self._has_read = False
        self._is_unreadable = False

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        if frame.kind not in ("records", "range"):
            return ()
        outputs = read_records(frame, self._profile, self._settings.record, self._settings.labels)
        self._has_read = self._has_read or any(isinstance(output, Reading) for output in outputs)
        self._is_unreadable = bool(outputs) and not self._has_read
        return outputs

    def missed(self) -> None:
        """Ignore the loss: every frame stands for itself."""

    def dialogue(self) -> Dialogue:
        """Ask for the identity, the items and the records. Records that nobody can read yet are fetched once a
        connection, for the author of a profile."""
        series = _SERIES[self._settings.series]
        yield Ask(requests.identity(), wants=("identity",))
        if self._is_unreadable:
            return
        yield Ask(requests.records(series), may_be_silent=True)
        days = self._days.next()
        if days is not None:
            answer = yield Ask(requests.days(series, *days), may_be_silent=True)
            if answer is not None:
                self._days.answered()


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return PolledDecoder(
        lambda: _Conversation(profile, settings, today), settings, requests=requests.REQUESTS, passive=passive
    )
