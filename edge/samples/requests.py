"""The requests that the desk answers, each with what is done: the one list."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from edge.samples import handling
from edge.samples.asked import (
    Amend,
    Handle,
    Hello,
    ImportResults,
    LayOut,
    LinkTo,
    OfDevice,
    OneSample,
    Register,
    Results,
    Samples,
    Scan,
    TypeResult,
    Wait,
)
from edge.samples.book import Book
from edge.samples.codes import CodeKind, load_gs1, read_code, takes
from edge.samples.desk import Request
from edge.samples.errors import Reason, RefusedError
from edge.samples.tables import Table
from edge.spool.spool import Spool
from edge.station_clock import utc_now
from process.language import t
from wire.kinds.sample import SampleV1
from wire.terms import Verdict


def requests_of(
    book: Book,
    spool: Spool,
    hello: Callable[[], dict[str, Any]],
    table: Callable[[], Table],
    *,
    ring: Callable[[dict[str, Any]], None] = lambda _: None,
    on_handled: Callable[[], None] = lambda: None,
    state: Callable[[], dict[str, Any]] = dict,
    now: Callable[[], datetime] = utc_now,
) -> Mapping[str, Request]:
    """Return the requests by name. `table`: the limit table in force; `ring` rings for a failed test that was typed;
    `on_handled` hears that somebody did something about a failed one; `state` returns how the station is, `now` its
    time."""

    load_gs1()

    def type_result(asked: TypeResult) -> dict[str, Any]:
        row = book.type_result(spool, asked, table())
        if row["verdict"] == Verdict.FAIL.value and row["is_new"]:
            ring(row)
        return row

    def handle(asked: Handle) -> dict[str, Any]:
        case = handling.handle(spool, asked, book.source, now())
        on_handled()
        return case

    return {
        "hello": Request(Hello, lambda _: hello()),
        "state": Request(Hello, lambda _: state()),
        "register": Request(Register, lambda asked: _shown(book.register(spool, asked))),
        "amend": Request(Amend, lambda asked: _shown(book.amend(spool, asked))),
        "lay_out": Request(LayOut, lambda asked: book.lay_out(spool, asked)),
        "layout": Request(OfDevice, lambda asked: book.layout(spool, asked.device)),
        "link": Request(LinkTo, lambda asked: book.link(spool, asked)),
        "samples": Request(Samples, lambda asked: book.samples(spool, asked)),
        "sample": Request(OneSample, lambda asked: book.sample(spool, asked.sample)),
        "results": Request(Results, lambda asked: book.results(spool, asked)),
        "cases": Request(Hello, lambda _: handling.cases(spool, now())),
        "handle": Request(Handle, handle),
        "type_result": Request(TypeResult, type_result),
        "import_results": Request(ImportResults, lambda asked: book.import_results(spool, asked, table())),
        "scan": Request(Scan, lambda asked: _scanned(book, spool, asked)),
        "wait": Request(Wait, lambda _: None),
    }


def _scanned(book: Book, spool: Spool, asked: Scan) -> dict[str, Any]:
    """Return what a code says; with `sample`, where it is the label of one. Raises RefusedError for a field that takes
    no code of its kind."""
    code = read_code(asked.text)
    if not takes(asked.field, code):
        raise RefusedError(
            Reason.WRONG_FIELD,
            t("this code belongs into another field", "该条码不属于此栏"),
            kind=code.kind.value,
            value=code.value,
        )
    shown = {name: value for name, value in asdict(code).items() if value not in (None, "", (), False)}
    if code.kind is CodeKind.SAMPLE:
        shown["sample"] = book.sample(spool, str(code.key) if code.key else code.value)
    elif code.kind in (CodeKind.GOODS, CodeKind.TEXT):
        # A bag's own code may have been registered.
        found = book.samples(spool, Samples(text=code.text[:100], limit=2)) if code.text.isprintable() else []
        if len(found) == 1 and found[0].get("code") == code.text:
            shown["sample"] = found[0]
    return shown


def _shown(sample: SampleV1) -> dict[str, Any]:
    return sample.model_dump(mode="json", exclude_defaults=True) | {"revision": sample.revision}
