"""Chinese and English: every text that a person sees is written as a pair, where it is used."""

import os

_CHOSEN = next((value for key in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(key))), "")
IS_CHINESE = _CHOSEN.lower().startswith("zh")


def t(english: str, chinese: str) -> str:
    """Return the text in the language of LC_ALL, LC_MESSAGES or LANG; English when none says Chinese."""
    return chinese if IS_CHINESE else english
