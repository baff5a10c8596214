"""The family's conversation: it listens."""

from collections.abc import Callable, Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from firmware_adapters.asking import Dialogue, PollingSettings
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.dy5800.frames import PushGrammar
from firmware_adapters.dy5800.records import read_record
from firmware_adapters.framing import Found
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import Profile


class Settings(BaseModel):
    """Settings of a profile, its `[settings]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    frame_s: float = Field(default=1.0, gt=0, description="silence after which the rest of a record will not come")


class _Conversation:
    def __init__(self, profile: Profile) -> None:
        self.grammar = PushGrammar(profile.charset)
        self._profile = profile

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        return (read_record(frame, self._profile),)

    def missed(self) -> None:
        """Ignore the loss: every record stands for itself."""

    def dialogue(self) -> Dialogue | None:
        return None


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:  # noqa: ARG001
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return PolledDecoder(lambda: _Conversation(profile), PollingSettings(frame_s=settings.frame_s), passive=passive)
