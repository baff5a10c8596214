"""The family's conversation: marks steer it, groups make readings."""

from collections.abc import Callable, Sequence
from datetime import date

from firmware_adapters.asking import Dialogue
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.framing import Found
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import Profile
from firmware_adapters.ttnj import session
from firmware_adapters.ttnj.grammar import SessionGrammar
from firmware_adapters.ttnj.groups import TtnjGroups
from firmware_adapters.ttnj.readings import TtnjReader
from firmware_adapters.ttnj.settings import Settings


class _Conversation:
    def __init__(self, profile: Profile, settings: Settings) -> None:
        self._groups = TtnjGroups(settings)
        self.grammar = SessionGrammar(TtnjGroups(settings))
        self._settings = settings
        self._reader = TtnjReader(profile, settings)
        self._is_over = False

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        match frame.kind:
            case "group":
                return self._reader.read(frame, self._groups.read(frame.data)[0])
            case "model":
                self._groups.heard_model(frame.data[1])
                self._reader.heard_model(frame.data[1])
            case "start":
                self._is_over = False
                self._reader.begin()
            case "end":
                self._is_over = True
            case _:
                pass
        return ()

    def missed(self) -> None:
        self._reader.missed()

    def dialogue(self) -> Dialogue:
        return session.dialogue(lambda: self._is_over, asks_next=self._settings.asks_next, group="group")


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:  # noqa: ARG001
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return PolledDecoder(lambda: _Conversation(profile, settings), settings, requests=session.REQUESTS, passive=passive)
