"""The ledger of today, held against anchors that were kept outside of it.

    files -> each anchor signed by the centre's key, chained, its lists what it commits to
          -> is it in the database? else an older state was put back, or somebody began anew
          -> its heads: cut, deleted, written anew
          -> its keys: slipped in, taken away

Anchors are read one by one and may be many. Of a stream only what changed since the anchor before is asked for. That
the events below a head hang together is the walk's to say.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from storage import anchors
from storage.errors import translated
from storage.findings import Finding, Kind
from storage.named import queries
from storage.steps import run
from wire import codec
from wire.anchors import Anchor, AnchorFile, StationKey, StreamHead, digest_of, is_signed
from wire.kinds.checkpoint import CheckpointEvent
from wire.topics import CENTRE

_SQL = queries("anchors")


@dataclass(slots=True)
class Held:
    """Outcome: how many anchors were looked at, and the newest sound one. `lists`: so many came with their lists, or
    the database still had them; `scope`: the stations that an export says it is of, and of no others."""

    anchors: int = 0
    lists: int = 0
    newest: Anchor | None = None
    keys: Collection[str] = field(default_factory=frozenset)
    scope: Collection[str] = ()


def hold(
    connection: psycopg.Connection[Any], files: Iterable[AnchorFile], trusted: Collection[str], held: Held
) -> Iterator[Finding]:
    """Yield what is not as anchored. `files` in the order of their numbers; `trusted`: public keys of the centre that
    the caller knows from elsewhere; none: those that the ledger itself names, which then proves less. Opens a
    transaction of its own. Raises the errors of storage.errors."""
    with translated(), connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with connection.cursor() as cursor:
            today = run(cursor, anchors.key_list())
        own = {key.key for key in today if key.station == CENTRE}
        held.keys = frozenset(trusted or own)
        yield from _Ledger(connection, today, held).hold(files)


def check_chain(files: Iterable[AnchorFile], keys: Collection[str]) -> Iterator[tuple[AnchorFile, list[Finding]]]:
    """Yield each anchor with what is wrong with it by itself and beside the one before: signature, lists, chain. Of two
    alike one is left."""
    before: Anchor | None = None
    for file in files:
        anchor = file.anchor
        if before is not None and before.hash == anchor.hash:
            continue
        found = list(_flaws(file, keys))
        if before is not None:
            found += _beside(before, anchor)
        before = anchor
        yield file, found


def _flaws(file: AnchorFile, keys: Collection[str]) -> Iterator[Finding]:
    anchor = file.anchor
    if not is_signed(anchor):
        yield _of(anchor, Kind.ANCHOR, "the signature does not hold")
    elif keys and anchor.key not in keys:
        yield _of(anchor, Kind.ANCHOR, f"signed with a key that is not the centre's: {anchor.key}")
    if file.heads is not None and digest_of(file.heads) != anchor.heads:
        yield _of(anchor, Kind.ANCHOR, "its list of heads is not the one that was signed")
    if file.keys is not None and digest_of(file.keys) != anchor.keys:
        yield _of(anchor, Kind.ANCHOR, "its list of keys is not the one that was signed")


def _beside(before: Anchor, anchor: Anchor) -> Iterator[Finding]:
    if anchor.number == before.number:
        yield _of(anchor, Kind.ANCHOR, f"two of one number contradict each other: {before.hash}, {anchor.hash}")
    elif anchor.number == before.number + 1 and anchor.previous != before.hash:
        yield _of(anchor, Kind.ANCHOR, f"does not follow from anchor {before.number}")


def _of(anchor: Anchor, kind: Kind, detail: str) -> Finding:
    return Finding(kind, CENTRE, None, None, f"anchor {anchor.number} of {anchor.at}: {detail}")


@dataclass(slots=True)
class _Ledger:
    connection: psycopg.Connection[Any]
    today: tuple[StationKey, ...]
    held: Held
    # By stream: the newest head that was looked at, so that an unchanged one is not asked for again.
    seen: dict[UUID, tuple[int, str]] = field(default_factory=dict)
    extents: dict[UUID, int] = field(default_factory=dict)
    told: set[tuple[UUID, Kind]] = field(default_factory=set)
    absent: list[Anchor] = field(default_factory=list)
    then: set[tuple[str, str]] | None = None  # the keys at the anchor that is looked at
    keys_seen: str = ""
    keys_told: set[tuple[str, str]] = field(default_factory=set)

    def hold(self, files: Iterable[AnchorFile]) -> Iterator[Finding]:
        for file, flaws in check_chain(files, self.held.keys):
            self.held.anchors += 1
            yield from flaws
            if flaws:
                continue
            self.held.newest = file.anchor
            stored = self._stored(file.anchor)
            if stored is None:
                self.absent.append(file.anchor)
            elif stored.anchor.hash != file.anchor.hash:
                yield _of(
                    file.anchor, Kind.ANCHOR, f"the database has another one of this number: {stored.anchor.hash}"
                )
                stored = None
            heads = file.heads if file.heads is not None else _sound(stored, "heads")
            keys = file.keys if file.keys is not None else _sound(stored, "keys")
            self.held.lists += heads is not None
            if keys is not None:
                yield from self._keys(file.anchor, keys)
            if heads is not None:
                yield from self._heads(file.anchor, heads)
        yield from self._restored()

    def _stored(self, anchor: Anchor) -> AnchorFile | None:
        return anchors.read(self.connection, anchor.number)

    def _restored(self) -> Iterator[Finding]:
        """Tell of anchors that were made and are not in the database: it is an older state of itself."""
        if not self.absent:
            return
        first, last = self.absent[0], self.absent[-1]
        row = self.connection.execute(_SQL["newest_at"]).fetchone()
        here = f"the newest here is {row[0]} of {row[1].isoformat()}" if row else "there is none here"
        said = self.connection.execute(_SQL["replaced"]).fetchone()
        noted = f"; the centre noted it itself at {said[0].isoformat()}" if said else ""
        which = f"anchor {first.number}" if first is last else f"anchors {first.number} to {last.number}"
        detail = f"{which} (the last of {last.at}) are not in this database; {here}: an older state was put back{noted}"
        yield Finding(Kind.RESTORED, CENTRE, None, None, detail)

    def _heads(self, anchor: Anchor, heads: Iterable[StreamHead]) -> Iterator[Finding]:
        for head in heads:
            if self.seen.get(head.stream) == (head.through, head.hash):
                continue
            self.seen[head.stream] = (head.through, head.hash)
            yield from self._once(head.stream, self._head(anchor, head))

    def _once(self, stream: UUID, finding: Finding | None) -> Iterator[Finding]:
        """Yield a flaw of a stream, once of each kind: every later anchor shows it again."""
        if finding is not None and (stream, finding.kind) not in self.told:
            self.told.add((stream, finding.kind))
            yield finding

    def _head(self, anchor: Anchor, head: StreamHead) -> Finding | None:
        values = {"stream": head.stream, "sequences": [head.through]}
        there = dict(self.connection.execute(_SQL["hashes"], values).fetchall()).get(head.through)
        if there == head.hash:
            return None
        if head.stream not in self.extents:
            row = self.connection.execute(_SQL["extent"], {"stream": head.stream}).fetchone()
            self.extents[head.stream] = row[0] if row else 0
        last = self.extents[head.stream]
        where = f"anchor {anchor.number} of {anchor.at} has it through event {head.through}"
        if there is not None:
            return self._finding(
                Kind.REWRITTEN, head, f"{where}, hash {head.hash}; there stands another one{self._by(head)}"
            )
        if last == 0:
            return self._finding(Kind.DELETED, head, f"{where}; nothing of it is there")
        if last < head.through:
            return Finding(Kind.CUT, head.station, head.stream, last + 1, f"{where}; it ends at {last}", head.through)
        return self._finding(Kind.REMOVED, head, where)

    def _by(self, head: StreamHead) -> str:
        """Say by which keys the stream is signed now that were not the station's at the anchor."""
        if self.then is None:
            return ""
        strange = set()
        for (body,) in self.connection.execute(_SQL["checkpoints"], {"stream": head.stream}):
            with suppress(codec.RefusedError):  # the walk names those
                event = codec.read(bytes(body))
                if isinstance(event, CheckpointEvent) and (head.station, event.data.key) not in self.then:
                    strange.add(event.data.key)
        return f", signed with {', '.join(sorted(strange))}, which was no key of the station's then" if strange else ""

    def _finding(self, kind: Kind, head: StreamHead, detail: str) -> Finding:
        return Finding(kind, head.station, head.stream, head.through, detail)

    def _keys(self, anchor: Anchor, keys: Collection[StationKey]) -> Iterator[Finding]:
        """Compare the keys of then and now. One that is new must have been accepted by a deed since."""
        then = self.then = {(key.station, key.key) for key in keys}
        if self.keys_seen == anchor.keys:
            return
        self.keys_seen = anchor.keys
        now = {(key.station, key.key) for key in self.today}
        accepted: Mapping[tuple[str, str], datetime] = {
            (station, key): at for station, key, at in self.connection.execute(_SQL["keys_by_deed"])
        }
        for station, key in sorted(now - then - self.keys_told):
            at = accepted.get((station, key))
            if at is None or at <= anchor.moment:
                self.keys_told.add((station, key))
                when = f"a deed of {at.isoformat()} says so" if at else "no deed says so"
                detail = f"{key} is among its keys and was not at anchor {anchor.number} of {anchor.at}; {when}"
                yield Finding(Kind.SLIPPED, station, None, None, detail)
        for station, key in sorted(then - now - self.keys_told):
            self.keys_told.add((station, key))
            detail = f"{key} was among its keys at anchor {anchor.number} of {anchor.at}, and is not any more"
            yield Finding(Kind.SLIPPED, station, None, None, detail)


def _sound(stored: AnchorFile | None, name: str) -> Any:
    """Return a list that the database keeps beside an anchor, when it is the one that was signed."""
    if stored is None:
        return None
    found = getattr(stored, name)
    return found if found is not None and digest_of(found) == getattr(stored.anchor, name) else None
