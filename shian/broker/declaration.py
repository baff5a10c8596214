"""The contents of a broker's files, whichever broker they are for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from process.language import t
from storage.stations import RESERVED
from wire.topics import ENDS, Leaf, Party, TopicError, check_station, pattern

DEFAULT_PORT = 8883
MAX_PACKET = 128 * 1024


class BadNameError(ValueError):
    """A name that a station could have may not be that of a part of the centre: the broker gives rights by name."""


@dataclass(frozen=True, slots=True)
class Centre:
    """The names of the certificates of the centre's processes: one or more of each part."""

    ingest: Sequence[str] = ("ingest",)
    server: Sequence[str] = ("server",)

    def __post_init__(self) -> None:
        for name in (*self.ingest, *self.server):
            _check(name)

    def parts(self) -> Iterator[tuple[Party, str]]:
        """Yield each process by its part and its name."""
        yield from ((Party.INGEST, name) for name in self.ingest)
        yield from ((Party.SERVER, name) for name in self.server)


@dataclass(frozen=True, slots=True)
class Files:
    """Files as the broker finds them. `certificate` and `key` may be one file; `revoked` is None without a list."""

    authority: str
    certificate: str
    key: str
    access: str
    store: str
    revoked: str | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """The broker. `address` is where it listens; '' for every address of the machine."""

    files: Files
    port: int = DEFAULT_PORT
    address: str = ""
    centre: Centre = field(default_factory=Centre)


def filters(party: Party, station: str, *, writes: bool) -> list[str]:
    """Return the filters of all topics that `party` may write, or else read, below `station` (or a placeholder)."""
    return [pattern(leaf, station) for leaf in Leaf if (ENDS[leaf].writer if writes else ENDS[leaf].reader) is party]


def _check(name: str) -> None:
    """Check the name of a certificate of the centre. Raises BadNameError."""
    wrong = not name or not name.isascii() or not name.isprintable() or bool(set(name) & set('"\\/+#% '))
    if not wrong and name not in RESERVED:
        try:
            check_station(name)
            wrong = True
        except TopicError:
            wrong = False
    if wrong:
        raise BadNameError(
            t(
                f"{name!r}: a station could have this name. Take one with a dot, such as ingest.2",
                f"{name!r}：检测点也可能使用该名称。请使用含点号的名称，例如 ingest.2",
            )
        )
