"""The refusal of an expression that is wrong, with the place of each mistake."""

from collections.abc import Sequence

from server.problems import Kind, ProblemError
from storage.rules.mistakes import Mistake


def refusal(name: str, mistakes: Sequence[Mistake]) -> ProblemError:
    """Return the problem `name` (422). `errors` has all mistakes with line and column; the sentence says the first."""
    first = mistakes[0]
    kind = Kind(422, name, first.text(chinese=False), first.text(chinese=True))
    return ProblemError(kind, [_error(mistake) for mistake in mistakes])


def _error(mistake: Mistake) -> dict[str, str]:
    return {
        "where": mistake.key,
        "line": str(mistake.line or ""),
        "column": str(mistake.column or ""),
        "message": mistake.words.en,
        "message_zh": mistake.words.zh,
    }
