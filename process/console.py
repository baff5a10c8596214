"""The one console of rich for all commands. Whatever is printed, a device's name or a person's note among it, appears
as it was written: no markup, no emoji codes, and no character that a terminal would obey."""

from collections.abc import Iterable
from typing import IO

import rich.console
from rich.console import ConsoleOptions, HighlighterType, JustifyMethod, OverflowMethod, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from process.printable import printable


class Console(rich.console.Console):
    """rich's console with every text escaped. Colours and line breaks come from `styled` and `stacked`, not markup."""

    def __init__(
        self, *, stderr: bool = False, file: IO[str] | None = None, width: int | None = None, highlight: bool = True
    ) -> None:
        super().__init__(stderr=stderr, file=file, width=width, highlight=highlight, markup=False, emoji=False)

    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        emoji: bool | None = None,  # noqa: ARG002 - an argument of rich's
        markup: bool | None = None,  # noqa: ARG002 - an argument of rich's
        highlight: bool | None = None,
        highlighter: HighlighterType | None = None,
    ) -> Text:
        """Return `text` with its control characters as escapes, so that a table measures what it shows."""
        return super().render_str(
            printable(text),
            style=style,
            justify=justify,
            overflow=overflow,
            emoji=False,
            markup=False,
            highlight=highlight,
            highlighter=highlighter,
        )

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render, and escape what came past `render_str`: a Text, the description of a progress bar."""
        for segment in super().render(renderable, options):
            # rich's own cursor moves are marked as control.
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(printable(segment.text, "\n"), segment.style)


def styled(text: str, style: str) -> Text:
    """Return `text` in a style of rich, for a table's cell."""
    return Text(printable(text), style=style)


def stacked(*lines: str) -> Text:
    """Return lines one below the other, for a table's cell."""
    return Text("\n".join(map(printable, lines)))
