"""The family's conversation: the first records, then the next ones until a report has none."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Literal

from pydantic import Field

from firmware_adapters.asking import Ask, Dialogue, PollingSettings
from firmware_adapters.contract import Decoder, FrameRejected, Reading
from firmware_adapters.dy6100.records import read_report
from firmware_adapters.dy6100.reports import FIRST, NEXT, REQUESTS, SUM_FROM, ReportGrammar, request
from firmware_adapters.framing import Found
from firmware_adapters.polled import PolledDecoder
from firmware_adapters.profile import Profile


class Settings(PollingSettings):
    """Settings of a profile, its `[settings]`."""

    reports: int = Field(default=2000, ge=1, description="never ask for more than these in a round")
    sum_from: Literal[0, 1, 2] | None = Field(default=None, description="where sums begin; else found out")


class _Conversation:
    def __init__(self, profile: Profile, settings: Settings) -> None:
        self.grammar = ReportGrammar(settings.sum_from)
        self._profile = profile
        self._settings = settings

    def read(self, frame: Found) -> Sequence[Reading | FrameRejected]:
        return read_report(frame, self._profile) if frame.kind == "report" else ()

    def missed(self) -> None:
        """Ignore the loss: every report stands for itself."""

    def dialogue(self) -> Dialogue:
        before, command = b"", FIRST
        sum_from = SUM_FROM[0] if self._settings.sum_from is None else self._settings.sum_from
        for _ in range(self._settings.reports):
            answer = yield Ask(request(command, sum_from), wants=("report", "short"))
            if answer is None or answer.kind == "short" or not self.read(answer):
                return
            records = answer.data[4:-2]
            if records == before:
                return
            before, command = records, NEXT


def decoder(profile: Profile, *, passive: bool = False, today: Callable[[], date] | None = None) -> Decoder:  # noqa: ARG001
    """Return the decoder of a profile. Raises ProfileError."""
    settings = profile.settings_as(Settings)
    return PolledDecoder(lambda: _Conversation(profile, settings), settings, requests=REQUESTS, passive=passive)
