"""The decoder of the family: it stands where the printer would, and answers nothing.

Lines of the lexer go to the interpreter of `line`: a profile's patterns and blocks make readings of them. A printed
line that no pattern matches is rejected (`record`). A ticket ends with its own end, a cut, a reset or silence.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from firmware_adapters.contract import FrameAccepted, FrameRejected, Output
from firmware_adapters.escpos.lexer import Found, Lexer, Part, Printed
from firmware_adapters.escpos.settings import Settings
from firmware_adapters.line.fields import TextLine
from firmware_adapters.line.interpreter import Interpreter, NotUnderstood
from firmware_adapters.profile import Profile


class EscposDecoder:
    """Decoder of a printer's data. Raises ProfileError."""

    def __init__(
        self,
        profile: Profile,
        *,
        passive: bool = False,  # noqa: ARG002 - nothing is ever sent
        today: Callable[[], date] | None = None,  # noqa: ARG002 - nothing is asked
    ) -> None:
        self._profile = profile
        self._settings = profile.settings_as(Settings)
        self._lexer, self._interpreter = self._new_reader()
        self._deadline: float | None = None

    @property
    def deadline(self) -> float | None:
        return self._deadline

    def start(self, now: float) -> list[Output]:  # noqa: ARG002
        self._lexer, self._interpreter = self._new_reader()
        self._deadline = None
        return []

    def receive(self, data: bytes, now: float) -> list[Output]:
        outputs = list(self._read(self._lexer.feed(data)))
        is_waiting = self._lexer.is_within_command or self._interpreter.is_in_block
        self._deadline = now + self._settings.silence_s if is_waiting else None
        return outputs

    def tick(self, now: float) -> list[Output]:
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        return [*self._read(self._lexer.drop_command("timeout")), *self._interpreter.close()]

    def stop(self, now: float) -> list[Output]:  # noqa: ARG002
        self._deadline = None
        return [*self._read(self._lexer.give_up("truncated")), *self._interpreter.close()]

    def _new_reader(self) -> tuple[Lexer, Interpreter]:
        return Lexer(self._settings, self._profile.charset), Interpreter(self._profile, self._settings)

    def _read(self, found: Iterable[Found]) -> Iterator[Output]:
        for item in found:
            match item:
                case Printed():
                    yield from self._line(item)
                case Part(offset, data):
                    yield FrameAccepted(offset, len(data))
                case _:
                    yield item

    def _line(self, line: Printed) -> Iterator[Output]:
        said = self._interpreter.read(TextLine(line.text, line.raw, line.offset, line.flags))
        if isinstance(said, NotUnderstood):
            yield FrameRejected(said.reason, line.frame_offset, line.frame, said.detail)
        else:
            yield FrameAccepted(line.frame_offset, len(line.frame))
            yield from said
        if line.ends_ticket:
            yield from self._interpreter.close()
