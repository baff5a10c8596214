"""The live feed: the items for the browsers, written as text once, in the transaction that made the news."""

from psycopg.types.json import Jsonb

from ingest.work import Work
from storage import alerts
from storage.named import queries
from storage.steps import run
from wire.clocks import judge
from wire.feed import StationItem
from wire.kinds.envelope import MAX_SEQUENCE

_SQL = queries("ingest")


def note_statuses(work: Work) -> int:
    """Note stations' own states; only a change of state is news. Return the number of statuses of unknown stations."""
    unknown = 0
    for news in sorted(work.statuses, key=lambda news: news.station):
        status = news.status
        # A last will says when its agent connected, and a station may have no clock: what comes live is of now.
        at = min(judge(status.at, work.now).at, work.now) if news.is_retained else work.now
        values = {
            "name": news.station,
            "state": status.state,
            "at": at,
            "said_at": status.at.isoformat(),
            "waiting": status.waiting,
            "repeats": min(status.repeats, MAX_SEQUENCE) if status.state == "online" else None,
            "version": status.version,
            "body": Jsonb(status.model_dump(mode="json")),
            "is_retained": news.is_retained,
        }
        row = work.cursor.execute(_SQL["note_status"], values).fetchone()
        if row is None:
            unknown += 1
        elif row[1] and row[0] != status.state:
            item = StationItem(station=news.station, state=status.state, at=at)
            work.items.append(item.model_dump_json())
    return unknown


def publish(work: Work) -> None:
    """Publish rows of the feed, and the words that wake its readers at commit."""
    run(work.cursor, alerts.publish(work))
