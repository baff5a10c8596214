"""An export, checked without a database: bytes, links, signatures, and what anchors say. Public keys are all it needs.

In one pass: a stream's events come in order, and only the hashes at anchored places are kept.
"""

import base64
import gzip
import hashlib
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from shian.proof.exporting import PLAIN, TYPE
from storage.anchored import Held, check_chain
from storage.findings import Finding, Kind, Walked
from wire import codec, links
from wire.anchors import AnchorError, AnchorFile, decode
from wire.chain import is_signed
from wire.kinds.checkpoint import CheckpointEvent
from wire.kinds.envelope import ZERO_HASH
from wire.topics import CENTRE

_BUFFER = 1 << 20  # gzip's own reads a line by Python code
_FAR = 1_000_000
_CHECKPOINT = "shian.checkpoint.v1"
_KEPT = 10_000  # hashes behind: a checkpoint covers the event before it, or a little earlier
_AHEAD = b'{"anchor":'


class NoExportError(Exception):
    """The file is no export of ours."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Public keys that the caller knows from elsewhere: of the centre, and of stations."""

    centre: frozenset[str] = frozenset()
    stations: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def are_given(self) -> bool:
        return bool(self.centre or self.stations)


@dataclass(slots=True)
class _Anchored:
    """Whatever the sound anchors say. `heads`: by stream and number, the hash and the anchor."""

    heads: dict[UUID, dict[int, tuple[str, str]]] = field(default_factory=lambda: defaultdict(dict))
    stations: dict[UUID, str] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def check(path: Path, more: Iterable[AnchorFile], keys: Keys, held: Held) -> Iterator[Finding | Walked]:
    """Yield what is wrong in an export, and each stream that was walked. `more`: anchors from elsewhere, in order.
    Raises NoExportError, OSError."""
    anchored = _Anchored()
    try:
        with gzip.open(path, "rb") as file, io.BufferedReader(file, _BUFFER) as lines:
            first = _load(next(iter(lines), b""))
            if first.get("type") != TYPE:
                raise NoExportError(f"{path}: no export ({TYPE})")
            wanted = held.scope = frozenset(map(str, first.get("stations", ())))
            yield from _learn(more, keys, held, anchored)
            inside, rest = _split(lines)
            yield from _learn(inside, keys, held, anchored)
            yield from _walk(rest, keys, anchored, wanted)
    except (EOFError, gzip.BadGzipFile) as exc:
        raise NoExportError(f"{path}: {exc}") from exc


def _split(lines: Iterable[bytes]) -> tuple[list[AnchorFile], Iterator[bytes]]:
    """Return the anchors at the beginning, and the lines behind them."""
    found: list[AnchorFile] = []
    source = iter(lines)
    for line in source:
        if not line.startswith(_AHEAD):
            return found, chain((line,), source)
        try:
            found.append(decode(line))
        except AnchorError as exc:
            raise NoExportError(f"an anchor that cannot be read: {exc}") from exc
    return found, iter(())


def _learn(files: Iterable[AnchorFile], keys: Keys, held: Held, anchored: _Anchored) -> Iterator[Finding]:
    for file, flaws in check_chain(files, keys.centre):
        held.anchors += 1
        yield from flaws
        if flaws:
            continue
        held.newest = file.anchor if held.newest is None or file.anchor.number > held.newest.number else held.newest
        held.lists += file.heads is not None
        anchored.keys[CENTRE].add(file.anchor.key)
        which = f"anchor {file.anchor.number} of {file.anchor.at}"
        for head in file.heads or ():
            anchored.stations[head.stream] = head.station
            before = anchored.heads[head.stream].setdefault(head.through, (head.hash, which))
            if before[0] != head.hash:
                detail = f"{which} and {before[1]} have different events there"
                yield Finding(Kind.ANCHOR, head.station, head.stream, head.through, detail)
        for key in file.keys or ():
            anchored.keys[key.station].add(key.key)


def _walk(
    lines: Iterable[bytes], keys: Keys, anchored: _Anchored, wanted: Collection[str]
) -> Iterator[Finding | Walked]:
    stream: _Stream | None = None
    walked: set[UUID] = set()
    for line in lines:
        if line.startswith(PLAIN) and stream:
            body = line.removesuffix(b"\n")
            if not stream.follows(body):
                yield from stream.event(stream.place(body), body)
            continue
        document = _load(line)
        if "stream" in document:
            if stream:
                yield from stream.end()
            stream = _Stream.of(document, keys, anchored)
            walked.add(stream.id)
        elif stream is None:
            raise NoExportError("an event before any stream")
        else:
            yield from stream.event(*_event(document))
    if stream:
        yield from stream.end()
    for absent in sorted(anchored.heads.keys() - walked):
        station = anchored.stations[absent]
        if not wanted or station in wanted:
            last = max(anchored.heads[absent])
            detail = f"{anchored.heads[absent][last][1]} has it through event {last}; nothing of it is there"
            yield Finding(Kind.DELETED, station, absent, last, detail)


