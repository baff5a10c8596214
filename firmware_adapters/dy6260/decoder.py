"""The family's conversation: READ, a document."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from pydantic import Field

from firmware_adapters.asking import Ask, Dialogue, PollingSettings
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.dy6260.documents import READ, REQUESTS, DocumentGrammar
from firmware_adapters.dy6260.records import read_document
from firmware_adapters.framing import Found
from firmware_adapters.labelled import Meaning
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import Profile


class Settings(PollingSettings):
    """Settings of a profile, its `[settings]`."""

    poll_s: float = Field(default=10.0, gt=0)
    labels: Mapping[str, Meaning] = Field(default={}, description="keys beside the common ones")


class _Conversation:
    def __init__(self, profile: Profile, settings: Settings) -> None:
        self.grammar = DocumentGrammar()
        self._profile = profile
        self._settings = settings

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        return read_document(frame, self._profile, self._settings.labels) if frame.kind == "document" else ()

    def missed(self) -> None:
        """Ignore the loss: every document stands for itself."""

    def dialogue(self) -> Dialogue:
        yield Ask(READ, wants=("document",))


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:  # noqa: ARG001
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    if profile.charset.replace("_", "-").casefold() not in ("utf-8", "utf8"):
        raise profile.fault(("charset",), f"JSON is UTF-8, not {profile.charset!r}")
    return PolledDecoder(lambda: _Conversation(profile, settings), settings, requests=REQUESTS, passive=passive)
