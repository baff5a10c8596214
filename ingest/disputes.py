"""A second body under a number that is taken, from the station itself: kept, judged and shown as disputed.

Two boxes that are one station, or one whose spool is an older copy, write different events under the same numbers. Both
are what an analyzer was told is recorded. So the second one is not only refused: its bytes lie in `disputed`, and a
result has its verdict, its row and its alert as any other.
"""

from ingest.folding import begin_folding
from ingest.work import Dispute, Work
from storage.named import queries
from storage.repeats import name_of
from wire.clocks import moment_of

_SQL = queries("ingest")


def keep(work: Work) -> None:
    """Fill work.disputes with those of work.disputed that are new."""
    if not work.disputed:
        return
    named = {name_of(disputed.hash): disputed for disputed in work.disputed}
    rows = sorted(named.items(), key=lambda pair: pair[0].int)
    values = {
        "id": [name for name, _ in rows],
        "stream": [event.event.stream for _, event in rows],
        "sequence": [event.event.sequence for _, event in rows],
        "station": [event.station for _, event in rows],
        "device": [event.device for _, event in rows],
        "type": [event.event.type for _, event in rows],
        "recorded_at": [moment_of(event.event, work.now).at for _, event in rows],
        "hash": [event.hash for _, event in rows],
        "body": [event.body for _, event in rows],
        "now": work.now,
    }
    added = [row[0] for row in work.cursor.execute(_SQL["add_disputed"], values, binary=True).fetchall()]
    work.disputes = [Dispute(name, named[name]) for name in sorted(added)]
    begin_folding(work, {dispute.accepted.station for dispute in work.disputes} - work.folding)
