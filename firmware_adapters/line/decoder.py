"""The decoder of the family: lines to readings, and, where the profile has requests, the requests.

A line that a pattern matches is a frame, and so is one that says nothing. A line that is one of the profile's requests
(another host's, or the echo of an own one) is passed over without an output, and in a capture the answer behind it is
its own. Any other line is rejected: `record` when no pattern matches, `checksum`, `sequence` for an answer that nobody
asked for.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from firmware_adapters import asking
from firmware_adapters.contract import FrameAccepted, FrameRejected, Output, Send
from firmware_adapters.forbidden import why_forbidden
from firmware_adapters.line.fields import TextLine
from firmware_adapters.line.framer import GAP, Found, Line, LineFramer
from firmware_adapters.line.grammar import Request, Settings
from firmware_adapters.line.interpreter import Interpreter, NotUnderstood
from firmware_adapters.line.polling import Poller
from firmware_adapters.profile import Profile

BLOCK_SILENCE_S = 30.0


def requests_of(profile: Profile) -> tuple[asking.Request, ...]:
    """Return the request table of a profile. Raises ProfileError where a request is none in the charset, or is
    forbidden."""
    table, sent = [], []
    for number, request in enumerate(profile.settings_as(Settings).requests):
        place = ("settings", "request", number, "send")
        try:
            data = request.send.encode(profile.charset)
        except UnicodeEncodeError as exc:
            raise profile.fault(place, str(exc)) from exc
        if does := why_forbidden(data):
            raise profile.fault(place, f"it {does}: never sent / 禁止发送")
        table.append(asking.exactly(request.item, data))
        sent.append(data)
    for seam in sorted({data[-1:] for data in sent}):
        for head in sorted({data[:1] for data in sent}):
            if does := why_forbidden(seam + head):
                raise profile.fault(
                    ("settings", "request"),
                    f"two of them, one behind the other, hold what {does}: never sent / 禁止发送",
                )
    return tuple(table)


def _check_delimiter(profile: Profile, delimiter: str) -> None:
    try:
        delimiter.encode(profile.charset)
    except UnicodeEncodeError as exc:
        raise profile.fault(("settings", "delimiter"), str(exc)) from exc


class LineDecoder:
    """Decoder of text lines. Raises ProfileError."""

    def __init__(
        self,
        profile: Profile,
        *,
        passive: bool = False,
        today: Callable[[], date] | None = None,  # noqa: ARG002 - nothing is asked by day
    ) -> None:
        self._profile = profile
        self._settings = profile.settings_as(Settings)
        _check_delimiter(profile, self._settings.delimiter)
        requests_of(profile)
        self._requests = {
            request.send.encode(profile.charset, "replace").strip(): request for request in self._settings.requests
        }
        self._is_passive = passive
        self._framer, self._interpreter = self._new_reader()
        self._poller: Poller | None = None
        self._line_deadline: float | None = None
        self._asked: Request | None = None
        self._settled_at: float | None = None
        self._offset = 0

    @property
    def deadline(self) -> float | None:
        poll_at = self._poller.deadline if self._poller else None
        return min((at for at in (self._line_deadline, poll_at) if at is not None), default=None)

    def start(self, now: float) -> list[Output]:
        self._framer, self._interpreter = self._new_reader()
        self._poller = self._line_deadline = self._asked = self._settled_at = None
        self._offset = 0
        if not self._is_passive and self._settings.requests:
            self._poller = Poller(self._settings, now)
        if not self._is_passive and self._settings.settle_s:
            self._settled_at = now + self._settings.settle_s
        return self.tick(now)

    def receive(self, data: bytes, now: float) -> list[Output]:
        if self._settled_at is not None and now > self._settled_at:
            self._settled_at = None
        outputs = list(self._read(self._framer.feed(data), now))
        if self._settings.delimiter == GAP and self._framer.is_holding:
            self._line_deadline = now + self._settings.gap_s
        else:
            self._line_deadline = now + BLOCK_SILENCE_S if self._interpreter.is_in_block else None
        return outputs

    def tick(self, now: float) -> list[Output]:
        outputs: list[Output] = []
        if self._line_deadline is not None and now >= self._line_deadline:
            outputs += self._read(self._framer.end_line(), now)
            self._line_deadline = None
            if self._settings.delimiter != GAP:
                outputs += self._interpreter.close()
            elif self._interpreter.is_in_block:
                self._line_deadline = now + BLOCK_SILENCE_S
        if self._poller is not None and now >= self._poller.deadline:
            request, is_lost = self._poller.tick(now)
            if is_lost:
                outputs.append(FrameRejected("timeout", self._offset, b"", "the device does not answer"))
            if request is not None:
                outputs.append(Send(request.send.encode(self._profile.charset)))
        return outputs

    def stop(self, now: float) -> list[Output]:
        outputs = [*self._read(self._framer.give_up("truncated"), now), *self._interpreter.close()]
        self._poller = self._line_deadline = None
        return outputs

    def _new_reader(self) -> tuple[LineFramer, Interpreter]:
        settings, charset = self._settings, self._profile.charset
        return LineFramer(settings.delimiter, settings.max_length, charset), Interpreter(self._profile, settings)

    def _read(self, found: Iterable[Found], now: float) -> Iterator[Output]:
        for item in found:
            if isinstance(item, Line):
                self._offset = item.offset + len(item.data)
                yield from self._line(item, now)
            else:
                yield item
            if isinstance(item, FrameRejected):
                self._asked = None

    def _line(self, line: Line, now: float) -> Iterator[Output]:
        if self._settled_at is not None:
            self._settled_at = None
            yield FrameRejected("truncated", line.offset, line.data, "the stream may have begun within this line")
            return
        request = self._requests.get(line.raw.strip())
        if request is not None:
            self._asked = request if self._is_passive else None
            return
        asked = self._poller.open if self._poller else self._asked
        said = self._interpreter.read(self._text(line), asked)
        self._asked = None
        if isinstance(said, NotUnderstood):
            yield FrameRejected(said.reason, line.offset, line.data, said.detail)
            return
        if line.raw:
            yield FrameAccepted(line.offset, len(line.data))
        yield from said
        if self._interpreter.is_answer and self._poller:
            self._poller.answered(now)

    def _text(self, line: Line) -> TextLine:
        text = line.raw.decode(self._profile.charset, "replace")
        if "\ufffd" in text and self._settings.other_charset:
            other = line.raw.decode(self._settings.other_charset, "replace")
            if "\ufffd" not in other:
                return TextLine(other, line.raw, line.offset, ("other_charset",))
        flags = ("bad_charset",) if "\ufffd" in text else ()
        return TextLine(text, line.raw, line.offset, flags)
