"""Plots the values that health measured over time, each with its limit, and the events below.

The labels are English, because the fonts of a station may have no Chinese."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from edge.camera.tuning.colours import colour_of
from edge.camera.tuning.limits import Limit
from edge.camera.tuning.score import Episode
from edge.camera.tuning.trial import Look
from edge.camera.tuning.wording import named
from edge.camera.view import State
from wire.cameras import CameraKind

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (11.0, 10.0)  # inches
_DPI = 100


def is_there() -> bool:
    """Tell whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def write_plot(
    path: Path, looks: Sequence[Look], episodes: Sequence[Episode], limits: Sequence[Limit], title: str
) -> None:
    """Write a PNG of at least one look. Raises OSError."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  slow to load, and not everywhere
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=_SIZE, layout="constrained")
    FigureCanvasAgg(figure)
    heights = [1.0] * len(limits) + [1.6]
    axes: list[Axes] = list(figure.subplots(len(limits) + 1, 1, sharex=True, height_ratios=heights))
    figure.suptitle(title, parse_math=False)
    end_s = looks[-1].at_s
    for panel, limit in zip(axes, limits, strict=False):
        told = [(look.at_s, look.values.get(limit.value, float("nan"))) for look in looks]
        panel.plot([at_s for at_s, _ in told], [value for _, value in told], color="black", linewidth=0.9)
        panel.axhline(limit.level, color=_rgb(limit.kind), linestyle="--", linewidth=1)
        side = "below" if limit.is_below else "from"
        panel.set_ylim(bottom=0)
        panel.set_ylabel(limit.value)
        panel.set_title(f"{limit.kind.value}: {side} {limit.level:g}", loc="right", fontsize=8, color=_rgb(limit.kind))
        for episode in episodes:
            if episode.kind is limit.kind:
                panel.axvspan(
                    episode.start_s,
                    end_s if episode.end_s is None else episode.end_s,
                    color=_rgb(episode.kind),
                    alpha=0.2,
                )
    _draw_events(axes[-1], looks, episodes)
    axes[-1].set_xlim(min(0.0, looks[0].at_s), max(end_s, looks[0].at_s + 1))
    axes[-1].set_xlabel("seconds")
    figure.savefig(path, dpi=_DPI, format="png")


def _draw_events(panel: "Axes", looks: Sequence[Look], episodes: Sequence[Episode]) -> None:
    """Draw a row for each kind and zone: a mark where a look said yes (gray: unsure), a bar from the start of an
    event."""
    spoken = {key for look in looks for key in look.states} | {(episode.kind, episode.zone) for episode in episodes}
    order = list(CameraKind)
    rows = sorted(spoken, key=lambda key: (-order.index(key[0]), key[1]))
    for height, key in enumerate(rows):
        colour = _rgb(key[0])
        for state, shade in ((State.YES, colour), (State.UNSURE, (0.75, 0.75, 0.75))):
            marks = [look.at_s for look in looks if look.states.get(key) is state]
            panel.plot(marks, [height + 0.3] * len(marks), "|", color=shade, markersize=4)
        for episode in episodes:
            if (episode.kind, episode.zone) == key:
                until_s = looks[-1].at_s if episode.end_s is None else episode.end_s
                panel.barh(height, until_s - episode.start_s, left=episode.start_s, height=0.4, color=colour)
    panel.set_yticks(range(len(rows)), [named(kind, zone) for kind, zone in rows], fontsize=8)
    panel.set_ylim(-0.6, len(rows) - 0.2)
    panel.set_title("mark: a look that said so (gray: unsure), bar: an event", loc="right", fontsize=8)


def _rgb(kind: CameraKind) -> tuple[float, float, float]:
    red, green, blue = colour_of(kind)
    return red / 255, green / 255, blue / 255
