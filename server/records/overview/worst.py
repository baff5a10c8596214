"""Groups that fail most, in the order of what their rate is at least (Wilson): 1 of 1 is not the worst of all."""

from collections.abc import Iterable
from math import sqrt

from pydantic import BaseModel

from server.records.reports.figures import Figures

_Z = 1.96  # 95 %


class Failing(BaseModel):
    """A food, item or station, its failed tests and what they are part of."""

    name: str
    title: str
    title_en: str
    failed: int
    judged: int


def at_least(failed: int, judged: int) -> float:
    """Return the rate that lies behind `failed` of `judged` at least, with 95 % confidence."""
    if not judged:
        return 0.0
    share = failed / judged
    spread = _Z * sqrt(share * (1 - share) / judged + _Z**2 / (4 * judged**2))
    return (share + _Z**2 / (2 * judged) - spread) / (1 + _Z**2 / judged)


def worst(groups: Iterable[tuple[str, Figures]], titles: dict[str, tuple[str, str]], most: int) -> list[Failing]:
    """Return the groups with failed batches, the surest first. By item: item-tests."""
    found = []
    for name, figures in groups:
        title, title_en = titles.get(name, (name, name))
        judged = figures.passed + figures.failed
        if figures.failed:
            found.append(Failing(name=name, title=title, title_en=title_en, failed=figures.failed, judged=judged))
    return sorted(found, key=lambda one: (-at_least(one.failed, one.judged), one.name))[:most]
