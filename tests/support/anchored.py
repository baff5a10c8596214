"""A district whose heads were anchored, to be tampered with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage import anchors, deeds
from storage.anchored import Held, hold
from storage.deeds import Actor, Deed
from storage.findings import Finding, Kind
from storage.steps import run
from storage.walk import walk
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from wire import chain
from wire.anchors import AnchorFile, encode
from wire.terms import ActorKind

LI = Actor("李娜", ActorKind.PERSON)


@dataclass(slots=True)
class Anchored:
    """Desk with a station, deeds, and the anchors that were made so far."""

    desk: Desk
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    files: list[AnchorFile] = field(default_factory=list)
    market: ChainedStation = field(init=False)

    def __post_init__(self) -> None:
        self.market = self.desk.station("market-1")
        self.bring(6)

    @property
    def public_key(self) -> str:
        return chain.public_key(self.key)

    def bring(self, count: int) -> None:
        """Bring results of the station, under a checkpoint, and as many deeds."""
        for _ in range(count):
            self.market.add(result(3.0, number=str(len(self.market.bodies))))
        self.market.checkpoint()
        self.desk.take(self.market.topic, *self.market.bodies)
        with self.desk.connection.transaction():
            deeds.write(self.desk.connection, *(Deed(LI, "media_viewed", str(number)) for number in range(count)))

    def anchor(self) -> AnchorFile:
        """Make an anchor, as the keeper does every hour."""
        with self.desk.connection.transaction(), self.desk.connection.cursor() as cursor:
            run(cursor, anchors.pin_key(self.key))
            before = run(cursor, anchors.newest())
            self.files.append(run(cursor, anchors.add(self.key, before)))
        return self.files[-1]

    def held(self, files: Iterable[AnchorFile] | None = None, *keys: str) -> list[tuple[Kind, str]]:
        """Return what is not as anchored: kind and station."""
        found = hold(self.desk.connection, self.files if files is None else files, keys or (self.public_key,), Held())
        return [(finding.kind, finding.station) for finding in found]

    def walked(self) -> list[Kind]:
        return [news.kind for news in walk(self.desk.connection) if isinstance(news, Finding)]


def write_files(folder: Path, files: Iterable[AnchorFile]) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "anchors-2026-11.jsonl").write_bytes(b"".join(encode(file) + b"\n" for file in files))


Harm = Callable[[Anchored], None]
