"""The anchors that a station saw: kept, bounded, and given out as a witness's."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.commands import heads
from edge.spool import view, witness
from edge.spool.spool import Spool
from storage import anchor_files
from storage.anchor_files import Unreadable
from wire import anchors, receipts
from wire.anchors import Anchor, StreamHead
from wire.receipts import Receipt

KEY = Ed25519PrivateKey.generate()
HEADS = (StreamHead(station="market-1", stream=UUID(int=1), through=5, hash="ab" * 32),)


def chain(count: int) -> list[Anchor]:
    made: list[Anchor] = []
    for _ in range(count):
        made.append(anchors.make(KEY, made[-1] if made else None, datetime(2026, 3, 2, tzinfo=UTC), HEADS, ()))
    return made


def show(spool: Spool, *several: Anchor) -> None:
    for anchor in several:
        spool.apply([Receipt(stream=spool.stream, through=0, anchor=anchor)])


def test_each_anchor_is_kept_once_and_given_out(spool: Spool, tmp_path: Path) -> None:
    made = chain(3)
    folder = spool._plan.folder
    assert view.anchors(folder, 10) == []
    show(spool, *made, made[0])
    assert [row.hash for row in view.anchors(folder, 10)] == [anchor.hash for anchor in reversed(made)]
    heads.into(tmp_path / "seen.jsonl")(folder, 1)
    assert [file.anchor for file in anchor_files.read(tmp_path / "seen.jsonl", Unreadable())] == made
    assert heads.as_document(folder, 1)["anchors"][0]["hash"] == made[2].hash


def test_two_of_one_number_are_both_kept_and_one_without_a_signature_is_not(spool: Spool) -> None:
    (one,) = chain(1)
    other = anchors.make(KEY, None, datetime(2026, 3, 3, tzinfo=UTC), HEADS, ())
    show(spool, one, other, one.model_copy(update={"number": 2}))
    assert [row.number for row in view.anchors(spool._plan.folder, 10)] == [1, 1]


def test_only_so_many_are_kept(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness, "_MOST", 2)
    show(spool, *chain(5))
    assert len(view.anchors(spool._plan.folder, 10)) == 2


def test_an_anchor_of_a_newer_centre_costs_no_receipt() -> None:
    (one,) = chain(1)
    body = receipts.encode(Receipt(stream=UUID(int=1), through=7, anchor=one))
    assert receipts.decode(body).anchor == one
    newer = receipts.decode(body.replace(b"shian.anchor.v1", b"shian.anchor.v2"))
    assert (newer.through, newer.anchor) == (7, None)
    assert b"anchor" not in receipts.encode(Receipt(stream=UUID(int=1), through=7))
