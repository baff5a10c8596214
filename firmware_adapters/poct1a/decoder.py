"""The host's side of the conversation (POCT01-A2, 4.2 and appendix B). The device connects and speaks first.

    received                        readings   answer
    HEL.R01                         -          ACK; earlier agreements are forgotten; its time is the clock's
    DST.R01, something is new       -          ACK, REQ ROBS
    DST.R01, nothing is new         -          ACK, then as after EOT
    OBS.*                           yes        ACK
    the same OBS again              yes, of the same `transfer`: control id and time of creation prove it    ACK
    EOT.R01                         -          ACK, DTV START_CONTINUOUS once (or END, by the profile)
    EVS.*, KPA.R01, END.R01         -          ACK
    ACK with an error for the DTV   -          END
    ACK, ESC                        -          none
    REQ, DTV, OPL, PTL: the host's  -          none in a capture; live: ACK AE, not understood

Order within one call: FrameAccepted, the readings of the message, then the Send that acknowledges it. The root decides
the kind of a message, for HDR.message_type may say something else. A rejected message is not answered: the device says
it again after its time-out.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Annotated
from xml.etree.ElementTree import Element

from pydantic import BaseModel, ConfigDict, Field

from firmware_adapters.clocks import is_reset
from firmware_adapters.contract import ClockRead, FrameAccepted, Output, Send
from firmware_adapters.copies import Copies
from firmware_adapters.framing import Found, Scanner, Seen
from firmware_adapters.poct1a.answers import acknowledgement, end, request_observations, start_continuous
from firmware_adapters.poct1a.messages import MessageGrammar, declared_charset, parse
from firmware_adapters.poct1a.observations import has_seconds, parse_moment, read_observations
from firmware_adapters.profile import Profile

_NEVER_ANSWERED = ("ACK", "ESC")
_TAKEN = ("HEL", "DST", "OBS", "EOT", "EVS", "KPA", "END")


class Settings(BaseModel):
    """Settings of a profile, its `[settings]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_continuous: Annotated[bool, Field(description="ask for results as they come; else end the conversation")] = True
    message_silence_s: Annotated[
        float, Field(gt=0, description="silence after which the rest of a message will not come")
    ] = 30.0


class Poct1aDecoder:
    """Decoder of a POCT1-A device. Raises ProfileError."""

    def __init__(
        self,
        profile: Profile,
        *,
        passive: bool = False,
        today: Callable[[], date] | None = None,  # noqa: ARG002 - nothing is asked by day
    ) -> None:
        self._profile = profile
        self._settings = profile.settings_as(Settings)
        self._is_passive = passive
        self._deadline: float | None = None
        self._begin()

    @property
    def deadline(self) -> float | None:
        return self._deadline

    def start(self, now: float) -> list[Output]:  # noqa: ARG002
        """Send nothing: the device begins."""
        self._begin()
        return []

    def receive(self, data: bytes, now: float) -> list[Output]:
        outputs = list(self._read(self._scanner.feed(data)))
        self._deadline = now + self._settings.message_silence_s if self._scanner.is_holding else None
        return outputs

    def tick(self, now: float) -> list[Output]:
        if self._deadline is None or now < self._deadline:
            return []
        self._deadline = None
        return list(self._read(self._scanner.give_up("timeout")))

    def stop(self, now: float) -> list[Output]:  # noqa: ARG002
        self._deadline = None
        return list(self._read(self._scanner.give_up("truncated")))

    def _begin(self) -> None:
        self._scanner = Scanner(MessageGrammar(self._profile.charset))
        self._deadline = None
        self._declared = ""
        self._serial = ""
        self._control = 0
        self._is_continuous = False
        self._directive = ""

    def _read(self, seen: Iterable[Seen]) -> Iterator[Output]:
        for item in seen:
            if not isinstance(item, Found):
                yield item
            elif item.kind == "declaration":
                self._declared = declared_charset(item.data)
            elif not item.is_mark:
                yield FrameAccepted(item.offset, len(item.data))
                yield from self._act(item, parse(item.data, self._declared or self._profile.charset))
                self._declared = ""

    def _act(self, frame: Found, root: Element) -> Iterator[Output]:
        topic = root.tag[:3]
        if topic == "HEL":
            self._serial = _v(root, "DEV.serial_id") or _v(root, "DEV.device_id")
            self._is_continuous = False
            if created := parse_moment(_v(root, "HDR.creation_dttm")):
                yield ClockRead(created)
        if topic == "OBS":
            transfer, copies = _transfer(root, frame), Copies()
            for place, reading in enumerate(read_observations(root, frame, self._profile, self._serial)):
                name = f"{transfer}.{place}" if transfer else ""
                yield replace(copies.numbered(reading), transfer=name)
        if not self._is_passive:
            yield from (Send(data) for data in self._answers(topic, root))

    def _answers(self, topic: str, root: Element) -> Iterator[bytes]:
        created = _v(root, "HDR.creation_dttm")
        if topic == "ACK" and self._directive and _v(root, "ACK.ack_control_id") == self._directive:
            self._directive = ""
            if _v(root, "ACK.type_cd") not in ("", "AA"):
                yield end(self._next(), created)
        if topic in _NEVER_ANSWERED:
            return
        yield acknowledgement(self._next(), created, _v(root, "HDR.control_id"), is_taken=topic in _TAKEN)
        if topic == "DST" and _v(root, "DST.new_observations_qty").strip("0"):
            yield request_observations(self._next(), created)
        elif topic in ("DST", "EOT") and not self._is_continuous:
            self._is_continuous = True
            if self._settings.is_continuous:
                yield start_continuous(self._next(), created)
                self._directive = str(self._control)
            else:
                yield end(self._next(), created)

    def _next(self) -> int:
        self._control += 1
        return self._control


def _transfer(root: Element, frame: Found) -> str:
    """Return a name for the message, which a repetition of it has as well. Without a control id or a time of creation
    to the second, two tests may be written in the same bytes."""
    created = _v(root, "HDR.creation_dttm")
    sent_at = parse_moment(created) if has_seconds(created) else None
    is_named = bool(_v(root, "HDR.control_id")) and sent_at is not None and not is_reset(sent_at)
    return hashlib.sha256(frame.data).hexdigest()[:32] if is_named else ""


def _v(root: Element, tag: str) -> str:
    """Return the value of the first element of that name."""
    found = root.find(f".//{tag}")
    return (found.get("V") or found.text or "").strip() if found is not None else ""
