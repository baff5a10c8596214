"""The family's conversation: hello, read."""

from collections.abc import Callable, Sequence
from datetime import date

from pydantic import Field

from firmware_adapters.asking import Ask, Dialogue, PollingSettings
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.dy6200.frames import HELLO, READ, REQUESTS, Model, RecordGrammar
from firmware_adapters.dy6200.records import read_record
from firmware_adapters.framing import Found
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import Profile


class Settings(PollingSettings):
    """Settings of a profile, its `[settings]`."""

    model: Model
    signed: bool = Field(default=False, description="DY-6200: the value may be below zero")


class _Conversation:
    def __init__(self, profile: Profile, settings: Settings) -> None:
        self.grammar = RecordGrammar(settings.model)
        self._profile = profile
        self._settings = settings

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        if frame.kind != "record":
            return ()
        return (read_record(frame, self._profile, self._settings.model, is_signed=self._settings.signed),)

    def missed(self) -> None:
        """Ignore the loss: every record stands for itself."""

    def dialogue(self) -> Dialogue:
        yield Ask(HELLO, wants=("end",))
        yield Ask(READ, wants=("end",))


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:  # noqa: ARG001
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return PolledDecoder(lambda: _Conversation(profile, settings), settings, requests=REQUESTS, passive=passive)
