"""A new profile from a capture: what it is made of, and whether the capture decodes with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from firmware_adapters.contract import Reading
from firmware_adapters.profile import ProfileError, parse_profile
from firmware_adapters.registry import family
from process.language import t
from shian.adapters.left_over import lines_in, words_about
from shian.adapters.line_family import FAMILIES_OF_TEXT
from shian.adapters.profile_text import as_toml
from shian.adapters.tally import Candidate, Heard, Tally, item_codes, run
from shian.failures import CannotError


@dataclass(frozen=True, slots=True)
class Draft:
    """Draft of a profile. `settings`, `items` and `not_available` are the new ones; the rest comes from `base`."""

    name: str
    base: Candidate
    maker: str
    model: str
    charset: str
    line: Mapping[str, Any]
    settings: Mapping[str, Any]
    items: Mapping[str, Any]
    identity: Mapping[str, str]
    not_available: Sequence[str] = ()

    def text(self, evidence: str, note: str) -> str:
        base = self.base.profile
        document: dict[str, Any] = {
            "name": self.name,
            "family": base.family,
            "maker": self.maker,
            "model": self.model,
            "evidence": evidence,
            "note": note,
            "charset": self.charset,
        }
        if not_available := tuple(dict.fromkeys((*base.not_available, *self.not_available))):
            document["not_available"] = list(not_available)
        tables = {
            "line": dict(self.line),
            "identity": dict(self.identity),
            "options": dict(base.options),
            "settings": dict(self.settings),
            "items": dict(self.items),
            "verdicts": {word: str(verdict) for word, verdict in base.verdicts.items()},
        }
        return as_toml(document | {name: table for name, table in tables.items() if table})


@dataclass(frozen=True, slots=True)
class Tried:
    """The text of the profile, and the outcome of the capture with it."""

    text: str
    candidate: Candidate
    tally: Tally
    bad_times: int = 0
    left_over: Sequence[str] = ()

    @property
    def is_decoded(self) -> bool:
        """Return True when there are readings, and more of the capture was understood than not."""
        return self.tally.readings > 0 and self.tally.covered >= 0.5 and self.tally.refused <= self.tally.frames

    def warnings(self) -> Iterator[str]:
        """Yield what must be seen before such a profile is used."""
        tally = self.tally
        if not tally.readings:
            yield t(
                "THIS PROFILE DECODES NOTHING of the capture it was made from: do not use it as it is",
                "该型号配置无法从本抓取文件解出任何读数：请勿直接使用",
            )
        elif tally.refused:
            yield t(
                f"{tally.refused} of {tally.refused + tally.frames} lines or frames are REJECTED with it: "
                "look at them with shian decode, and add what they are",
                f"{tally.refused + tally.frames} 行（帧）中有 {tally.refused} 行被拒收：请用 shian decode 查看并补充",
            )
        yield from self.left_over
        if self.bad_times:
            yield t(
                f"{self.bad_times} readings have a TIME THAT WAS NOT UNDERSTOOD: say --time-format",
                f"有 {self.bad_times} 条读数的时间无法识别：请用 --time-format 指定",
            )


def tried(draft: Draft, heard: Sequence[Heard], file: str, *, is_of_a_device: bool) -> Tried:
    """Try a draft on a capture. `evidence` is "capture" only where a capture of a device's port gave readings with this
    very profile; else "simulator", which claims nothing. Raises CannotError where the family refuses the profile."""
    trial = _tally(draft, heard, file)
    is_real = trial.is_decoded and is_of_a_device
    origin = "" if is_of_a_device else ", which is not from the port of a device"
    note = (
        f"Made by shian adapters new: {trial.tally.frames} frames, {trial.tally.readings} readings, "
        f"{trial.tally.refused} rejected in the capture{origin}."
    )
    # Neither the evidence nor the note changes what is decoded.
    text = draft.text("capture" if is_real else "simulator", note)
    return replace(trial, text=text, candidate=_candidate(draft, text))


def _candidate(draft: Draft, text: str) -> Candidate:
    profile = parse_profile(text, draft.name)
    return Candidate(family(profile.family), profile)


def _tally(draft: Draft, heard: Sequence[Heard], file: str) -> Tried:
    try:
        text = draft.text("simulator", "")
        candidate = _candidate(draft, text)
        both = candidate.reads_requests
        outputs = list(run(candidate, heard, with_host=both))
        tally = Tally(size=sum(len(chunk.data) for chunk in heard if both or not chunk.is_host))
        codes = item_codes(candidate.profile)
        for output in outputs:
            tally.take(output, codes)
        bad_times = sum("bad_time" in output.flags for output in outputs if isinstance(output, Reading))
        left_over: Sequence[str] = ()
        if candidate.family.name in FAMILIES_OF_TEXT:
            lines = lines_in(b"".join(chunk.data for chunk in heard if not chunk.is_host), candidate.profile)
            left_over = tuple(words_about(outputs, lines, file))
        return Tried(text, candidate, tally, bad_times, left_over)
    except ProfileError as exc:
        raise CannotError(t(f"the profile cannot be used: {exc}", f"型号配置不可用：{exc}")) from exc
