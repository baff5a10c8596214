"""The family's conversation: version once, then: is there a card, and if it is a new one, its scan."""

from collections.abc import Callable, Sequence
from datetime import date

from pydantic import Field

from firmware_adapters.asking import Ask, Dialogue, PollingSettings
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.dy_gold.frames import (
    ASK_CARD,
    ASK_SCAN,
    ASK_VERSION,
    REQUESTS,
    VARIANTS,
    GoldGrammar,
    Variant,
    request,
)
from firmware_adapters.dy_gold.scans import Version, read_scan, read_version
from firmware_adapters.framing import Found
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import ItemMap, Profile


class Settings(PollingSettings):
    """Settings of a profile, its `[settings]`."""

    poll_s: float = Field(default=2.0, gt=0)
    scan_s: float = Field(default=15.0, gt=0, description="silence after which a scan will not come")
    variant: Variant | None = Field(default=None, description="where the module's version reply does not tell")
    item: ItemMap | None = Field(default=None, description="what the cards of this module test for")


class _Conversation:
    def __init__(self, settings: Settings) -> None:
        self.grammar = GoldGrammar(settings.variant)
        self._settings = settings
        self._version: Version | None = None
        self._is_present = False
        self._is_read = False

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        match frame.kind:
            case "version":
                self._version = read_version(frame)
            case "moved":
                self._is_read = False
            case "card":
                self._is_present = frame.data[4:5] == b"\1"
                self._is_read = self._is_read and self._is_present
            case "scan":
                self._is_read = True
                return (read_scan(frame, self._version, self._settings.item),)
            case _:
                pass
        return ()

    def missed(self) -> None:
        """Ignore the loss: every frame stands for itself."""

    def dialogue(self) -> Dialogue:
        if self._version is None:
            first, *others = VARIANTS if self._settings.variant is None else (self._settings.variant,)
            answer = yield Ask(request(ASK_VERSION, first), wants=("version",), may_be_silent=bool(others))
            if answer is None:
                yield Ask(request(ASK_VERSION, others[0]), wants=("version",))
        variant = self.grammar.variant or VARIANTS[0]
        yield Ask(request(ASK_CARD, variant), wants=("card",))
        if self._is_present and not self._is_read:
            yield Ask(request(ASK_SCAN, variant), wants=("scan",), reply_s=self._settings.scan_s)


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:  # noqa: ARG001
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return PolledDecoder(lambda: _Conversation(settings), settings, requests=REQUESTS, passive=passive, is_memory=False)
