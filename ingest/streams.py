"""The stream heads in the database: who owns a stream, and how far each is whole after this transaction.

A head's row is locked until commit, and only then are the events above it read. So whoever comes second sees all that
the first has stored, and `through` is never below what is there, however the events were dealt out among workers.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from operator import itemgetter
from uuid import UUID

from ingest.budgets import Use
from ingest.folding import begin_folding
from ingest.heads import Advance, Head, Link, advance, judge, settle
from ingest.rules import Earlier, on_break, on_flaw, on_new_stream
from ingest.work import Work
from storage.budgets import Kind
from storage.deeds import SYSTEM, Deed
from storage.errors import ConflictError
from storage.named import queries
from wire import codec
from wire.kinds.checkpoint import CheckpointEvent, CheckpointV1

_SQL = queries("ingest")
LINK = "link"
Hashes = dict[int, bytes]
Break = tuple[Head, int, str]  # the event, and what is wrong: LINK, or a flaw of its checkpoint
Reached = tuple[Head, Link, bytes | None]  # a checkpoint on the way, and the hash of what it covers
_sequence = itemgetter(0)


def claim(work: Work, wanted: dict[int, str], known: dict[int, str], use: Use) -> dict[int, str]:
    """Make the rows of streams that are new; return whose each stream is. A station that had one before is reported,
    and folds from now on. A stream above the station's budget is nobody's."""
    owners = {stream: known[stream] for stream in wanted if stream in known}
    unknown = sorted(wanted.keys() - owners.keys())
    if not unknown:
        return owners
    ids = [UUID(int=number) for number in unknown]
    rows = work.cursor.execute(_SQL["streams_owned"], {"ids": ids}, binary=True).fetchall()
    absent = _within(work, sorted({UUID(int=number) for number in unknown} - {row[0] for row in rows}), wanted, use)
    if absent:
        _add(work, absent, [wanted[stream.int] for stream in absent])
        rows = work.cursor.execute(_SQL["streams_owned"], {"ids": ids}, binary=True).fetchall()
    found = {stream.int: station for stream, station, _ in rows}
    work.folding.update(station for _, station, folds in rows if folds)
    work.new_streams.update(found)
    return owners | found


def _within(work: Work, ids: list[UUID], wanted: dict[int, str], use: Use) -> list[UUID]:
    """Return the new streams for which their stations have room; each is counted."""
    kept = []
    for stream in ids:
        station = wanted[stream.int]
        if use.left(work, station, Kind.STREAMS):
            work.spent[station, Kind.STREAMS] += 1
            kept.append(stream)
    return kept


def _add(work: Work, ids: list[UUID], stations: list[str]) -> None:
    """Add streams. One worker at a time adds a stream to a station: of two that bring the first two, one sees the
    other's."""
    names = {"names": sorted(set(stations))}
    work.cursor.execute(_SQL["lock_stations"], names)
    values = {"ids": ids, "stations": stations, "now": work.now}
    added = [row[0] for row in work.cursor.execute(_SQL["add_streams"], values, binary=True)]
    if not added:
        return
    for row in work.cursor.execute(_SQL["streams_before"], {"ids": added}, binary=True).fetchall():
        work.signals.append(on_new_stream(row[0], row[1], Earlier(*row[2:])))
    rows = work.cursor.execute(_SQL["stations_with_more"], names, binary=True).fetchall()
    begin_folding(work, [station for station, folds in rows if not folds])
    if folding := [station for station, folds in rows if folds]:
        work.cursor.execute(_SQL["begin_folding"], {"names": folding})


def prepare(work: Work) -> None:
    """Collect the links of the new events, by stream, in order. Fills work.links."""
    links: dict[int, list[Link]] = defaultdict(list)
    for accepted in work.stored:
        event = accepted.event
        checkpoint = event.data if isinstance(event, CheckpointEvent) else None
        links[accepted.place[0]].append(
            Link(event.sequence, bytes.fromhex(event.previoushash), accepted.hash, checkpoint)
        )
    for each in links.values():
        each.sort(key=_sequence)
    work.links = links


