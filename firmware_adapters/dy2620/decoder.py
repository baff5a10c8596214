"""The family's conversation: pages, from the first until one has no records."""

from collections.abc import Callable, Sequence
from datetime import date

from pydantic import Field

from firmware_adapters.asking import Ask, Dialogue, PollingSettings
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.dy2620.frames import LAST_PAGE, REQUESTS, OilGrammar, page_request
from firmware_adapters.dy2620.records import read_page
from firmware_adapters.framing import Found
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import Profile


class Settings(PollingSettings):
    """Settings of a profile, its `[settings]`."""

    poll_s: float = Field(default=60.0, gt=0)
    pages: int = Field(default=256, ge=1, le=LAST_PAGE + 1, description="never ask for more than these")


class _Conversation:
    def __init__(self, profile: Profile, settings: Settings) -> None:
        self.grammar = OilGrammar()
        self._profile = profile
        self._settings = settings

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        return read_page(frame, self._profile) if frame.kind == "page" else ()

    def missed(self) -> None:
        """Ignore the loss: every page stands for itself."""

    def dialogue(self) -> Dialogue:
        before = b""
        for page in range(self._settings.pages):
            answer = yield Ask(page_request(page), wants=("page", "exception"))
            if answer is None or answer.kind == "exception" or answer.data == before:
                return
            if not self.read(answer):
                return
            before = answer.data


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:  # noqa: ARG001
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return PolledDecoder(
        lambda: _Conversation(profile, settings), settings, requests=REQUESTS, passive=passive, is_inexact=True
    )
