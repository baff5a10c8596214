"""The check of the parameters of every request to the API: a misspelt filter would otherwise answer everything.

One dependency of the whole application, so that a new route has it from the start. A route whose address others put
together (a sign-in that comes back from another server) declares `takes_any`.
"""

from collections.abc import Iterator
from inspect import isclass

from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.requests import HTTPConnection

_API = "/api/"
_MOST = 20


async def takes_any() -> None:
    """Mark a route that may be asked with parameters that it does not have."""


async def known_parameters(connection: HTTPConnection) -> None:
    """Check the parameters of a request. Raises RequestValidationError (422), which names those that its route does not
    have."""
    asked = connection.query_params
    if not asked or connection.scope["type"] != "http" or not connection.scope["path"].startswith(_API):
        return
    dependant = getattr(connection.scope.get("route"), "dependant", None)
    if dependant is None or takes_any in _calls(dependant):
        return
    known = set(names_of(dependant))
    errors = [
        {"type": "extra_forbidden", "loc": ("query", name), "msg": "Extra inputs are not permitted"}
        for name in asked
        if name not in known
    ]
    if errors:
        raise RequestValidationError(errors[:_MOST])


def names_of(dependant: Dependant) -> Iterator[str]:
    """Yield the names of the parameters that a route has."""
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isclass(model) and issubclass(model, BaseModel):
            yield from (part.alias or name for name, part in model.model_fields.items())
        else:
            yield field.alias
    for inner in dependant.dependencies:
        yield from names_of(inner)


def _calls(dependant: Dependant) -> Iterator[object]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
