"""A virtual instrument that pushes results over MLLP or bare, and repeats what is not acknowledged. Shares no code with
the decoder."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from firmware_adapters.contract import Specimen
from firmware_adapters.profile import Profile

RESEND_S = 5.0
_MOST_RESENDS = 50


@dataclass(frozen=True, slots=True)
class Quirks:
    """Habits of real instruments. `message` is ORU^R01 or OUL^R22; `segment_end` is CR, LF or CR LF."""

    message: str = "OUL^R22"
    segment_end: str = "\r"
    is_bare: bool = False
    charset_name: str = "UNICODE UTF-8"
    charset: str = "utf-8"


class Instrument:
    """One message a specimen, one message open at a time. `delivered` counts those that were acknowledged."""

    def __init__(self, profile: Profile, random: Random, quirks: Quirks) -> None:
        self._items: Mapping[str, Any] = {mapped.code: (code, mapped) for code, mapped in profile.items.items()}
        self._words = {verdict: word for word, verdict in profile.verdicts.items()}
        self._random = random
        self._quirks = quirks
        self._waiting: deque[Specimen] = deque()
        self._number = 0
        self._open: bytes | None = None
        self._resend_at: float | None = None
        self._sent = 0
        self._input = b""
        self.delivered = 0

    @property
    def deadline(self) -> float | None:
        if self._open is not None:
            return self._resend_at
        return 0.0 if self._waiting else None

    def measure(self, specimen: Specimen) -> None:
        self._waiting.append(specimen)

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002
        """Take acknowledgements: those of the open message end it, others are ignored."""
        self._input = (self._input + data)[-4096:]
        while b"\x1c" in self._input:
            message, _, self._input = self._input.partition(b"\x1c")
            for segment in message.split(b"\r"):
                fields = segment.lstrip(b"\x0b\r\n").split(b"|")
                if fields[0] == b"MSA" and fields[1:3] == [b"AA", str(self._number).encode()] and self._open:
                    self._open = self._resend_at = None
                    self.delivered += 1
        return b""

    def tick(self, now: float) -> bytes:
        if self._open is None and self._waiting:
            self._number += 1
            self._sent = 0
            self._open = self._message(self._waiting.popleft())
        elif self._open is None or self._resend_at is None or now < self._resend_at:
            return b""
        self._sent += 1
        self._resend_at = now + RESEND_S
        message = self._open or b""
        if self._quirks.is_bare or self._sent > _MOST_RESENDS:
            self._open = self._resend_at = None
        return message

    def _message(self, specimen: Specimen) -> bytes:
        time = f"{specimen.measured_at:%Y%m%d%H%M%S}"
        code, mapped = self._items.get(specimen.item, (specimen.item, None))
        name, unit = (mapped.name, mapped.unit) if mapped else ("", "")
        word = self._words.get(specimen.verdict, "")
        sample = f"SPM|1|{_escaped(specimen.number)}||FOOD^{_escaped(specimen.commodity)}|||||||S"
        order = f"OBR|1|{_escaped(specimen.number)}|{_escaped(specimen.number)}|{code}|||{time}"
        result = f"OBX|1|NM|{code}^{name}||{specimen.value!r}|{unit}||{word}|||F|||{time}"
        kind, charset = self._quirks.message, self._quirks.charset_name
        head = f"MSH|^~\\&|READER|FOOD|||{time}||{kind}|{self._number}|P|2.5||||||{charset}"
        is_oul = self._quirks.message.startswith("OUL")
        segments = [head, sample, order, result] if is_oul else [head, "PID|1", order, result, sample]
        content = "".join(segment + self._quirks.segment_end for segment in segments).encode(self._quirks.charset)
        return content + b"\r" if self._quirks.is_bare else b"\x0b" + content + b"\x1c\r"


def simulator(profile: Profile, random: Random, quirks: Quirks = Quirks()) -> Instrument:
    return Instrument(profile, random, quirks)


def _escaped(text: str) -> str:
    for mark, code in (("\\", "E"), ("|", "F"), ("^", "S"), ("&", "T"), ("~", "R")):
        text = text.replace(mark, f"\\{code}\\")
    return text
