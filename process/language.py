"""Chinese and English: every text that a person sees is written as a pair, where it is used."""

import os

_CHOSEN = next((value for key in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(key))), "")
IS_CHINESE = _CHOSEN.lower().startswith("zh")


def t(english: str, chinese: str) -> str:
    """Return the text in the language of LC_ALL, LC_MESSAGES or LANG; English when none says Chinese."""
    return chinese if IS_CHINESE else english


class SaidError(ValueError):
    """Mistake in both languages. Its text is in the language of this process; a server answers in the reader's."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(t(english, chinese))
        self.english = english
        self.chinese = chinese
