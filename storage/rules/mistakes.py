"""A mistake in a rule, with its place, in both languages."""

from dataclasses import dataclass, replace

from wire.words import Term


@dataclass(frozen=True, slots=True)
class Mistake:
    """Mistake in a rule. `line` and `column` count from 1; 0: not known. `key`: `rule.NAME.when`, where it is known."""

    words: Term
    line: int = 0
    column: int = 0
    key: str = ""
    file: str = ""

    def at(self, key: str, file: str = "", line: int | None = None, column: int | None = None) -> "Mistake":
        """Return the mistake with the place of the rule that it is in."""
        return replace(
            self,
            key=key,
            file=file,
            line=self.line if line is None else line,
            column=self.column if column is None else column,
        )

    def text(self, *, chinese: bool) -> str:
        """Return one line, `file:line:column: key: what is wrong`."""
        where = ":".join(filter(None, (self.file, str(self.line or ""), str(self.column or ""))))
        return ": ".join(filter(None, (where, self.key, self.words.text(chinese=chinese))))


class ExpressionError(ValueError):
    """An expression that is not allowed. `mistake.line` and `.column` are within the expression."""

    def __init__(self, english: str, chinese: str, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {english}")
        self.mistake = Mistake(Term(english, chinese), line, column)
