"""Removing personal data from a capture, so that it still decodes.

1. Each direction is decoded by itself; the bytes of its frames' form (frame numbers, checksums) are set aside,
   so that a name that two frames share is found whole.
2. The places of `personal` are filled, and every word found there, in an operator's field or on the command line is
   filled wherever it stands, in whatever charset. A word that is short or only a short number is filled in its place
   alone: elsewhere it may be a value.
3. Frames that were changed get their checksum anew.
4. The result is decoded again: all but the scrubbed fields must be as before; and no word may be left anywhere.
"""

import codecs
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
    """Scrubbed capture. `heard` is as long, chunk for chunk, as it was. `removed` counts removed texts by their kind;
    `failures` name the steps that were not done, or that broke something, and never hold the text itself."""

    heard: Sequence[Heard]
    removed: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    words: frozenset[str] = frozenset()


def scrub(
    candidate: Candidate, heard: Sequence[Heard], *, words: Iterable[str] = (), with_samples: bool = False
) -> Scrubbed:
    """Scrub a capture. Everything is in memory: the caller bounds it."""
    result = Scrubbed(heard)
    wanted = {word: "word" for word in words if word.strip()}
    wanted |= _words_of_readings(candidate, heard, with_samples=with_samples)
    sides = [_Side(candidate, [chunk for chunk in heard if chunk.is_host is is_host]) for is_host in (False, True)]
    for side in sides:
        wanted |= side.fill_places(result.removed, with_samples=with_samples)
    result.words = frozenset(word for word in wanted if is_searchable(word))
    for side in sides:
        for word in sorted(result.words, key=len, reverse=True):
            result.removed[wanted[word]] += side.fill_word(word)
        result.failures += side.seal()
    result.heard = _put_together(heard, sides)
    short = sum(kind == "word" and not is_searchable(word) for word, kind in wanted.items())
    if short:
        result.failures.append(t(f"{short} words are too short to look for", f"有 {short} 个词太短，无法查找"))
    result.failures += _differences(candidate, heard, result.heard, with_samples=with_samples)
    said = [bytes(side.data) for side in sides] + [side.text() for side in sides]
    result.failures += left_over(result.words, said, candidate.profile.charset)
    return result


def is_searchable(word: str) -> bool:
    """Return True when a text is long enough to be unmistakable."""
    text = word.strip()
    if is_blank(text):
        return False
    if not text.isascii():
        return len(text) > 1
    return len(text) >= (_SHORTEST_NUMBER if text.replace(".", "").isdigit() else _SHORTEST_ASCII)


def left_over(words: Iterable[str], data: Sequence[bytes], charset: str) -> list[str]:
    """Tell of words that still stand somewhere, in any charset."""
    count = sum(any(written in piece for written, _ in spellings(word, charset) for piece in data) for word in words)
    if not count:
        return []
    return [t(f"{count} removed texts still occur in the output", f"输出中仍有 {count} 处已删除的文本")]


class _Side:
    """One side of the conversation: all its bytes, those of them that are text, and the frames that they are in."""

    def __init__(self, candidate: Candidate, heard: Sequence[Heard]) -> None:
        self._candidate = candidate
        self._before = b"".join(chunk.data for chunk in heard)
        self.data = bytearray(self._before)
        outputs = run(candidate, (replace(chunk, is_host=False) for chunk in heard))
        self._frames = [output for output in outputs if isinstance(output, FrameAccepted) and output.length]
        form: set[int] = set()
        for frame in self._frames:
            raw = self._before[frame.offset : frame.offset + frame.length]
            form |= {frame.offset + place for place in skeleton(candidate, raw)}
            if candidate.family.name == "astm":
                form |= self._line_end(frame.offset + frame.length)
        self._text = [place for place in range(len(self.data)) if place not in form]

    def _line_end(self, place: int) -> set[int]:
        """Return the places of CR and LF behind a frame."""
        return {at for at in (place, place + 1) if self._before[at : at + 1] in (b"\r", b"\n")}

    def text(self) -> bytes:
        """Return all bytes but those that belong to the form of the frames."""
        return bytes(self.data[place] for place in self._text)

    def fill_places(self, removed: Counter[str], *, with_samples: bool) -> dict[str, str]:
        """Fill what stands where personal data stand; its words, with what they are."""
        text = self.text()
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
            text = self.text()
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
        """Give every changed frame its checksum. Return the failures."""
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
    """Return True when frames have a check. Lines without one are good as they are."""
    return candidate.family.name != "line"


