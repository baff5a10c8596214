"""The family's conversation: the blocks of some days, until the line is quiet."""

from collections.abc import Callable, Sequence
from datetime import date

from pydantic import Field

from firmware_adapters.asking import Ask, Dialogue, PollingSettings
from firmware_adapters.clocks import Coding
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.day_ranges import DayRanges
from firmware_adapters.dy5000.blocks import REQUESTS, BlockGrammar, WellLayout, request
from firmware_adapters.dy5000.records import Plate, read_wells
from firmware_adapters.framing import Found
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import Profile


class Settings(PollingSettings):
    """Settings of a profile, its `[settings]`. A plate takes five seconds on this line."""

    poll_s: float = Field(default=60.0, gt=0)
    reply_s: float = Field(default=8.0, gt=0)
    frame_s: float = Field(default=2.0, gt=0)
    first_days: int = Field(default=30, ge=0, le=366, description="days before today asked at first contact")
    clock: Coding = Coding.AUTO
    well: WellLayout = WellLayout()
    controls: tuple[int, ...] = Field(default=(), description="holes with controls")
    blanks: tuple[int, ...] = Field(default=(), description="holes with blanks")


class _Conversation:
    def __init__(self, profile: Profile, settings: Settings, today: Callable[[], date] | None) -> None:
        self.grammar = BlockGrammar(profile.charset, settings.clock, settings.well)
        self._plate = Plate(profile, settings.well, settings.controls, settings.blanks)
        self._days = DayRanges(today, settings.first_days)

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        block = self.grammar.read(frame.data) if frame.kind == "block" else None
        return read_wells(frame, block, self._plate) if block else ()

    def missed(self) -> None:
        """Ignore the loss: every block stands for itself."""

    def dialogue(self) -> Dialogue:
        days = self._days.next()
        if days is not None:
            answer = yield Ask(request(*days), may_be_silent=True)
            if answer is not None:
                self._days.answered()


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return PolledDecoder(lambda: _Conversation(profile, settings, today), settings, requests=REQUESTS, passive=passive)
