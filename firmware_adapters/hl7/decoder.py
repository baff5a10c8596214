"""The receiver's side: messages in, readings and one answer each out.

Order within one call: FrameAccepted, the readings, then the Send that acknowledges the message.

    a message                              readings        answer    reported
    ORU, OUL, or no type but observations  yes             accepted  -
    the same again                         yes, of the     accepted  -
                                           same `transfer`
    a control of Mindray's: an OBR alone   one an order    accepted  -
    one of these without any observation   none            error     rejected: record (of no bytes)
    an acknowledgement                     none            none      -
    any other type                         none            rejected  rejected: message_type (of no bytes)
    framed, its end is missing; live       none: it will   none      rejected: truncated, timeout
                                           be sent again
    framed, its end is missing; capture    of whole        -         the rest is rejected
    longer than `max_message`              none            error     rejected: too_long (its first bytes)
    bare, cut within a segment             segments        -         the rest is rejected

An id alone proves no resend: instruments begin again with 1 every morning, or always say 1. The name of a transfer is
made of all bytes of a message that has an id and a time to the second; any other message is another one each time.

Of a bare message nobody knows the end: its last observation counts without its line end if it goes as far as its status
(OBX-11). Messages that share one frame are answered one by one.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date

from firmware_adapters.astm.results import parse_time
from firmware_adapters.astm.values import has_seconds
from firmware_adapters.clocks import is_reset
from firmware_adapters.contract import FrameAccepted, FrameRejected, Noise, Output, Send
from firmware_adapters.copies import Copies
from firmware_adapters.hl7.acknowledgements import Outcome, acknowledgement
from firmware_adapters.hl7.framer import Found, Framer, Message, Overlong
from firmware_adapters.hl7.results import ResultReader, is_control_order
from firmware_adapters.hl7.segments import Piece, Segment, SegmentReader, looks_like_segment, split
from firmware_adapters.hl7.settings import Settings
from firmware_adapters.profile import Profile

_STATUS_FIELD = 11
_LONGEST_HEADER = 1024
_RESULT_TYPES = ("ORU", "OUL")


class Hl7Decoder:
    """Decoder of HL7 messages over MLLP or bare. Raises ProfileError."""

    def __init__(
        self,
        profile: Profile,
        *,
        passive: bool = False,
        today: Callable[[], date] | None = None,  # noqa: ARG002 - nothing is asked
    ) -> None:
        self._profile = profile
        self._settings = profile.settings_as(Settings)
        self._reader = ResultReader(profile, self._settings)
        self._is_passive = passive
        self._framer = Framer(self._settings.max_message)
        self._deadline: float | None = None

    @property
    def deadline(self) -> float | None:
        return self._deadline

    def start(self, now: float) -> list[Output]:  # noqa: ARG002
        """Send nothing: the instrument begins."""
        self._framer = Framer(self._settings.max_message)
        self._deadline = None
        return []

    def receive(self, data: bytes, now: float) -> list[Output]:
        outputs = list(self._read(self._framer.feed(data), "truncated"))
        if self._framer.is_in_framed:
            self._deadline = now + self._settings.frame_silence_s
        else:
            self._deadline = now + self._settings.bare_silence_s if self._framer.is_in_bare else None
        return outputs

    def tick(self, now: float) -> list[Output]:
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        return list(self._read(self._framer.give_up(), "timeout"))

    def stop(self, now: float) -> list[Output]:  # noqa: ARG002
        self._deadline = None
        return list(self._read(self._framer.give_up(), "truncated"))

    def _read(self, found: Iterable[Found], reason: str) -> Iterator[Output]:
        for item in found:
            if isinstance(item, Noise):
                yield item
            elif isinstance(item, Overlong):
                yield from self._overlong(item)
            elif item.is_framed and not item.is_ended and not self._is_passive:
                yield FrameRejected(reason, item.offset, item.frame)
            else:
                yield from self._message(item, reason)

    def _overlong(self, message: Overlong) -> Iterator[Output]:
        """Refuse a message beyond the bound, once: one that is not answered would be sent for ever."""
        detail = f"{message.size} bytes; at most {self._settings.max_message} are taken"
        yield FrameRejected("too_long", message.offset, message.first, detail)
        if message.is_ended:
            header = re.split(rb"[\r\n]", message.head[:_LONGEST_HEADER], maxsplit=1)[0]
            yield from self._answer(header, Outcome.ERROR, "message too long", is_framed=message.is_framed)

    def _message(self, message: Message, reason: str) -> Iterator[Output]:
        pieces = split(message.content, message.content_offset)
        rest = self._rest(message, pieces)
        if rest is not None:
            pieces.remove(rest)
        if not pieces:
            yield FrameRejected(reason, message.offset, message.frame)
            return
        length = (rest.offset if rest else message.offset + len(message.frame)) - message.offset
        yield FrameAccepted(message.offset, length)
        is_cut = (rest is not None and looks_like_segment(rest.raw, message.content[3:4])) or (
            message.is_framed and not message.is_ended
        )
        end = message.offset + length
        for part in _by_header(pieces):
            yield from self._act(message, part, end, "message_incomplete" if is_cut else "")
        if rest is not None:
            data = message.frame[length:]
            yield FrameRejected(reason, rest.offset, data) if is_cut else Noise(rest.offset, data)

    def _rest(self, message: Message, pieces: list[Piece]) -> Piece | None:
        """Return the last piece, where it cannot be taken for a whole segment."""
        last = pieces[-1]
        if last.is_ended or (message.is_framed and message.is_ended) or message.frame.endswith(b"\x1c"):
            return None
        mark = message.content[3:4]
        fields = last.raw.split(mark)
        has_status = len(fields) > _STATUS_FIELD and re.fullmatch(rb"[A-Z]", fields[_STATUS_FIELD].strip())
        return None if has_status and fields[0] == b"OBX" and not message.is_framed else last

    def _act(self, message: Message, pieces: list[Piece], end: int, flag: str) -> Iterator[Output]:
        segments = list(SegmentReader(pieces[0].raw, self._profile.charset).read(pieces))
        header = segments[0]
        kind = header.component(9)
        names = {segment.name for segment in segments}
        if kind == "ACK" or "MSA" in names:
            return
        if kind not in _RESULT_TYPES and (kind or "OBX" not in names):
            what = header.text(9) or "a message without a type"
            yield FrameRejected("message_type", end, b"", f"{what} carries no results")
            yield from self._answer(
                header.raw, Outcome.REJECTED, "unsupported message type", is_framed=message.is_framed
            )
            return
        if "OBX" not in names and not any(
            is_control_order(header, segment) for segment in segments if segment.name == "OBR"
        ):
            yield FrameRejected("record", end, b"", f"{header.text(9)} without an observation")
            yield from self._answer(header.raw, Outcome.ERROR, "no observation", is_framed=message.is_framed)
            return
        transfer, copies = _transfer(header, pieces), Copies()
        for place, reading in enumerate(self._reader.read(segments, *([flag] if flag else []))):
            yield replace(copies.numbered(reading), transfer=f"{transfer}.{place}" if transfer else "")
        yield from self._answer(header.raw, Outcome.ACCEPTED, "", is_framed=message.is_framed)

    def _answer(self, header: bytes, outcome: Outcome, text: str, *, is_framed: bool) -> Iterator[Send]:
        wants = self._settings.answer
        if self._is_passive or wants == "never" or (wants == "framed" and not is_framed):
            return
        said = acknowledgement(header, outcome, text)
        if said is not None:
            yield Send(b"\x0b" + said + b"\x1c\r" if is_framed else said + b"\r")


def _transfer(header: Segment, pieces: list[Piece]) -> str:
    """Return the name of a message; an empty one where another test may be written in the same bytes."""
    sent_at = parse_time(header.component(7)) if has_seconds(header.component(7)) else None
    if not header.get(10) or sent_at is None or is_reset(sent_at):
        return ""
    return hashlib.sha256(b"\r".join(piece.raw for piece in pieces)).hexdigest()[:32]


def _by_header(pieces: list[Piece]) -> list[list[Piece]]:
    """Split the pieces of one frame into messages: each begins with MSH and its separator, the first does in any
    case."""
    parts = [pieces[:1]]
    for piece in pieces[1:]:
        if piece.raw.startswith(pieces[0].raw[:4]):
            parts.append([piece])
        else:
            parts[-1].append(piece)
    return parts
