"""The family's conversation: the rows of some days."""

from collections.abc import Callable, Sequence
from datetime import date

from pydantic import Field

from firmware_adapters.asking import Ask, Dialogue, PollingSettings
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.day_ranges import DayRanges
from firmware_adapters.dy723.records import read_record
from firmware_adapters.dy723.rows import REQUESTS, RowGrammar, request
from firmware_adapters.framing import Found
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import Profile


class Settings(PollingSettings):
    """Settings of a profile, its `[settings]`."""

    first_days: int = Field(default=30, ge=0, le=366, description="days before today asked at first contact")


class _Conversation:
    def __init__(self, profile: Profile, settings: Settings, today: Callable[[], date] | None) -> None:
        self.grammar = RowGrammar(profile.charset)
        self._profile = profile
        self._days = DayRanges(today, settings.first_days)

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        return (read_record(frame, self._profile),) if frame.kind == "row" else ()

    def missed(self) -> None:
        """Ignore the loss: every row stands for itself."""

    def dialogue(self) -> Dialogue:
        days = self._days.next()
        if days is not None:
            yield Ask(request(*days), wants=("end",))
            self._days.answered()


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return PolledDecoder(lambda: _Conversation(profile, settings, today), settings, requests=REQUESTS, passive=passive)
