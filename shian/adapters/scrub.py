"""Removing personal data from a capture, so that it still decodes.

1. Each direction is decoded by itself; what belongs to the form of its frames (frame numbers, checksums) is set aside,
   so that a name that two frames share is found whole.
2. The places of `personal` are filled, and every word found there, in an operator's field or on the command line is
   filled wherever it stands, in whatever charset. A word that is short or only a short number is filled in its place
   alone: elsewhere it may be a value.
3. Frames that were changed get their checksum anew.
4. The result is decoded again: all but the scrubbed fields must be as before; and no word may be left anywhere.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from firmware_adapters.contract import FrameAccepted, FrameRejected, Reading
from process.language import t
from shian.adapters.fillers import fill_bytes, is_blank, spellings
from shian.adapters.personal import places
from shian.adapters.seals import sealed, seals_of, skeleton
from shian.adapters.tally import Candidate, Heard, run

_SHORTEST_ASCII = 4
_SHORTEST_NUMBER = 6
_PERSONAL_EXTRAS = frozenset(
    ("operator", "reviewer", "tested", "producer", "organisation", "vendor", "patient", "name", "phone", "licence")
)


@dataclass(slots=True)
class Scrubbed:
    """`heard` is as long, chunk for chunk, as it was. `removed` counts by what it was; `failures` say what was not
    done, or what it broke, and never hold the text itself."""

    heard: Sequence[Heard]
    removed: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    words: frozenset[str] = frozenset()


def scrub(
    candidate: Candidate, heard: Sequence[Heard], *, words: Iterable[str] = (), with_samples: bool = False
) -> Scrubbed:
    """Everything is in memory: the caller bounds it."""
    result = Scrubbed(heard)
    wanted = {word: "word" for word in words if word.strip()}
    wanted |= _words_of_readings(candidate, heard, with_samples=with_samples)
    sides = [_Side(candidate, [it for it in heard if it.is_host is is_host]) for is_host in (False, True)]
    for side in sides:
        wanted |= side.fill_places(result.removed, with_samples=with_samples)
    result.words = frozenset(word for word in wanted if is_searchable(word))
    for side in sides:
        for word in sorted(result.words, key=len, reverse=True):
            result.removed[wanted[word]] += side.fill_word(word)
        result.failures += side.seal()
    result.heard = _put_together(heard, sides)
    result.failures += _short_words(wanted, result)
    result.failures += _differences(candidate, heard, result.heard)
    result.failures += left_over(result.words, [bytes(side.data) for side in sides], candidate.profile.charset)
    return result


def is_searchable(word: str) -> bool:
    """Whether a text is long enough that it can be nothing else where it stands."""
    text = word.strip()
    if is_blank(text):
        return False
    if not text.isascii():
        return len(text) > 1
    return len(text) >= (_SHORTEST_NUMBER if text.replace(".", "").isdigit() else _SHORTEST_ASCII)


def left_over(words: Iterable[str], data: Sequence[bytes], charset: str) -> list[str]:
    """Words that still stand somewhere, in any charset."""
    count = sum(any(written in piece for written, _ in spellings(word, charset) for piece in data) for word in words)
    return (
        [t(f"{count} removed texts still occur in the output", f"输出中仍有 {count} 处已删除的文本")] if count else []
    )


class _Side:
    """What one side said: all its bytes, which of them are text, and which frames they are in."""

    def __init__(self, candidate: Candidate, heard: Sequence[Heard]) -> None:
        self._candidate = candidate
        self._before = b"".join(it.data for it in heard)
        self.data = bytearray(self._before)
        outputs = run(candidate, (replace(it, is_host=False) for it in heard))
        self._frames = [it for it in outputs if isinstance(it, FrameAccepted) and it.length]
        form: set[int] = set()
        for frame in self._frames:
            raw = self._before[frame.offset : frame.offset + frame.length]
            form |= {frame.offset + place for place in skeleton(candidate, raw)}
            if candidate.family.name == "astm":
                form |= self._line_end(frame.offset + frame.length)
        self._text = [place for place in range(len(self.data)) if place not in form]

    def _line_end(self, place: int) -> set[int]:
        """CR and LF behind a frame."""
        return {at for at in (place, place + 1) if self._before[at : at + 1] in (b"\r", b"\n")}

    def fill_places(self, removed: Counter[str], *, with_samples: bool) -> dict[str, str]:
        """Fill what stands where personal data stand; its words, with what they are."""
        text = bytes(self.data[place] for place in self._text)
        charset = self._candidate.profile.charset
        words: dict[str, str] = {}
        for place in list(places(text, self._candidate.family.name, with_samples=with_samples)):
            said = text[place.first : place.end]
            filled = fill_bytes(said, _charset_of(said, charset))
            if filled == said:
                continue
            removed[place.what] += 1
            for part in said.split(b"^"):
                words.setdefault(part.decode(_charset_of(part, charset), "replace").strip(), place.what)
            self._put(place.first, filled)
        return words

    def fill_word(self, word: str) -> int:
        """Fill `word` wherever it stands; how often that was."""
        count = 0
        for written, filler in spellings(word, self._candidate.profile.charset):
            text = bytes(self.data[place] for place in self._text)
            at = text.find(written)
            while at >= 0:
                self._put(at, filler)
                count += 1
                at = text.find(written, at + len(written))
        return count

    def _put(self, first: int, filled: bytes) -> None:
        for place, byte in zip(self._text[first : first + len(filled)], filled, strict=True):
            self.data[place] = byte

    def seal(self) -> list[str]:
        """Give every changed frame its checksum. What cannot be sealed is said."""
        seals = seals_of(self._candidate)
        failures = []
        for frame in self._frames if seals else ():
            piece = slice(frame.offset, frame.offset + frame.length)
            before, changed = self._before[piece], self.data[piece]
            if before == changed:
                continue
            if sealed(before, changed, seals):
                self.data[piece] = changed
            elif _has_check(self._candidate):
                at = frame.offset
                failures.append(t(f"the frame at {at} has a check that is not known", f"偏移 {at} 处的帧校验方式未知"))
        return failures


def _has_check(candidate: Candidate) -> bool:
    """Lines without a check are good as they are."""
    return candidate.family.name != "line"


def _charset_of(data: bytes, own: str) -> str:
    """The profile's charset if it explains the bytes, else what a Chinese device would have written."""
    for charset in (own, "utf-8", "gb18030"):
        try:
            data.decode(charset)
        except UnicodeDecodeError:
            continue
        return charset
    return "latin-1"


