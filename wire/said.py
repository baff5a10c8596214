"""Sentences about alerts: stored as a code and facts, put into words when they are shown.

`{name}` in a sentence is a fact; `{name:vocabulary}` is the word for it in a table of wire/words. The page fills the
same sentences by the same two rules (server/console/src/words/words.ts).
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from wire.words import STEPS, Term, terms, vocabularies, word

_PLACE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)$")
_MOST = 2000


class Said(str):
    """A sentence of the system: the English text, for readers of an older version, with its code and facts beside it.

    Facts are what JSON can say; times are ISO 8601 with their offset.
    """

    __slots__ = ("code", "facts")
    code: str
    facts: Mapping[str, Any]

    def __new__(cls, code: str, /, **facts: Any) -> "Said":
        """Say `code`, one of [step] in wire/words/steps.toml. Raises KeyError for another."""
        said = super().__new__(cls, fill(STEPS[code], facts, chinese=False)[:_MOST])
        said.code, said.facts = code, facts
        return said


def fill(text: Term, facts: Mapping[str, Any], *, chinese: bool, zone: tzinfo = UTC) -> str:
    """Return the sentence in one language. A fact that is missing leaves nothing; without any there is no sentence."""
    sentence = text.text(chinese=chinese)
    names = [name for name, _ in _PLACE.findall(sentence)]
    if names and all(facts.get(name) in (None, "", []) for name in names):
        return ""

    def shown(place: re.Match[str]) -> str:
        fact, vocabulary = facts.get(place[1]), place[2]
        own = facts.get(f"{place[1]}_words")
        if vocabulary and isinstance(own, Mapping):  # of the district's own, which no vocabulary has
            return str(own.get("zh" if chinese else "en") or fact or "")
        if vocabulary and isinstance(fact, str):
            return word(terms(vocabularies()[vocabulary]), fact, chinese=chinese)
        return in_words(fact, chinese=chinese, zone=zone)

    return _PLACE.sub(shown, sentence).strip()


def in_words(fact: object, *, chinese: bool, zone: tzinfo = UTC) -> str:
    """Return a fact as people read it: a time to the minute, a list with commas."""
    if fact is None:
        return ""
    if isinstance(fact, str) and _TIME.match(fact):
        return f"{datetime.fromisoformat(fact).astimezone(zone):%Y-%m-%d %H:%M %Z}"
    if isinstance(fact, list | tuple):
        return ("、" if chinese else ", ").join(in_words(one, chinese=chinese, zone=zone) for one in fact)
    return str(fact)
