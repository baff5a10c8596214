"""The family's conversation: the session of the TT testers around groups of 501 bytes."""

from collections.abc import Callable, Sequence
from datetime import date

from pydantic import Field

from firmware_adapters.asking import Dialogue, PollingSettings
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.framing import Found
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import ItemMap, Profile
from firmware_adapters.tt_smart.groups import SmartGroups, read_group
from firmware_adapters.ttnj import session
from firmware_adapters.ttnj.grammar import SessionGrammar


class Settings(PollingSettings):
    """Settings of a profile, its `[settings]`. Groups are about 3 s apart, and the tester returns to its home screen
    after 10 s without a command."""

    poll_s: float = Field(default=120.0, gt=0)
    reply_s: float = Field(default=8.0, gt=0, lt=10)
    gap_s: float = Field(default=0.5, gt=0, lt=10)
    asks_next: bool = Field(default=True, description="24 asks for the next group; false for a tester that streams")
    item: ItemMap | None = Field(default=None, description="what is tested for")
    value_float: int = Field(default=2, ge=1, le=3, description="which of a well's floats is the result")


class _Conversation:
    def __init__(self, profile: Profile, settings: Settings) -> None:
        self.grammar = SessionGrammar(SmartGroups())
        self._profile = profile
        self._settings = settings
        self._is_over = False

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        if frame.kind in ("start", "end"):
            self._is_over = frame.kind == "end"
        if frame.kind != "group":
            return ()
        return read_group(frame, self._profile, self._settings.item, self._settings.value_float)

    def missed(self) -> None:
        """Ignore the loss: every group stands for itself."""

    def dialogue(self) -> Dialogue:
        return session.dialogue(lambda: self._is_over, asks_next=self._settings.asks_next, group="group")


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:  # noqa: ARG001
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return PolledDecoder(lambda: _Conversation(profile, settings), settings, requests=session.REQUESTS, passive=passive)