def _words_of_readings(candidate: Candidate, heard: Sequence[Heard], *, with_samples: bool) -> dict[str, str]:
    words: dict[str, str] = {}
    for output in run(candidate, heard, with_host=candidate.reads_requests):
        if not isinstance(output, Reading):
            continue
        if not is_blank(output.operator):
            words[output.operator] = "operator"
        if with_samples and not is_blank(output.sample_number):
            words[output.sample_number] = "sample"
        for name in _PERSONAL_EXTRAS & set(output.extra):
            if not is_blank(output.extra[name]):
                words[output.extra[name].strip()] = name
    return words


def _short_words(wanted: dict[str, str], result: Scrubbed) -> list[str]:
    """Fields of readings and words asked for that were too short to be looked for, and were in no known place."""
    short = [
        what
        for word, what in wanted.items()
        if what in ("word", "sample", "operator", *_PERSONAL_EXTRAS)
        and not is_searchable(word)
        and not is_blank(word)
        and not any(name in ("R-11", "OBX-16", "labelled", "O-3", "OBR-3", "OBR-2") for name in result.removed)
    ]
    return [
        t(f"{what}: too short to be told from a value", f"{what}：太短，无法与数值区分")
        for what in dict.fromkeys(short)
    ]


def _put_together(heard: Sequence[Heard], sides: Sequence[_Side]) -> list[Heard]:
    at = [0, 0]
    whole = []
    for it in heard:
        side = int(it.is_host)
        whole.append(replace(it, data=bytes(sides[side].data[at[side] : at[side] + len(it.data)])))
        at[side] += len(it.data)
    return whole


def _differences(candidate: Candidate, before: Sequence[Heard], after: Sequence[Heard]) -> list[str]:
    """What decodes otherwise than it did, but for the fields that were scrubbed."""
    was, now = (_essence(candidate, heard) for heard in (before, after))
    if was == now:
        return []
    changed = sum(one != other for one, other in zip(was, now, strict=False)) + abs(len(was) - len(now))
    return [t(f"{changed} frames or readings decode otherwise than before", f"{changed} 个帧或读数的解码结果改变")]


def _essence(candidate: Candidate, heard: Sequence[Heard]) -> list[object]:
    said: list[object] = []
    for it in run(candidate, heard, with_host=candidate.reads_requests):
        match it:
            case Reading():
                blank = replace(it, raw=b"", operator="", sample_number="", record="", extra={}, role=it.role)
                said.append((blank, sorted(it.extra)))
            case FrameAccepted():
                said.append(it)
            case FrameRejected():
                said.append((it.reason, it.offset, len(it.data)))
            case _:
                pass
    return said