@dataclass(slots=True)
class _Stream:
    id: UUID
    name: str  # the id as its events write it
    station: str
    trusted: Collection[str] | None
    heads: dict[int, tuple[str, str]]
    accounted: dict[int, str]
    hashes: dict[int, str] = field(default_factory=dict)  # a few of the last: checkpoints cover the event before
    sequence: int = 0
    hash: str = ZERO_HASH
    events: int = 0
    signed_through: int = 0

    @classmethod
    def of(cls, document: Mapping[str, Any], keys: Keys, anchored: _Anchored) -> "_Stream":
        stream, station = UUID(document["stream"]), str(document["station"])
        trusted = keys.stations.get(station, frozenset()) | anchored.keys.get(station, set())
        if station == CENTRE:
            trusted |= keys.centre
        accounted = {int(sequence): str(digest) for sequence, digest in document.get("accounted", ())}
        # Without any key from outside the export's own are taken: they hang together, and prove no more.
        wanted = trusted if trusted or keys.are_given else None
        return cls(stream, str(stream), station, wanted, dict(anchored.heads.get(stream, {})), accounted)

    def follows(self, body: bytes) -> bool:
        """Pass an event that is plainly the next one, as nearly all are. False: `event` has to look at it."""
        link = links.read(body)
        number = self.sequence + 1
        if link is None or link.type == _CHECKPOINT:
            return False
        if (link.sequence, link.previous, link.stream) != (number, self.hash, self.name):
            return False
        digest = hashlib.sha256(body).hexdigest()
        if number in self.heads and self.heads[number][0] != digest:
            return False
        self.heads.pop(number, None)
        self.events += 1
        self._pass(number, digest)
        return True

    def place(self, body: bytes) -> int:
        """Return the number under which a line stands: its own, where it has one of this stream."""
        link = links.read(body)
        return link.sequence if link and link.stream == self.name else self.sequence + 1

    def event(self, number: int, body: bytes) -> Iterator[Finding]:
        """Yield what is wrong with an event."""
        self.events += 1
        if number <= self.sequence:
            yield self._found(Kind.REORDERED, number, f"stands behind event {self.sequence}")
            return
        yield from self._skip_to(number)
        digest = hashlib.sha256(body).hexdigest()
        yield from self._look(number, body)
        self._pass(number, digest)
        yield from self._at_anchor(number, digest)

    def _look(self, number: int, body: bytes) -> Iterator[Finding]:
        try:
            event = codec.read(body)
        except codec.RefusedError as exc:
            yield self._found(Kind.CHANGED, number, f"its bytes are no event any more: {exc.reason}")
            return
        if (event.stream, event.sequence) != (self.id, number):
            yield self._found(Kind.REORDERED, number, f"here stands event {event.sequence} of stream {event.stream}")
        elif self.hash and event.previoushash != self.hash:
            yield self._found(Kind.CHANGED, number, "does not name the event before it")
        if isinstance(event, CheckpointEvent):
            yield from self._checkpoint(event, number)

    def _checkpoint(self, event: CheckpointEvent, number: int) -> Iterator[Finding]:
        data = event.data
        covered = self.hashes.get(data.sequence)
        if self.trusted is not None and data.key not in self.trusted:
            kind = Kind.SLIPPED if self.trusted else Kind.SIGNATURE
            yield self._found(kind, number, f"signed with a key that is not known to be the station's: {data.key}")
        elif not is_signed(data, self.id):
            yield self._found(Kind.SIGNATURE, number, "the signature does not hold")
        elif covered is not None and covered != data.hash:
            yield self._found(Kind.SIGNATURE, number, f"event {data.sequence} is not the one that was signed")
        elif covered is not None:
            self.signed_through = max(self.signed_through, data.sequence)

    def _skip_to(self, number: int) -> Iterator[Finding]:
        """Pass the numbers that are not there: accounted for by the station, or missing."""
        first: int | None = None
        for absent in range(self.sequence + 1, number) if number - self.sequence < _FAR else ():
            if absent in self.accounted:
                if first is not None:
                    yield self._missing(first, absent - 1)
                    first = None
                self._pass(absent, self.accounted[absent])
                yield self._found(Kind.DAMAGED, absent, "the station's disk changed it before it was sent")
            elif first is None:
                first = absent
        if number - self.sequence >= _FAR:
            first = self.sequence + 1
        if first is not None:
            yield self._missing(first, number - 1)

    def _missing(self, first: int, last: int) -> Finding:
        self.hash = ""  # nothing to compare the next one with
        self.heads = {number: head for number, head in self.heads.items() if not first <= number <= last}
        return Finding(Kind.GAP, self.station, self.id, first, "is not there", last if last != first else None)

    def _pass(self, number: int, digest: str) -> None:
        self.sequence, self.hash = number, digest
        self.hashes[number] = digest
        self.hashes.pop(number - _KEPT, None)

    def _at_anchor(self, number: int, digest: str) -> Iterator[Finding]:
        head = self.heads.pop(number, None)
        if head is not None and head[0] != digest:
            yield self._found(Kind.REWRITTEN, number, f"{head[1]} has another event there: {head[0]}")

    def end(self) -> Iterator[Finding | Walked]:
        """Yield what anchors have of the stream above its end."""
        above = [number for number in self.heads if number > self.sequence]
        if above:
            last = max(above)
            detail = f"{self.heads[last][1]} has it through event {last}; it ends at {self.sequence}"
            yield Finding(Kind.CUT, self.station, self.id, self.sequence + 1, detail, last)
        yield Walked(self.station, self.id, self.events, self.signed_through)

    def _found(self, kind: Kind, number: int, detail: str) -> Finding:
        return Finding(kind, self.station, self.id, number, detail)


def _event(document: Mapping[str, Any]) -> tuple[int, bytes]:
    """Return the number and the exact bytes of an event that is no plain line."""
    try:
        number, body = document["n"], base64.b64decode(document["base64"])
    except (KeyError, ValueError, TypeError) as exc:
        raise NoExportError(f"a line that is no event: {str(document)[:60]}") from exc
    if not isinstance(number, int):
        raise NoExportError(f"a number that is none: {number!r}")
    return number, body


def _load(line: bytes) -> dict[str, Any]:
    try:
        document = from_json(line)
    except ValueError as exc:
        raise NoExportError(f"a line that is no JSON: {line[:60]!r}") from exc
    if not isinstance(document, dict):
        raise NoExportError(f"a line that is no object: {line[:60]!r}")
    return document
