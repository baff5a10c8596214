"""Results that no analyzer of the station brought: read by eye, or out of a file of another program. Their origin is
part of the event and stays with them for ever. Pure."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from edge.samples.asked import ImportedRow, TypeResult
from edge.samples.tables import Table
from edge.spool.rows import Draft, Tie
from wire.kinds.result import ResultV1
from wire.kinds.sample import SampleV1
from wire.terms import Lane, LinkRule, Origin, Verdict
from wire.verdicts import effective


@dataclass(frozen=True, slots=True)
class Entered:
    """Result, the registered sample that it is said to be of ('': none), and by whom."""

    result: ResultV1
    sample: str
    who: str


def typed(asked: TypeResult) -> Entered:
    """Return the result of a card that was read by eye."""
    result = ResultV1(
        identity=_identity("typed", str(asked.request)),
        adapter="typed",
        profile="typed",
        origin=Origin.TYPED,
        item=asked.item,
        item_name=asked.item_name,
        value=asked.value,
        value_text=asked.value_text or ("" if asked.value is None else f"{asked.value:g}"),
        unit=asked.unit,
        device_verdict=asked.verdict,
        method=asked.method,
        standard=asked.standard,
        measured_at=asked.tested_at,
        operator=asked.who,
        is_retest=asked.is_retest,
        photo=asked.photo,
        second=asked.second,
    )
    return Entered(result, asked.sample, asked.who)


def imported(profile: str, row: ImportedRow) -> Entered:
    """Return the result of a row of a file: the same row of the same profile is the same test for ever."""
    result = ResultV1(
        identity=_identity("imported", profile, row.key, row.item),
        adapter="imported",
        profile=profile,
        origin=Origin.IMPORTED,
        item=row.item,
        item_name=row.item_name,
        sample=SampleV1(number=row.sample_number, commodity=row.commodity, stall=row.stall, vendor=row.vendor),
        record=row.record,
        value=row.value,
        value_text=row.value_text,
        unit=row.unit,
        device_verdict=row.verdict,
        standard=row.standard,
        measured_at=row.tested_at,
        measured_at_text=row.tested_at_text,
        operator=row.operator,
    )
    return Entered(result, "", row.operator)


def drafted(entered: Entered, sample: SampleV1 | None, table: Table, day: date, source: str) -> Draft:
    """Return the draft, judged by the station's limit table."""
    result = entered.result
    tie = None
    if sample is not None:
        assert sample.key is not None, "what was registered has a key"
        names = ("commodity", "stall", "vendor", "supplier", "lot", "origin_place", "key")
        said = {name: getattr(sample, name) for name in names}
        result = result.model_copy(update={"sample": SampleV1(number=sample.number, **said)})
        tie = Tie(sample.key, sample.number, LinkRule.PERSON, entered.who)
    decided = table.limits.decide(result, day).verdict
    if table.version and result.value is not None:
        result = result.model_copy(update={"limits_version": table.version, "station_verdict": decided})
    is_failed = Verdict.FAIL in (decided, result.device_verdict)
    return Draft(
        result,
        source,
        Lane.URGENT if is_failed else Lane.NORMAL,
        result.identity,
        tie=tie,
        verdict=Verdict.FAIL if is_failed else effective(decided, result.device_verdict),
    )


def _identity(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
