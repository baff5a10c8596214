"""The records that the API shows: one folder a noun, with its routes in `api.py` and its SQL in `queries.sql`."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

from fastapi import APIRouter


def routers() -> Iterator[APIRouter]:
    """Yield the routes of every noun that has a folder here, by name."""
    for noun in pkgutil.iter_modules(__path__):
        if noun.ispkg:
            yield import_module(f"{__name__}.{noun.name}.api").router
