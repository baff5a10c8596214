"""The channels that alerts go by: one folder each, which declares itself as `CHANNEL`."""

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any

from server.delivery.channel import ChannelKind


@cache
def channels() -> Mapping[str, ChannelKind[Any]]:
    """Return every channel that has a folder here, by name. Raises ValueError for one that has another name."""
    found: dict[str, ChannelKind[Any]] = {}
    for folder in pkgutil.iter_modules(__path__):
        if not folder.ispkg:
            continue
        kind: ChannelKind[Any] = import_module(f"{__name__}.{folder.name}").CHANNEL
        if kind.name != folder.name:
            raise ValueError(f"the channel in {folder.name}/ calls itself {kind.name}")
        found[kind.name] = kind
    return MappingProxyType(found)