def move(work: Work) -> None:
    """Advance the heads of all streams that got events, and read those that duplicates or a status were about."""
    others = {accepted.place[0] for accepted in work.there} | {stream.int for _, stream in work.asked}
    others -= work.links.keys()
    if others:
        rows = work.cursor.execute(_SQL["read_streams"], {"ids": [UUID(int=number) for number in others]}, binary=True)
        work.heads.update((row[0].int, Head(*row)) for row in rows)
    if not work.links:
        _lock_stations(work, ())
        return
    ids = [UUID(int=number) for number in sorted(work.links)]
    rows = work.cursor.execute(_SQL["lock_streams"], {"ids": ids}, binary=True)
    moved = []
    checkpoints: list[Reached] = []
    breaks: list[Break] = []
    for before in [Head(*row) for row in rows.fetchall()]:
        _check_folding(work, before)
        head, reached, broken = _advance(work, before, work.links[before.stream.int])
        breaks += [(head, sequence, LINK) for sequence in broken]
        checkpoints += reached
        moved.append(settle(before, head, work.now))
    stations = sorted({head.station for head in moved})
    pinned = _lock_stations(work, stations)
    judged = _judge(work, moved, checkpoints, breaks, pinned)
    _write(work, judged, stations)
    _tell_breaks(work, breaks)


def vouch(work: Work) -> None:
    """Take the heads of broken streams back to where the chain still holds: a receipt's hash vouches for every event
    before it, and above a break may stand what another box wrote. Last, for the receipts alone."""
    broken = [head for head in work.heads.values() if head.broken_at is not None]
    if not broken:
        return
    ids = [head.stream for head in broken]
    first = dict(work.cursor.execute(_SQL["first_breaks"], {"ids": ids}, binary=True).fetchall())
    for head in broken:
        through = first.get(head.stream, head.through + 1) - 1
        if through >= head.through:
            continue
        values = {"stream": head.stream, "sequence": through}
        row = work.cursor.execute(_SQL["hash_at"], values, binary=True).fetchone() if through else (bytes(32),)
        # The event there may be one that is accounted for and not here: then nothing is vouched for.
        work.heads[head.stream.int] = replace(head, through=through if row else 0, hash=row[0] if row else bytes(32))


def _check_folding(work: Work, head: Head) -> None:
    """Check that the station still folds or not as when the batch began. Raises ConflictError when a second stream
    began meanwhile: the batch is stored again, and its results claim their identities."""
    if head.folds and head.station not in work.folding:
        work.folding.add(head.station)
        raise ConflictError(f"{head.station} has more than one stream now")


def _advance(work: Work, before: Head, links: list[Link]) -> tuple[Head, list[Reached], list[int]]:
    """Advance a head over the events of the batch, then, when they filled a hole, over those that were waiting above
    it."""
    hashes: Hashes = {link.sequence: link.hash for link in links}
    hashes[before.through] = before.hash
    highest = max(before.highest, links[-1].sequence)
    step = advance(before, links)
    reached, breaks = list(step.checkpoints), list(step.breaks)
    # What stands still may be waiting for a number that is accounted for just now.
    is_accounted = before.stream.int in work.accounted
    while (before.through < step.head.through or is_accounted) and step.head.through < highest:
        is_accounted = False
        stored = _links_above(work, step.head)
        hashes.update((link.sequence, link.hash) for link in stored)
        further = advance(step.head, stored)
        if further.head.through == step.head.through:
            break
        reached += further.checkpoints
        breaks += further.breaks
        step = Advance(further.head)
    head = replace(step.head, highest=highest)
    return head, [(head, link, _covered(work, head, link, hashes)) for link in reached], breaks


def _links_above(work: Work, head: Head) -> list[Link]:
    values = {"stream": head.stream, "through": head.through}
    rows = work.cursor.execute(_SQL["links_above"], values, binary=True)
    return [Link(row[0], row[1], row[2], _checkpoint(row[3]) if row[3] else None) for row in rows]


def _checkpoint(body: bytes) -> CheckpointV1 | None:
    event = codec.read(body)
    return event.data if isinstance(event, CheckpointEvent) else None


def _covered(work: Work, head: Head, link: Link, hashes: Hashes) -> bytes | None:
    sequence = link.checkpoint.sequence if link.checkpoint else 0
    if sequence in hashes:
        return hashes[sequence] if sequence else None
    values = {"stream": head.stream, "sequence": sequence}
    row = work.cursor.execute(_SQL["hash_at"], values, binary=True).fetchone()
    return row[0] if row else None


