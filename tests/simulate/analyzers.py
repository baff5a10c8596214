"""Virtual analyzers that write what the worst of the real ones write, and the truth about them. They share no code with
the decoders.

    astm        no times, no serial; the result's number is its place in the message; samples 1, 2, 3 again each day
    astm-timed  every result with the time of its test; hands out its memory again when it is asked to
    hl7         no times; message ids 1, 2, 3 again after every start
    hl7-sent    as hl7, and MSH-7 says when the message was sent
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

_ENQ, _ACK, _EOT = b"\x05", b"\x06", b"\x04"
ITEM, UNIT, LIMIT = "pesticide_inhibition", "%", 50.0
Kind = Literal["astm", "astm-timed", "hl7", "hl7-sent"]
KINDS: tuple[Kind, ...] = ("astm", "astm-timed", "hl7", "hl7-sent")
# What one gets from another by looking: (device, sample, value, the test's own time).
Likeness = tuple[str, str, float, str]
Talk = Callable[[bytes], bytes]


@dataclass(slots=True)
class Test:
    """A test that was made. `is_acknowledged`: the analyzer was told that it is recorded. `sendings`: how often it was
    sent as if for the first time."""

    __test__ = False

    likeness: Likeness
    is_acknowledged: bool = False
    sendings: int = 0


@dataclass(frozen=True, slots=True)
class Transfer:
    """The bytes that go over the line in one piece, in frames that are answered one by one."""

    frames: tuple[bytes, ...]
    tests: tuple[Test, ...]


@dataclass(slots=True)
class Analyzer:
    kind: Kind
    made: list[Test] = field(default_factory=list)
    _sent: int = 0

    @property
    def family(self) -> str:
        return self.kind.partition("-")[0]

    @property
    def has_times(self) -> bool:
        return self.kind == "astm-timed"

    def measure(self, samples: list[tuple[str, float]], now: datetime) -> Transfer:
        """Make a test of each (sample, value), a second apart."""
        tests = []
        for place, (sample, value) in enumerate(samples):
            at = f"{now + timedelta(seconds=place):%Y%m%d%H%M%S}" if self.has_times else ""
            tests.append(Test((self.kind, sample, value, at)))
        self.made += tests
        return self._transfer(tests, now)

    def memory(self, now: datetime, most: int = 5) -> Transfer:
        """Return the content of the analyzer's memory, once more."""
        return self._transfer(self.made[-most:], now)

    def start_anew(self) -> None:
        """Begin anew, as after it was switched off and on."""
        self._sent = 0

    def send(self, transfer: Transfer, talk: Talk, *, is_answer_lost: bool = False) -> bool:
        """Send a transfer; return whether the analyzer knows that all was taken.

        With `is_answer_lost` the last answer does not reach it, and it sends its last frame again, as the protocols
        have it."""
        for test in transfer.tests:
            test.sendings += 1
        for frame in transfer.frames:
            answer = talk(frame)
            if is_answer_lost and frame is transfer.frames[-1]:
                answer = talk(frame)
            if not self._is_taken(answer):
                return False
        if self.family == "astm":
            talk(_EOT)
        for test in transfer.tests:
            test.is_acknowledged = True
        return True

    def _is_taken(self, answer: bytes) -> bool:
        return answer == _ACK if self.family == "astm" else b"\rMSA|AA|" in answer

    def _transfer(self, tests: list[Test], now: datetime) -> Transfer:
        self._sent += 1
        text = b"".join(line.encode() + b"\r" for line in self._lines(tests, now))
        if self.family == "hl7":
            return Transfer((b"\x0b" + text + b"\x1c\r",), tuple(tests))
        return Transfer((_ENQ, _frame(text)), tuple(tests))

    def _lines(self, tests: list[Test], now: datetime) -> Iterator[str]:
        return self._astm(tests) if self.family == "astm" else self._hl7(tests, now)

    def _astm(self, tests: list[Test]) -> Iterator[str]:
        yield r"H|\^&|||reader"
        yield "P|1"
        for place, test in enumerate(tests, 1):
            _, sample, value, at = test.likeness
            yield f"O|{place}|{sample}||^^^{ITEM}"
            yield f"R|1|^^^{ITEM}|{value}|{UNIT}||||F||||{at}"
        yield "L|1|N"

    def _hl7(self, tests: list[Test], now: datetime) -> Iterator[str]:
        sent_at = f"{now:%Y%m%d%H%M%S}" if self.kind == "hl7-sent" else ""
        yield rf"MSH|^~\&|reader||||{sent_at}||ORU^R01|{self._sent}|P|2.5"
        for place, test in enumerate(tests, 1):
            _, sample, value, _ = test.likeness
            yield f"OBR|{place}||{sample}|{ITEM}"
            yield f"OBX|1|NM|{ITEM}||{value}|{UNIT}|||||F"


def _frame(text: bytes) -> bytes:
    body = b"1" + text + b"\x03"
    return b"\x02" + body + b"%02X\r\n" % (sum(body) % 256)
