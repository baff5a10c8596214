"""Checks of filters that name parts of the district: a typing error would otherwise mean silence for ever."""

from collections.abc import Sequence
from typing import Protocol

from pydantic import BaseModel

from server.access.caller import Reach
from server.database import Transaction
from server.problems import Kind, ProblemError, unknown_filter
from server.records.rules.refusal import refusal
from storage.rules.condition import mistake_in
from storage.rules.file import shipped
from wire.terms import Rule
from wire.words import CAMERA_KINDS, ITEMS, QUANTITIES

_ITEMS = frozenset({*ITEMS, *QUANTITIES, *CAMERA_KINDS})
_RULES = frozenset(Rule)


class Named(Protocol):
    """Filters that name areas, stations, items and rules."""

    @property
    def areas(self) -> Sequence[str]: ...
    @property
    def stations(self) -> Sequence[str]: ...
    @property
    def items(self) -> Sequence[str]: ...
    @property
    def rules(self) -> Sequence[str]: ...


class _Unknown(BaseModel):
    place: str
    name: str


def check_reach(reach: Reach, asked: Named) -> None:
    """Refuse filters that reach beyond what one sees. Raises ProblemError (403)."""
    if reach.is_everything:
        return
    is_bounded = bool(asked.areas or asked.stations)
    if not is_bounded or not all(map(reach.has_area, asked.areas)) or not all(map(reach.has_station, asked.stations)):
        raise ProblemError(
            Kind(
                403,
                "outside-your-areas",
                "Name areas or stations, and only those within your own areas.",
                "请指定区域或检测点，且仅限本人所管区域。",
            )
        )


async def check_filters(transaction: Transaction, asked: Named) -> None:
    """Check that what the filters name is there. Raises ProblemError (422), which names the places of the mistakes."""
    named = [item for item in asked.items if item not in _ITEMS]
    own = [rule for rule in asked.rules if rule not in _RULES and rule not in shipped()]
    values = {"stations": list(asked.stations), "areas": list(asked.areas), "items": named, "rules": own}
    unknown = [(row.place, row.name) for row in await transaction.rows(_Unknown, "subscriptions.unknown", values)]
    if unknown:
        said = ", ".join(f"{place}: {name}" for place, name in unknown[:10])
        places = [f"body.{place}.{list(getattr(asked, place)).index(name)}" for place, name in unknown]
        raise unknown_filter(f"There is no such thing: {said}", f"没有这样的名称：{said}", *places)


def check_condition(condition: str) -> None:
    """Check the condition of a subscription. Raises ProblemError (422) with the place of the mistake."""
    if mistake := mistake_in(condition):
        raise refusal("bad-condition", [mistake])
