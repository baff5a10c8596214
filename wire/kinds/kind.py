"""A kind of record: the one declaration that every part of Shian reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, cast, get_args, get_origin

from pydantic import AwareDatetime

from wire.kinds.envelope import Data, Envelope, Model


class Item(Model):
    """A line of the live feed: the base of each kind's item."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of record. `name` is its short name, on the command line and in tables. `item` is what the live feed
    shows of it; None: nothing. `is_urgent`: some of them go before everything else (wire.topics.Leaf.URGENT).
    `is_of_centre`: only the centre writes them; ingest refuses those of a station."""

    name: str
    event: type[Envelope]
    item: type[Item] | None
    is_urgent: bool
    is_of_centre: bool = False

    @property
    def event_type(self) -> str:
        """Return the CloudEvents type."""
        (name,) = get_args(self.event.model_fields["type"].annotation)
        return str(name)

    @property
    def data(self) -> type[Data]:
        """Return the model of the data."""
        model: Any = self.event.model_fields["data"].annotation
        assert issubclass(model, Data), f"{self.event.__name__}.data is no Data"
        return cast("type[Data]", model)

    @property
    def times(self) -> tuple[tuple[str, ...], ...]:
        """Return where in the data a time of the device or of a person may stand. Any of them may be a year that no
        database reads back (wire.clocks.readable)."""
        return tuple(_times(self.data))


def _times(model: type[Model]) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        for part in _parts(field.annotation):
            if part in (datetime, AwareDatetime):
                yield (name,)
            elif isinstance(part, type) and issubclass(part, Model):
                yield from ((name, *rest) for rest in _times(part))


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield the types that an annotation is put together of."""
    if get_origin(annotation) is Annotated:
        yield from _parts(get_args(annotation)[0])
    elif arguments := get_args(annotation):
        for argument in arguments:
            yield from _parts(argument)
    else:
        yield annotation
