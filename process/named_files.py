"""Files and folders that settings name. Each field of a path says by its type how the file is used, and from that
follows how it is looked at before the start, and whether others may read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


class Use(Enum):
    """Use of a file that settings name."""

    SECRET = "a line that nobody else may read"  # noqa: S105  the name of a use
    CERTIFICATES = "certificates in PEM"
    KEY = "a private key in PEM"
    PAIR = "a certificate and its key in PEM"
    TEXT = "a file of text"
    FOLDER = "a folder that is there"
    OWN_FOLDER = "a folder that the process makes and writes"
    OWN_FILE = "a file that the process writes"
    OWN_KEY = "a private key in PEM that the process makes where there is none"


SECRETS = frozenset({Use.SECRET, Use.KEY, Use.PAIR, Use.OWN_KEY})

SecretFile = Annotated[Path, Use.SECRET]
CertificateFile = Annotated[Path, Use.CERTIFICATES]
KeyFile = Annotated[Path, Use.KEY]
PairFile = Annotated[Path, Use.PAIR]
TextFile = Annotated[Path, Use.TEXT]
Folder = Annotated[Path, Use.FOLDER]
OwnFolder = Annotated[Path, Use.OWN_FOLDER]
OwnFile = Annotated[Path, Use.OWN_FILE]
OwnKeyFile = Annotated[Path, Use.OWN_KEY]

Key: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file as settings name it. `key`: where, as in ("camera", 0, "password_file"). `use` is None where the field
    forgot to say; a test holds that none does."""

    key: Key
    use: Use | None
    path: Path


def named_files(settings: BaseModel) -> Iterator[NamedFile]:
    """Yield every file and folder that these settings name, wherever it stands."""
    for name, info in type(settings).model_fields.items():
        yield from _named(getattr(settings, name), (name,), _use(info))


def _named(value: object, key: Key, use: Use | None) -> Iterator[NamedFile]:
    match value:
        case BaseModel():
            for found in named_files(value):
                yield NamedFile(key + found.key, found.use, found.path)
        case Path():
            yield NamedFile(key, use, value)
        case Mapping():
            for name, inner in value.items():
                yield from _named(inner, (*key, str(name)), use)
        case list() | tuple():
            for number, inner in enumerate(value):
                yield from _named(inner, (*key, number), use)
        case _:
            pass


def fields_of_files(model: type[BaseModel]) -> Iterator[tuple[Key, Use | None]]:
    """Yield the key and the use of every field of `model`, and of the models in it, that names a file; 0 stands for a
    place in a list."""
    for name, info in model.model_fields.items():
        yield from _fields(info.annotation, (name,), _use(info))


def _fields(annotation: Any, key: Key, use: Use | None) -> Iterator[tuple[Key, Use | None]]:
    if isinstance(annotation, type) and issubclass(annotation, Path):
        yield key, use
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for below, its_use in fields_of_files(annotation):
            yield key + below, its_use
    elif get_origin(annotation) in (Annotated, Union, UnionType):
        for part in get_args(annotation):
            yield from _fields(part, key, use)
    else:
        for part in get_args(annotation):
            yield from _fields(part, (*key, 0), use)


def _use(info: FieldInfo) -> Use | None:
    return next((found for found in (*info.metadata, *_metadata(info.annotation)) if isinstance(found, Use)), None)


def _metadata(annotation: Any) -> Iterator[object]:
    if get_origin(annotation) is Annotated:
        yield from annotation.__metadata__
    for part in get_args(annotation):
        yield from _metadata(part)
