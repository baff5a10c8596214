"""The requests of the desk about what came down."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import Field

from edge.down.kept import Kept
from edge.down.progress import progress
from edge.samples.asked import Asked, Hello, Short
from edge.samples.desk import Request
from edge.spool.spool import Spool

if TYPE_CHECKING:
    from edge.down.worker import DownWorker


# An answer of the desk has 1 MiB.
_LOTS = 1000


class Search(Asked):
    """Search of foods or businesses; without a text the first ones."""

    text: Short = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 20


def down_requests(
    kept: Kept, worker: "Callable[[], DownWorker | None]", spool: Spool, zone: ZoneInfo
) -> Mapping[str, Request]:
    """Return the requests by name."""
    return {
        "foods": Request(Search, lambda asked: kept.now.index.find_foods(asked.text, asked.limit)),
        "businesses": Request(Search, lambda asked: kept.now.index.find_businesses(asked.text, asked.limit)),
        "progress": Request(Hello, lambda _: progress(spool, kept.now.document, zone)),
        "lots": Request(Hello, lambda _: _lots(kept)),
        "down": Request(Hello, lambda _: _shown(kept, worker())),
    }


def _lots(kept: Kept) -> list[dict[str, Any]]:
    document = kept.now.document
    return [one.model_dump(mode="json") for one in document.lots[:_LOTS]] if document else []


def _shown(kept: Kept, worker: "DownWorker | None") -> dict[str, Any]:
    document = kept.now.document
    names = ("items", "tasks", "operators", "procedures")
    shown = document.model_dump(mode="json", include=set(names)) if document else {name: [] for name in names}
    state = asdict(worker.state()) if worker else {}
    known = {name: getattr(document, name) for name in ("version", "limits_version", "made_at")} if document else {}
    return {"version": 0, "limits_version": "", **shown, **state, **known}
