"""The words of `shian verify`."""

from shian.verify import _WORDS
from storage.findings import Kind


def test_every_finding_has_words_in_both_languages() -> None:
    assert set(_WORDS) == set(Kind)
    assert all(english and chinese for english, chinese in _WORDS.values())
