"""The words of the field in both languages: one place for the page, files, messages, and the documents.

A vocabulary is a table in one of the TOML files beside this module: codes, and for each its English and Chinese word.
A failed rapid test is a screening result, never a finding of a violation: the words say so.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from wire.cameras import CameraKind
from wire.terms import (
    ActorKind,
    AlertAction,
    AlertState,
    HandlingStep,
    LinkRule,
    Measure,
    Origin,
    ProbeState,
    Role,
    Rule,
    SampleWay,
    Severity,
    Verdict,
)


class Term(NamedTuple):
    """A word in both languages."""

    en: str
    zh: str

    def text(self, *, chinese: bool) -> str:
        """Return the word in one language."""
        return self.zh if chinese else self.en


Terms = Mapping[str, Term]


@cache
def vocabularies() -> Mapping[str, Mapping[str, Any]]:
    """Read the tables of all files by name. Raises ValueError where two files have one of the same name."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".toml"):
            continue
        for name, table in tomllib.loads(file.read_text("utf-8")).items():
            if name in found:
                raise ValueError(f"{file.name}: another file has [{name}] too")
            found[name] = table
    return MappingProxyType(found)


def terms(table: Mapping[str, Any]) -> Terms:
    """Read a table of terms, `code = { en = "...", zh = "..." }`, in its order.

    Raises KeyError where a language is missing.
    """
    return MappingProxyType({code: Term(term["en"], term["zh"]) for code, term in table.items()})


def word(words: Terms, code: str, *, chinese: bool) -> str:
    """Return the word for `code`, or the code itself where there is none."""
    term = words.get(code)
    return code if term is None else term.text(chinese=chinese)


def _named(vocabulary: str) -> Terms:
    return terms(vocabularies()[vocabulary])


VERDICTS = _named("verdict")
ROLES = _named("role")
ORIGINS = _named("origin")
WAYS = _named("way")
LINK_RULES = _named("link_rule")
HANDLING_STEPS = _named("handling_step")
FLAGS = _named("flag")
SCREENING, TOGETHER = (_named("notice")[code] for code in ("screening", "together"))
ITEMS = _named("item")
QUANTITIES = _named("quantity")
UNITS = _named("unit")
RULES = _named("rule")
THRESHOLDS = _named("threshold")
SEVERITIES = _named("severity")
DETAILS = _named("detail")
STEPS = _named("step")
TODO = _named("todo")
STATES = _named("state")
ACTIONS = _named("action")
MEASURES = _named("measure")
STATION_STATES = _named("station")
DEVICE_STATES = _named("device")
PROBE_STATES = _named("probe")
DELIVERIES = _named("delivery")
CAMERA_KINDS = _named("kind")
DEEDS = _named("deed")
LEFT_OUT = _named("left_out")
NOT_SENT = _named("not_sent")
ACTORS = _named("actor")

# The enums whose members are shown to people.
SHOWN: Mapping[type[StrEnum], Terms] = {
    Verdict: VERDICTS,
    Role: ROLES,
    Origin: ORIGINS,
    SampleWay: WAYS,
    LinkRule: LINK_RULES,
    HandlingStep: HANDLING_STEPS,
    Severity: SEVERITIES,
    AlertState: STATES,
    AlertAction: ACTIONS,
    Measure: MEASURES,
    Rule: RULES,
    CameraKind: CAMERA_KINDS,
    ActorKind: ACTORS,
    ProbeState: PROBE_STATES,
}
