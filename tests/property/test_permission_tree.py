"""The tree of areas: a role reaches its areas, all below them, and nothing else, whatever the tree looks like."""

from hypothesis import given
from hypothesis import strategies as st

from server.access.caller import EVERYTHING
from server.access.district import District
from server.access.table import ACCOUNT, table
from storage.accounts import Grant

AREAS = [f"a{number}" for number in range(12)]
ROLES = sorted(table().roles)


@st.composite
def districts(draw: st.DrawFn) -> District:
    """Draw a forest: each area lies below an earlier one, or at the top."""
    count = draw(st.integers(1, len(AREAS)))
    parents: dict[str, str | None] = {AREAS[0]: None}
    for number in range(1, count):
        parents[AREAS[number]] = draw(st.sampled_from([None, *AREAS[:number]]))
    places = draw(st.lists(st.sampled_from([None, *parents]), max_size=20))
    return District(parents, {f"m{number}": area for number, area in enumerate(places)})


def grants(district: District) -> st.SearchStrategy[list[Grant]]:
    areas = st.sampled_from([None, *district.parents, "gone"])
    return st.lists(st.builds(Grant, st.sampled_from(ROLES), areas), max_size=5)


def above(district: District, area: str | None) -> list[str]:
    """Return the area and all above it, by walking up."""
    found = []
    while area is not None:
        found.append(area)
        area = district.parents[area]
    return found


@given(st.data())
def test_a_station_is_reached_exactly_when_a_role_holds_above_it(data: st.DataObject) -> None:
    district = data.draw(districts())
    held = data.draw(grants(district))
    reaches = district.reaches(held)
    for name, permission in table().permissions.items():
        fitting = [grant for grant in held if grant.role in permission.roles]
        if ACCOUNT in permission.roles or any(grant.area is None for grant in fitting):
            assert reaches[name] == EVERYTHING
        elif not fitting:
            assert name not in reaches
        else:
            given_areas = {grant.area for grant in fitting}
            for station, area in district.stations.items():
                assert reaches[name].has_station(station) == bool(given_areas & set(above(district, area)))
            assert not reaches[name].has_station("")
            assert not reaches[name].has_area(None)


@given(st.data())
def test_another_role_takes_nothing_away_and_scopes_add_nothing(data: st.DataObject) -> None:
    district = data.draw(districts())
    held, more = data.draw(grants(district)), data.draw(grants(district))
    scopes = data.draw(st.frozensets(st.sampled_from(sorted(table().permissions))))
    before, after = district.reaches(held), district.reaches([*held, *more])
    for name, reach in before.items():
        assert all(after[name].has_station(station) for station in district.stations if reach.has_station(station))
    scoped = district.reaches(held, scopes)
    assert scoped.items() <= before.items()
    assert not scopes or set(scoped) <= scopes


@given(districts(), st.data())
def test_a_ring_of_areas_ends(district: District, data: st.DataObject) -> None:
    # Somebody may have edited the table by hand: nothing hangs, and a ring reaches itself.
    low = data.draw(st.sampled_from(sorted(district.parents)))
    top = above(district, low)[-1]
    ring = District({**district.parents, top: low}, district.stations)
    reach = ring.reach(frozenset({low}))
    assert all(reach.has_area(area) for area in above(district, low))
