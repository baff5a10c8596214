"""The line settings that fit the bytes that were heard: pure scoring, from received bytes alone.

Strategy. At a wrong baud rate bits are read in the middle of nowhere: bytes look like 00, 80, F8, FF and the like, and
the stop bit is often low, which the driver counts as a framing error. At the right rate but with the wrong parity or
data bits, a seven-bit text has a bit 7 that is a parity bit. So for each setting:

- frames that a family's passive decoder accepted are the strongest hint: their checks do not pass by chance;
- errors that the driver counted (framing, parity) speak against it;
- text of a likely charset speaks for it: printable, with line ends, and words of GBK where bytes come in pairs.

Doubt. Binary without a known frame looks like any noise: such a result is low, and `is_sure` says no. Nothing is ever
sent to find out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from firmware_adapters.profile import LineSettings

ENOUGH = 16
_SURE, _LEAD = 0.6, 0.15
_COMMON = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz .,:;+-%/=|^*<>()\r\n")
_CONTROL = frozenset(b"\t\x02\x03\x04\x05\x06\x15\x17\x0b\x1c\x1b")
_RARE = 0.4  # signs that devices seldom write, and that a rate far too slow makes of any text
_ERRORS_WEIGH = 3.0


@dataclass(frozen=True, slots=True)
class Heard:
    """Bytes that came in with one setting of the line. `errors`: framing and parity errors that the driver counted;
    None: it counts none. `framed`: how many of the bytes lie in frames that a known family accepted by their checks,
    and `family` its name."""

    line: LineSettings
    data: bytes
    errors: int | None = None
    framed: int = 0
    family: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """Score of one setting, from 0 (noise, or nothing heard) to 1; `text` is the share of the bytes that make likely
    text."""

    heard: Heard
    score: float
    text: float


def ranked(all_heard: Sequence[Heard]) -> list[Score]:
    """Rank the scores, the best first; equal ones stay in the order in which they were tried."""
    return sorted(map(score_of, all_heard), key=lambda finding: -finding.score)


def is_sure(scores: Sequence[Score]) -> bool:
    """Return True when the first of `ranked` is good by itself and clearly ahead of the next."""
    if not scores or scores[0].score < _SURE:
        return False
    return len(scores) == 1 or scores[0].score - scores[1].score >= _LEAD


def score_of(heard: Heard) -> Score:
    size = len(heard.data)
    text = likely_text(heard.data)
    if not size:
        return Score(heard, 0.0, 0.0)
    evidence = min(1.0, size / ENOUGH)
    best = max(0.8 * text**2, min(1.0, heard.framed / size * 2))
    trust = max(0.0, 1.0 - _ERRORS_WEIGH * (heard.errors or 0) / size)
    return Score(heard, round(best * evidence * trust, 3), round(text, 3))


def likely_text(data: bytes) -> float:
    """Return the share of `data` that reads as text: printable ASCII, usual control codes, hanzi of GB2312."""
    if not data:
        return 0.0
    good, place = 0.0, 0
    while place < len(data):
        byte = data[place]
        if _is_hanzi(data[place : place + 2]):
            good += 2
            place += 2
            continue
        if byte in _COMMON:
            good += 1
        elif 0x20 <= byte < 0x7F or byte in _CONTROL:
            good += _RARE
        place += 1
    # One byte over and over is what a line says that is read far too slowly.
    return good / len(data) * min(1.0, len(set(data)) / 6)


def _is_hanzi(pair: bytes) -> bool:
    """Return True for the characters that devices write: the two rows of signs and the first level of GB2312."""
    return len(pair) == 2 and (pair[0] in (0xA1, 0xA3) or 0xB0 <= pair[0] <= 0xD7) and 0xA1 <= pair[1] <= 0xFE
