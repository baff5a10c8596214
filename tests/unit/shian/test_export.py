"""An export is checked by public keys alone, and whatever was done to it is named."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest

from shian.proof.checking import Keys, NoExportError, check
from shian.proof.exporting import PLAIN, export
from storage.anchored import Held
from storage.findings import Finding, Kind, Walked
from tests.support.anchored import Anchored
from tests.support.desk import Desk
from wire import chain

Lines = list[bytes]


@pytest.fixture
def district(desk: Desk) -> Anchored:
    made = Anchored(desk)
    made.anchor()
    made.bring(3)
    made.anchor()
    return made


def change(path: Path, how: Callable[[Lines], Lines]) -> None:
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(how(lines))))


def kinds(path: Path, district: Anchored, *, keys: Keys | None = None, more: bool = True) -> set[Kind]:
    keys = Keys(frozenset({district.public_key})) if keys is None else keys
    found = check(path, district.files if more else (), keys, Held())
    return {finding.kind for finding in found if isinstance(finding, Finding)}


def of_market(lines: Lines) -> range:
    """Return the places of the events of the station's stream."""
    begin = next(place for place, line in enumerate(lines) if b'"station":"market-1","accounted"' in line) + 1
    end = begin
    while end < len(lines) and lines[end].startswith(PLAIN):
        end += 1
    return range(begin, end)


def test_an_export_of_a_whole_district_is_whole(district: Anchored, tmp_path: Path) -> None:
    path = tmp_path / "proof.gz"
    done = export(district.desk.connection, path)
    found = list(check(path, district.files, Keys(frozenset({district.public_key})), Held()))
    walked = {news.station: (news.events, news.signed_through) for news in found if isinstance(news, Walked)}
    assert (done.streams, done.anchors, len(found)) == (2, 2, 2)
    assert walked["market-1"] == (11, 10)
    assert walked["centre"][0] == district.desk.one("SELECT count(*) FROM event WHERE station = 'centre'")


def drop_line(lines: Lines) -> Lines:
    place = of_market(lines)[4]
    return lines[:place] + lines[place + 1 :]


def change_bytes(lines: Lines) -> Lines:
    place = of_market(lines)[4]
    assert b'"value":3.0' in lines[place]
    lines[place] = lines[place].replace(b'"value":3.0', b'"value":1.0')
    return lines


def swap(lines: Lines) -> Lines:
    one, other = of_market(lines)[3], of_market(lines)[4]
    lines[one], lines[other] = lines[other], lines[one]
    return lines


def cut(lines: Lines) -> Lines:
    places = of_market(lines)
    return lines[: places[5]] + lines[places.stop :]


def delete_stream(lines: Lines) -> Lines:
    places = of_market(lines)
    return lines[: places.start - 1] + lines[places.stop :]


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        (drop_line, Kind.GAP),
        (change_bytes, Kind.CHANGED),
        (swap, Kind.REORDERED),
        (cut, Kind.CUT),
        (delete_stream, Kind.DELETED),
    ],
)
def test_what_was_done_to_it_is_named(
    district: Anchored, tmp_path: Path, how: Callable[[Lines], Lines], kind: Kind
) -> None:
    path = tmp_path / "proof.gz"
    export(district.desk.connection, path)
    change(path, how)
    assert kind in kinds(path, district)


def test_a_key_that_no_anchor_knows_is_named(district: Anchored, tmp_path: Path) -> None:
    path = tmp_path / "proof.gz"
    export(district.desk.connection, path)
    stations = {"market-1": frozenset({"ab" * 32})}
    change(path, lambda lines: [line for line in lines if not line.startswith(b'{"anchor":')])
    assert kinds(path, district, keys=Keys(stations=stations), more=False) == {Kind.SLIPPED, Kind.SIGNATURE}
    mine = {"market-1": frozenset({chain.public_key(district.market.key)})}
    centre = frozenset({district.public_key})
    assert kinds(path, district, keys=Keys(centre, mine), more=False) == set()


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "proof.gz"
    path.write_bytes(gzip.compress(b'{"type": "other"}\n'))
    with pytest.raises(NoExportError):
        list(check(path, (), Keys(), Held()))
