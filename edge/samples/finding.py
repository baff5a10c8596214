"""Finds the sample of a result by the first rule that is unambiguous:

    code, number    the record itself says the code or the number of one registered sample
    layout          the operator laid out this well before the run
    only_one        one sample waits for this item, and the message has one result for it

Else there is no sample: nothing is guessed. Queries inside the spool."""

from dataclasses import dataclass

from edge.samples.numbers import plain
from edge.spool.file import Connection
from edge.spool.rows import Tie
from wire.kinds.sample import SampleV1
from wire.terms import LinkRule

_BY_CODE = "SELECT key, data FROM sample WHERE code = ? LIMIT 2"
_BY_NUMBER = "SELECT key, data FROM sample WHERE number = ? OR replace(number, '-', '') = ? LIMIT 2"
_BY_LAYOUT = """
SELECT sample.key, sample.data FROM layout JOIN sample ON sample.key = layout.sample
WHERE device = ? AND channel = ? AND (item = '' OR item = ?) AND (run IS NULL OR (run = ? AND run <> '')) LIMIT 2
"""
_BY_ITEM = """
SELECT sample.key, sample.data FROM awaited JOIN sample ON sample.key = awaited.sample WHERE awaited.item = ? LIMIT 2
"""
_NOT_PASSED = "SELECT 1 FROM tested WHERE sample = ? AND item = ? AND verdict IN ('fail', 'suspect', 'invalid') LIMIT 1"
# An analyzer's own small numbers (1, 2, 3 ...) name no sample.
_SHORTEST = 6


@dataclass(frozen=True, slots=True)
class Test:
    """Facts of a test that may tell its sample. `is_alone`: the only one for its item in the message."""

    device: str
    item: str
    said: str
    channel: int | None
    run: str
    is_alone: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Sample of a test. `is_retest`: a test of this sample for this item did not pass before."""

    tie: Tie
    sample: SampleV1
    is_retest: bool = False


def find(connection: Connection, test: Test) -> Found | None:
    """Return the sample of a test and the rule, or None."""
    number = plain(test.said)
    asked: list[tuple[LinkRule, str, tuple[object, ...]]] = []
    if test.said:
        asked.append((LinkRule.CODE, _BY_CODE, (test.said,)))
    if len(number) >= _SHORTEST:
        asked.append((LinkRule.NUMBER, _BY_NUMBER, (test.said, number)))
    if test.channel is not None:
        asked.append((LinkRule.LAYOUT, _BY_LAYOUT, (test.device, test.channel, test.item, test.run)))
    if test.is_alone:
        asked.append((LinkRule.ONLY_ONE, _BY_ITEM, (test.item,)))
    for rule, query, values in asked:
        rows = connection.execute(query, values).fetchall()
        if len(rows) == 1:
            sample = SampleV1.model_validate_json(rows[0][1])
            assert sample.key is not None, "what was registered has a key"
            is_retest = connection.execute(_NOT_PASSED, (rows[0][0], test.item)).fetchone() is not None
            return Found(Tie(sample.key, sample.number, rule), sample, is_retest)
    return None
