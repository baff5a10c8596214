"""Reads settings as far as they can be read: a mistake in one key hides no other."""

import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from process.checks.findings import Finding
from process.named_files import Key
from process.settings import CREDENTIALS, Settings, Source, message_of, read

S = TypeVar("S", bound=Settings)
_MOST_ROUNDS = 8


@dataclass(slots=True)
class Examined(Generic[S]):
    """Settings without the keys that have mistakes; None where too little is left. `lists`: which entries of a list
    are left, by the key of the list."""

    source: Source
    settings: S | None
    findings: list[Finding]
    lists: dict[Key, list[int]] = field(default_factory=dict)

    def key(self, key: Key) -> Key:
        """Return the key in the file of a key in `settings`."""
        found: Key = ()
        for step in key:
            left = self.lists.get(found)
            found = (*found, left[step] if left is not None and isinstance(step, int) else step)
        return found


def examine(model: type[S], path: Path | None, prefix: str, environ: Mapping[str, str] = os.environ) -> Examined[S]:
    """Read the settings. Raises SettingsError for a file that cannot be read, or is no TOML.

    Outside of a unit of systemd a `${CREDENTIALS_DIRECTORY}` stays as it is, so that a person may check a unit's
    settings; such a file is not opened then."""
    source = read(path, prefix, environ)
    document = _credentials(deepcopy(source.document), environ.get("CREDENTIALS_DIRECTORY", ""))
    examined: Examined[S] = Examined(source, None, [])
    for _ in range(_MOST_ROUNDS):
        try:
            examined.settings = model.model_validate(document)
            break
        except ValidationError as exc:
            is_less = False
            # From behind, so that the places of the other mistakes in a list stay right.
            for error in reversed(exc.errors()):
                key: Key = tuple(error["loc"])
                finding = Finding(examined.key(key), message_of(error))
                if finding not in examined.findings:
                    examined.findings.append(finding)
                is_less |= _take_out(document, key, examined.lists)
            if not is_less:
                break
    return examined


def _credentials(value: Any, folder: str) -> Any:
    match value:
        case dict():
            return {key: _credentials(inner, folder) for key, inner in value.items()}
        case list():
            return [_credentials(inner, folder) for inner in value]
        case str() if folder and value.startswith(CREDENTIALS):
            return folder + value.removeprefix(CREDENTIALS)
    return value


def _take_out(document: dict[str, Any], key: Sequence[str | int], lists: dict[Key, list[int]]) -> bool:
    """Take out what stands at the key, or as far towards it as the document goes. False: nothing is there."""
    holder: Any = document
    held: list[tuple[Any, str | int]] = []
    for step in key:
        if not _has(holder, step):
            break
        held.append((holder, step))
        holder = holder[step]
    if not held:
        return False
    where, step = held[-1]
    if isinstance(step, int):
        place = tuple(key[: len(held) - 1])
        lists.setdefault(place, list(range(len(where)))).pop(step)
    where.pop(step)
    return True


def _has(holder: object, step: str | int) -> bool:
    match holder:
        case dict():
            return step in holder
        case list():
            return isinstance(step, int) and step < len(holder)
    return False
