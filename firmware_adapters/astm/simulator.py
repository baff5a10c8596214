"""A virtual analyzer: pushes each specimen as one ASTM message and minds the sender's rules (LIS01-A2 6.2 to 6.5).

It shares nothing with the decoder but the profile: a rule that both misread the same way would otherwise pass.

    ENQ -> ACK: the frames, one at a time, each until ACK (or EOT: taken, but please stop; ignored) -> EOT
        -> NAK: busy, again after 10 s     -> ENQ: contention, the instrument wins, again after 1 s
        -> no answer in 15 s: EOT, again later
    frame -> anything but ACK or EOT, up to six sends in all; then, or without an answer in 15 s: EOT, the whole
        message again later
"""

from collections import deque
from collections.abc import Iterator
from enum import Enum
from random import Random

from firmware_adapters.astm.options import options_of
from firmware_adapters.contract import Specimen
from firmware_adapters.profile import Profile

_ENQ, _ACK, _NAK, _EOT = b"\x05", b"\x06", b"\x15", b"\x04"
_ANSWER_S = 15.0
_BUSY_S = 10.0
_CONTENTION_S = 1.0
_SENDS = 6
_ESCAPES = str.maketrans({"|": "&F&", "^": "&S&", "\\": "&R&", "&": "&E&", "\r": " ", "\n": " "})


class _State(Enum):
    IDLE = "idle"
    CALLING = "calling"
    SENDING = "sending"


class AstmSimulator:
    """Simulator of an ASTM analyzer. `delivered` counts the specimens whose message was acknowledged."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self._profile = profile
        self._random = random
        self._sends = options_of(profile).sends
        self._serial = f"SIM{random.randrange(1_000_000):06d}"
        self._codes = {mapped.code: (code, mapped) for code, mapped in profile.items.items()}
        self._words = {verdict: word for word, verdict in reversed(list(profile.verdicts.items()))}
        self._waiting: deque[list[bytes]] = deque()
        self._state = _State.IDLE
        self._frame = 0
        self._tries = 0
        self._due: float | None = None
        self.delivered = 0

    @property
    def deadline(self) -> float | None:
        if self._state is _State.IDLE and not self._waiting:
            return None
        return 0.0 if self._due is None else self._due

    def measure(self, specimen: Specimen) -> None:
        text = b"".join(self._records(specimen))
        self._waiting.append(list(self._frames(text)))

    def receive(self, data: bytes, now: float) -> bytes:
        """Take bytes from the host. Only the first byte can be the answer to our last transmission; the bytes that came
        with it are older than our reply."""
        for byte in data:
            answer = self._hear(bytes((byte,)), now)
            if answer:
                return answer
        return b""

    def tick(self, now: float) -> bytes:
        due = self.deadline
        if due is None or now < due:
            return b""
        if self._state is _State.IDLE:
            self._state, self._due = _State.CALLING, now + _ANSWER_S
            return _ENQ
        self._rest(now + _BUSY_S)
        return _EOT

    def _hear(self, byte: bytes, now: float) -> bytes:
        match self._state:
            case _State.IDLE:
                return _NAK if byte == _ENQ else b""
            case _State.CALLING:
                return self._hear_while_calling(byte, now)
            case _State.SENDING:
                return self._hear_while_sending(byte, now)

    def _hear_while_calling(self, byte: bytes, now: float) -> bytes:
        if byte == _ACK:
            self._state, self._frame, self._tries = _State.SENDING, 0, 1
            return self._send(now)
        self._rest(now + (_CONTENTION_S if byte == _ENQ else _BUSY_S))
        return b""

    def _hear_while_sending(self, byte: bytes, now: float) -> bytes:
        if byte in (_ACK, _EOT):
            self._frame, self._tries = self._frame + 1, 1
            if self._frame < len(self._waiting[0]):
                return self._send(now)
            self._waiting.popleft()
            self.delivered += 1
            self._rest(None)
            return _EOT
        self._tries += 1
        if self._tries <= _SENDS:
            return self._send(now)
        self._rest(now + _BUSY_S)
        return _EOT

    def _send(self, now: float) -> bytes:
        self._due = now + _ANSWER_S
        return self._waiting[0][self._frame]

    def _rest(self, until: float | None) -> None:
        self._state, self._due = _State.IDLE, until

    def _records(self, specimen: Specimen) -> Iterator[bytes]:
        code, mapped = self._codes.get(specimen.item, (specimen.item, None))
        name, unit, scale = (mapped.name, mapped.unit, mapped.scale) if mapped else ("", "", 1.0)
        word = self._words.get(specimen.verdict, "")
        value = f"{specimen.value / scale:.10g}" + (f"^{self._escaped(word)}" if word else "")
        at = specimen.measured_at.strftime("%Y%m%d%H%M%S")
        test = f"^^^{self._escaped(code)}"
        texts = (
            rf"H|\^&|||Shian^{self._serial}^1.0|||||||P|LIS2-A2|{at}",
            "P|1",
            f"O|1|{self._escaped(specimen.number)}||{test}|R||||||||||{self._escaped(specimen.commodity)}||||||||||F",
            f"R|1|{test}^{self._escaped(name)}|{value}|{self._escaped(unit)}||||F||||{at}|{self._serial}",
            "L|1|N",
        )
        return (text.encode(self._profile.charset, "replace") + b"\r" for text in texts)

    def _frames(self, text: bytes) -> Iterator[bytes]:
        pieces = list(self._pieces(text))
        for place, piece in enumerate(pieces):
            is_cut = not piece.endswith(b"\r") or (self._sends == "cut" and place + 1 < len(pieces))
            body = b"%d" % ((place + 1) % 8) + piece + (b"\x17" if is_cut else b"\x03")
            yield b"\x02" + body + b"%02X\r\n" % (sum(body) % 256)

    def _pieces(self, text: bytes) -> Iterator[bytes]:
        match self._sends:
            case "message":
                yield text
            case "cut":
                while text:
                    size = self._random.randint(1, 60)
                    yield text[:size]
                    text = text[size:]
            case "records":
                for record in text.splitlines(keepends=True):
                    yield from (record[at : at + 240] for at in range(0, len(record), 240))

    def _escaped(self, text: str) -> str:
        return text.translate(_ESCAPES)
