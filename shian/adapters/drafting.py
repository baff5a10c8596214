"""A new profile from a capture: what it is made of, and whether the capture decodes with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from firmware_adapters.profile import Profile, ProfileError, parse_profile
from firmware_adapters.registry import family
from process.language import t
from shian.adapters.profile_text import as_toml
from shian.adapters.tally import Candidate, Heard, Tally, tally_of
from shian.failures import CannotError


@dataclass(frozen=True, slots=True)
class Draft:
    """Draft of a profile. `settings` and `items` are the new ones; the rest comes from `base`."""

    name: str
    base: Candidate
    maker: str
    model: str
    charset: str
    line: Mapping[str, Any]
    settings: Mapping[str, Any]
    items: Mapping[str, Any]
    identity: Mapping[str, str]

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
        if base.not_available:
            document["not_available"] = list(base.not_available)
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

    @property
    def is_decoded(self) -> bool:
        """Return True when there are readings, and more of the capture was understood than not."""
        return self.tally.readings > 0 and self.tally.covered >= 0.5 and self.tally.refused <= self.tally.frames


def tried(draft: Draft, heard: Sequence[Heard], *, is_virtual: bool) -> Tried:
    """Try a draft on a capture. `evidence` is "capture" only where a real capture gave readings with this very profile;
    else "simulator", which claims nothing. Raises CannotError where the family refuses the profile."""
    trial = _tally(draft, draft.text("simulator", ""), heard)
    is_real = trial.is_decoded and not is_virtual
    note = (
        f"Made by shian adapters new: {trial.tally.frames} frames, {trial.tally.readings} readings, "
        f"{trial.tally.refused} rejected in the capture{' of a virtual analyzer' if is_virtual else ''}."
    )
    return _tally(draft, draft.text("capture" if is_real else "simulator", note), heard)


def _tally(draft: Draft, text: str, heard: Sequence[Heard]) -> Tried:
    try:
        profile: Profile = parse_profile(text, draft.name)
        candidate = Candidate(family(profile.family), profile)
        both = candidate.reads_requests
        return Tried(text, candidate, tally_of(candidate, heard, with_host=both))
    except ProfileError as exc:
        raise CannotError(t(f"the profile cannot be used: {exc}", f"型号配置不可用：{exc}")) from exc