def _charset_of(data: bytes, own: str) -> str:
    """Guess a charset. UTF-8 proves itself; Latin-1 explains everything, so the charset of Chinese devices comes before
    it."""
    own = "gb18030" if codecs.lookup(own).name in ("iso8859-1", "ascii") else own
    return next((charset for charset in ("utf-8", own, "gb18030") if _decoded(data, charset) is not None), "latin-1")


def _as_meant(text: str, own: str) -> str:
    """Return a field as its writer saw it: a profile that says Latin-1 reads hanzi as accented letters."""
    written = text.encode(own, "replace")
    return written.decode(_charset_of(written, own), "replace").strip()


def _decoded(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except UnicodeDecodeError:
        return None


def _words_of_readings(candidate: Candidate, heard: Sequence[Heard], *, with_samples: bool) -> dict[str, str]:
    words: dict[str, str] = {}
    for output in run(candidate, heard, with_host=candidate.reads_requests):
        if isinstance(output, Reading):
            said = {name: text for name, text in output.extra.items() if name in _PERSONAL_EXTRAS}
            said["operator"] = output.operator
            said |= {"sample": output.sample_number} if with_samples else {}
            for name, text in said.items():
                if not is_blank(text):
                    words[_as_meant(text, candidate.profile.charset)] = name
    return words


def _put_together(heard: Sequence[Heard], sides: Sequence[_Side]) -> list[Heard]:
    at = [0, 0]
    whole = []
    for chunk in heard:
        side = int(chunk.is_host)
        whole.append(replace(chunk, data=bytes(sides[side].data[at[side] : at[side] + len(chunk.data)])))
        at[side] += len(chunk.data)
    return whole


def _differences(
    candidate: Candidate, before: Sequence[Heard], after: Sequence[Heard], *, with_samples: bool
) -> list[str]:
    """Tell of outputs that decode otherwise than before, but for the fields that were scrubbed, and of fields that were
    not scrubbed."""
    was, now = (list(_said(candidate, heard)) for heard in (before, after))
    changed = sum(_essence(one) != _essence(other) for one, other in zip(was, now, strict=False))
    changed += abs(len(was) - len(now))
    failures = []
    if changed:
        text = t(f"{changed} frames or readings decode otherwise than before", f"{changed} 个帧或读数的解码结果改变")
        failures.append(text)
    for name in ("operator", *(("sample_number",) if with_samples else ())):
        kept = sum(_is_kept(one, other, name) for one, other in zip(was, now, strict=False))
        if kept:
            failures.append(
                t(f"{name} of {kept} readings: too short to be found", f"{kept} 条读数的 {name}：太短，无法定位")
            )
    return failures


def _said(candidate: Candidate, heard: Sequence[Heard]) -> Iterator[Reading | FrameAccepted | FrameRejected]:
    for output in run(candidate, heard, with_host=candidate.reads_requests):
        if isinstance(output, Reading | FrameAccepted | FrameRejected):
            yield output


def _essence(output: Reading | FrameAccepted | FrameRejected) -> object:
    """Return the parts of an output that must stay."""
    match output:
        case Reading():
            kept = replace(output, raw=b"", operator="", sample_number="", mark="", transfer="", extra={})
            return kept, sorted(output.extra)
        case FrameRejected(reason, offset, data):
            return reason, offset, len(data)
        case FrameAccepted():
            return output


def _is_kept(one: object, other: object, name: str) -> bool:
    """Return True when a field that had to change did not."""
    if not isinstance(one, Reading) or not isinstance(other, Reading):
        return False
    was = getattr(one, name)
    return not is_blank(was) and was == getattr(other, name)
