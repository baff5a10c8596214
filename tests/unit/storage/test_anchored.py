"""The ledger held against anchors: whatever was done since is named, each by a name of its own."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from storage import anchor_files, deeds
from storage.anchor_files import Unreadable
from storage.anchored import Held, hold
from storage.deeds import Actor, Deed
from storage.findings import Kind
from storage.stations import pin_key
from tests.support.anchored import Anchored, write_files
from tests.support.desk import Desk
from tests.support.station import ChainedStation, result
from wire import anchors, chain, codec
from wire.anchors import AnchorFile
from wire.events import new_event, source_of


@pytest.fixture
def district(desk: Desk) -> Anchored:
    """Anchor a district twice, with events in between and after."""
    made = Anchored(desk)
    made.anchor()
    made.bring(3)
    made.anchor()
    made.bring(2)
    return made


def harm(district: Anchored, *statements: str) -> None:
    for statement in statements:
        district.desk.connection.execute(statement.encode(), {"stream": district.market.stream})


def test_what_nobody_touched_is_as_anchored(district: Anchored) -> None:
    assert district.held() == []
    assert district.walked() == []
    first, second = district.files
    assert (second.anchor.number, second.anchor.previous) == (2, first.anchor.hash)
    assert second.heads is not None
    assert {head.station for head in second.heads} == {"market-1", "centre"}


def test_a_statement_without_its_lists_commits_to_those_in_the_database(district: Anchored) -> None:
    bare = [AnchorFile(anchor=file.anchor) for file in district.files]
    held = Held()
    assert list(hold(district.desk.connection, bare, (), held)) == []
    assert (held.anchors, held.lists) == (2, 2)
    harm(district, "DELETE FROM event WHERE stream = %(stream)s AND sequence > 3")
    assert district.held(bare) == [(Kind.CUT, "market-1")]


def test_a_cut_tail_is_named_though_the_stream_says_it_is_whole(district: Anchored) -> None:
    cut = """
    UPDATE stream SET through = 4, highest = 4, signed_through = 0,
        head = (SELECT hash FROM event WHERE stream = %(stream)s AND sequence = 4) WHERE id = %(stream)s
    """
    rows = "DELETE FROM result WHERE event IN (SELECT id FROM event WHERE stream = %(stream)s AND sequence > 4)"
    harm(district, rows, "DELETE FROM event WHERE stream = %(stream)s AND sequence > 4", cut)
    assert Kind.REMOVED not in district.walked()
    assert district.held() == [(Kind.CUT, "market-1")]


def test_a_deleted_stream_is_named(district: Anchored) -> None:
    harm(district, "DELETE FROM event WHERE stream = %(stream)s", "DELETE FROM stream WHERE id = %(stream)s")
    assert district.held() == [(Kind.DELETED, "market-1")]


def test_a_stream_that_was_signed_anew_with_a_key_that_was_slipped_in_is_named(district: Anchored) -> None:
    forger = ChainedStation("market-1", stream=district.market.stream, key=Ed25519PrivateKey.generate())
    for body in district.market.bodies:
        event = codec.decode(body)
        if event.type == "shian.checkpoint.v1":
            forger.checkpoint()
        else:
            said = result(1.0, number=str(event.sequence))
            forger.add(said, event_id=event.id, time=event.time)
    for number, body in enumerate(forger.bodies, start=1):
        district.desk.connection.execute(
            "UPDATE event SET body = %(body)s, hash = sha256(%(body)s) WHERE stream = %(s)s AND sequence = %(n)s",
            {"body": body, "s": forger.stream, "n": number},
        )
    harm(district, f"UPDATE station SET public_key = '{chain.public_key(forger.key)}' WHERE name = 'market-1'")
    assert district.held() == [(Kind.SLIPPED, "market-1"), (Kind.REWRITTEN, "market-1")]
    (found,) = [
        finding
        for finding in hold(district.desk.connection, district.files, (), Held())
        if finding.kind is Kind.REWRITTEN
    ]
    assert f"signed with {chain.public_key(forger.key)}" in found.detail


def test_a_database_that_was_put_back_is_named(district: Anchored) -> None:
    harm(
        district,
        "DELETE FROM anchor WHERE number > 1",
        "DELETE FROM event WHERE station = 'centre' AND sequence > 10",
        "UPDATE stream SET through = 10, highest = 10 WHERE station = 'centre'",
    )
    kinds = [kind for kind, _ in district.held()]
    assert kinds == [Kind.CUT, Kind.RESTORED]
    # Once more with as much as the anchors have: the stations have sent it again, and an anchor is still not there.
    assert Kind.RESTORED in [kind for kind, _ in district.held([AnchorFile(anchor=district.files[1].anchor)])]


def test_a_key_that_comes_with_a_deed_is_no_flaw_and_one_without_is(district: Anchored) -> None:
    pin_key(district.desk.connection, "market-1", "ab" * 32, actor="officer")
    assert district.held() == []
    harm(district, f"UPDATE station SET public_key = '{'cd' * 32}' WHERE name = 'market-1'")
    assert district.held() == [(Kind.SLIPPED, "market-1")]


@pytest.mark.parametrize("action", ["station_came_in", "station_rekeyed"])
def test_a_key_that_came_by_a_code_is_no_flaw(district: Anchored, action: str) -> None:
    connection, facts = district.desk.connection, {"before": None, "after": "ab" * 32}
    with connection.transaction():
        deeds.write(connection, Deed(Actor.command("desk"), action, "market-1", "market-1", facts=facts))
        connection.execute("UPDATE station SET public_key = %s WHERE name = 'market-1'", ["ab" * 32])
    assert district.held() == []


@pytest.mark.parametrize(
    "change",
    [
        {"signature": "0" * 128},
        {"events": 1},
        {"number": 7},
        {"heads": "0" * 64},
        {"previous": "1" * 64},
        {"at": "2026-01-01T00:00:00.000000Z"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_anchor_that_was_changed_proves_nothing(district: Anchored, change: dict[str, object]) -> None:
    file = district.files[1]
    changed = file.model_copy(update={"anchor": file.anchor.model_copy(update=change)})
    assert (Kind.ANCHOR, "centre") in district.held([district.files[0], changed])


def test_lists_that_were_changed_are_named(district: Anchored) -> None:
    file = district.files[1]
    assert file.heads is not None
    assert file.keys is not None
    for changed in (
        file.model_copy(update={"heads": file.heads[1:]}),
        file.model_copy(update={"keys": (*file.keys, file.keys[0].model_copy(update={"key": "ab" * 32}))}),
    ):
        assert district.held([changed]) == [(Kind.ANCHOR, "centre")]


def test_an_anchor_of_another_key_is_not_the_centres(district: Anchored) -> None:
    assert district.held(None, "ab" * 32) == [(Kind.ANCHOR, "centre")] * 2


def test_two_of_one_number_contradict_each_other(district: Anchored) -> None:
    first, second = district.files
    assert second.heads is not None
    assert second.keys is not None
    other = anchors.make(district.key, first.anchor, second.anchor.moment, second.heads[:1], second.keys)
    files = [*district.files, AnchorFile(anchor=other)]
    assert (Kind.ANCHOR, "centre") in district.held(files)


def test_anchors_are_read_from_files_in_the_order_of_their_numbers(district: Anchored, tmp_path: Path) -> None:
    write_files(tmp_path, reversed(district.files))
    with (tmp_path / "anchors-2026-11.jsonl").open("ab") as file:
        file.write(b'{"anchor": torn')
    unreadable = Unreadable()
    read = list(anchor_files.read(tmp_path, unreadable))
    assert [file.anchor.number for file in read] == [1, 2]
    assert unreadable.lines == 1
    assert district.held(read) == []


def test_a_deed_that_was_forged_since_the_anchor_is_the_walks_to_name(district: Anchored) -> None:
    body = district.desk.one("SELECT body FROM event WHERE station = 'centre' AND sequence = 3")
    event = codec.decode(body)
    forged = new_event(
        event.data.model_copy(update={"actor": "somebody else"}),
        event_id=event.id,
        source=source_of("centre"),
        time=event.time,
        stream=event.stream,
        sequence=3,
        previous_hash=event.previoushash,
    )
    district.desk.connection.execute(
        "UPDATE event SET body = %(b)s, hash = sha256(%(b)s) WHERE station = 'centre' AND sequence = 3",
        {"b": codec.encode(forged)},
    )
    assert Kind.CHANGED in district.walked()
