"""The items of the live feed, as a browser gets them. Ingest and server write these items in the transaction that made
the news; the server hands the stored text on unchanged, inside `{"cursor": ..., "items": [...]}`.

The items of the kinds of record stand with their kinds (wire/kinds/); here are those of everything else.
"""

from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from wire.kinds import KINDS
from wire.kinds.kind import Item
from wire.terms import AlertState, Severity


class AlertItem(Item):
    kind: Literal["alert"] = "alert"
    id: UUID
    rule: str
    severity: Severity
    state: AlertState
    station: str
    subject: str
    opened_at: AwareDatetime


class StationItem(Item):
    kind: Literal["station"] = "station"
    station: str
    state: Literal["online", "offline"]
    at: AwareDatetime


class MediaItem(Item):
    """A picture or a clip has arrived and can be looked at."""

    kind: Literal["media"] = "media"
    station: str
    device: str
    key: UUID
    hash: str
    type: str


_OTHERS: tuple[type[Item], ...] = (AlertItem, StationItem, MediaItem)
# Made at run time, of whatever kinds there are: the type checkers see an Item.
_union: Any = reduce(or_, (*(kind.item for kind in KINDS if kind.item), *_OTHERS))
_annotated: Any = Annotated
_tuple: Any = tuple
ITEMS: TypeAdapter[tuple[Item, ...]] = TypeAdapter(_tuple[_annotated[_union, Field(discriminator="kind")], ...])