def _lock_stations(work: Work, stations: Iterable[str]) -> dict[str, str | None]:
    """Lock the rows of these stations and of those that sent a status, all at once and in one order: keys, the time of
    the last event and statuses are written into them one after the other. Return the keys that are pinned."""
    names = sorted({*stations, *(status.station for status in work.statuses)})
    if not names:
        return {}
    rows = work.cursor.execute(_SQL["pinned_keys"], {"names": names}, binary=True)
    return dict(rows.fetchall())


def _judge(
    work: Work,
    heads: Iterable[Head],
    checkpoints: list[Reached],
    breaks: list[Break],
    pinned: dict[str, str | None],
) -> dict[UUID, Head]:
    """Verify the checkpoints that were reached, and add the flaws to `breaks`. A station's first good one pins its key
    (trust on first use)."""
    result = {head.stream: head for head in heads}
    if not checkpoints:
        return result
    for at, link, covered in checkpoints:
        head, checkpoint = result[at.stream], link.checkpoint
        if checkpoint is None:
            continue
        flaw = judge(link, head.stream, covered, _key_of(work, head, link, pinned.get(head.station)))
        if flaw is None:
            if pinned.get(head.station) is None:
                pinned[head.station] = checkpoint.key
                _pin(work, head, checkpoint.key)
            head = replace(head, signed_through=max(head.signed_through, checkpoint.sequence))
        else:
            head = replace(head, broken_at=link.sequence if head.broken_at is None else head.broken_at)
            breaks.append((head, link.sequence, flaw.value))
        result[at.stream] = head
    return result


def _key_of(work: Work, head: Head, link: Link, pinned: str | None) -> str | None:
    """Return the key that the checkpoint in `link` must be signed with: the station's, or the one before where the
    event came while that one held, and waited behind a hole. A new event by an old key is nobody's."""
    if pinned is None or link.checkpoint is None or link.checkpoint.key == pinned:
        return pinned
    values = {"station": head.station, "key": link.checkpoint.key, "stream": head.stream, "sequence": link.sequence}
    row = work.cursor.execute(_SQL["was_key"], values, binary=True).fetchone()
    return link.checkpoint.key if row else pinned


def _tell_breaks(work: Work, breaks: list[Break]) -> None:
    """Tell of each batch of links that do not hold. A flaw of signatures that the stream has shown before (a key that
    was made anew shows it at every checkpoint) is told again only when nobody has it on the desk."""
    if not breaks:
        return
    rows = work.cursor.execute(_SQL["breaks_known"], {"ids": list({head.stream for head, _, _ in breaks})}, binary=True)
    known = {(stream, kind) for stream, kind in rows.fetchall()}
    values = {
        "stream": [head.stream for head, _, _ in breaks],
        "sequence": [sequence for _, sequence, _ in breaks],
        "kind": [kind for _, _, kind in breaks],
    }
    work.cursor.execute(_SQL["add_breaks"], values)
    found: dict[tuple[UUID, str], tuple[Head, list[int]]] = {}
    for head, sequence, kind in breaks:
        found.setdefault((head.stream, kind), (head, []))[1].append(sequence)
    for (stream, kind), (head, sequences) in found.items():
        is_new = kind == LINK or (stream, kind) not in known
        work.signals.append(
            on_break(head, sequences) if kind == LINK else on_flaw(head, sequences, kind, is_new=is_new)
        )


def _pin(work: Work, head: Head, key: str) -> None:
    work.cursor.execute(_SQL["pin_key"], {"name": head.station, "public_key": key})
    facts = {"after": key, "stream": str(head.stream), "by": "first checkpoint"}
    work.deeds.append(Deed(SYSTEM, "key_pinned", head.station, head.station, facts=facts))


def _write(work: Work, heads: dict[UUID, Head], stations: list[str]) -> None:
    rows = list(heads.values())
    values = {
        "now": work.now,
        "id": [row.stream for row in rows],
        "through": [row.through for row in rows],
        "head": [row.hash for row in rows],
        "highest": [row.highest for row in rows],
        "gap_since": [row.gap_since for row in rows],
        "signed_through": [row.signed_through for row in rows],
        "broken_at": [row.broken_at for row in rows],
    }
    work.cursor.execute(_SQL["move_streams"], values)
    work.cursor.execute(_SQL["note_stations"], {"now": work.now, "names": stations})
    work.heads.update((stream.int, head) for stream, head in heads.items())
