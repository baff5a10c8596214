"""The episodes that find true events, and those that are false."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from edge.camera.tuning.score import AFTER_S, BEFORE_S, Episode, Meaning, Nuisance, Score, TrueEvent, score
from wire.cameras import CameraKind

COVERED, DARK, MOTION = CameraKind.COVERED, CameraKind.DARK, CameraKind.MOTION
HELD_S = dict.fromkeys(CameraKind, 2.0)


def episode(
    start_s: float, end_s: float | None, kind: CameraKind = COVERED, zone: str = "", began_s: float | None = None
) -> Episode:
    return Episode(kind, zone, start_s if began_s is None else began_s, start_s, end_s)


def scored(
    events: Sequence[TrueEvent],
    episodes: Sequence[Episode],
    nuisances: Sequence[Nuisance] = (),
    kinds: Sequence[CameraKind] | None = None,
) -> Score:
    return score(events, nuisances, episodes, HELD_S, kinds)


def counts(result: Score) -> dict[str, tuple[int, int, int, int]]:
    """Return counts by kind: true, found, missed, false."""
    return {row.kind.value: (row.events, row.found, row.missed, row.false) for row in result.kinds}


def test_an_event_is_found_late() -> None:
    result = scored([TrueEvent(COVERED, 10, 20)], [episode(12, 22)])
    assert counts(result) == {"covered": (1, 1, 0, 0)}
    assert (result.kinds[0].precision, result.kinds[0].recall) == (1.0, 1.0)
    assert (result.kinds[0].late_median_s, result.kinds[0].late_worst_s) == (2.0, 2.0)
    assert result.is_perfect


def test_it_is_the_start_that_counts_within_its_slack() -> None:
    truth = [TrueEvent(COVERED, 10, 20)]
    for start_s in (10 - BEFORE_S, 20 + AFTER_S):
        assert counts(scored(truth, [episode(start_s, 40)])) == {"covered": (1, 1, 0, 0)}
    for start_s in (10 - BEFORE_S - 0.1, 20 + AFTER_S + 0.1):
        assert counts(scored(truth, [episode(start_s, 40)])) == {"covered": (1, 0, 1, 1)}, "lasting over it is not it"


def test_another_kind_finds_nothing() -> None:
    result = scored([TrueEvent(COVERED, 10, 20)], [episode(12, 22, DARK)])
    assert counts(result) == {"dark": (0, 0, 0, 1), "covered": (1, 0, 1, 0)}
    assert [(row.precision, row.recall) for row in result.kinds] == [(0.0, None), (None, 0.0)]


def test_several_episodes_of_one_event_are_found_once_and_none_is_false() -> None:
    result = scored([TrueEvent(COVERED, 10, 30)], [episode(12, 15), episode(18, 22), episode(25, 32)])
    assert counts(result) == {"covered": (1, 1, 0, 0)}
    assert result.kinds[0].late_s == (2,)
    assert [judged.at for judged in result.judged] == [0, 0, 0]


def test_an_episode_belongs_to_the_nearest_of_two() -> None:
    result = scored([TrueEvent(COVERED, 10, 20), TrueEvent(COVERED, 21, 30)], [episode(21.5, 32)])
    assert [outcome.late_s for outcome in result.outcomes] == [None, 0.5]


def test_a_zone_that_the_truth_names_must_be_it() -> None:
    intrusion = CameraKind.INTRUSION
    truth = [TrueEvent(intrusion, 10, 20, "door")]
    assert counts(scored(truth, [episode(12, 14, intrusion, "door")])) == {"intrusion": (1, 1, 0, 0)}
    assert counts(scored(truth, [episode(12, 14, intrusion, "sink")])) == {"intrusion": (1, 0, 1, 1)}
    anywhere = [TrueEvent(intrusion, 10, 20)]
    both = [episode(12, 14, intrusion, "sink"), episode(13, 14, intrusion, "door")]
    assert counts(scored(anywhere, both)) == {"intrusion": (1, 1, 0, 0)}


def test_what_starts_in_a_nuisance_is_false_because_of_it() -> None:
    result = scored([], [episode(12, 14), episode(50, 60)], [Nuisance("fog", 40, 45), Nuisance("light step", 10, 20)])
    assert [(judged.meaning, judged.at) for judged in result.judged] == [(Meaning.NUISANCE, 1), (Meaning.FALSE, None)]
    assert (result.kinds[0].false, result.kinds[0].from_nuisances) == (2, 1)
    assert not result.is_perfect


def test_a_true_event_within_a_nuisance_is_found() -> None:
    result = scored([TrueEvent(COVERED, 10, 20)], [episode(12, 22)], [Nuisance("light step", 5, 25)])
    assert result.is_perfect


def test_an_episode_over_a_short_gap_finds_both() -> None:
    truth = [TrueEvent(COVERED, 10, 20), TrueEvent(COVERED, 21.5, 30), TrueEvent(COVERED, 32, 40)]
    result = scored(truth, [episode(12, 42)])
    assert [(outcome.late_s, outcome.is_held) for outcome in result.outcomes] == [(2, False), (0, True), (0, True)]
    assert (result.kinds[0].found, result.kinds[0].held, result.kinds[0].false) == (3, 2, 0)


def test_an_event_whose_alarm_is_up_already_is_not_late_when_it_ends_and_comes_again() -> None:
    result = scored([TrueEvent(COVERED, 10, 20), TrueEvent(COVERED, 22, 60)], [episode(12, 45), episode(55, None)])
    assert [(outcome.late_s, outcome.is_held) for outcome in result.outcomes] == [(2, False), (0, True)]
    assert counts(result) == {"covered": (2, 2, 0, 0)}


def test_an_episode_that_did_not_end_in_a_long_gap_does_not_find_the_next() -> None:
    result = scored([TrueEvent(COVERED, 10, 20), TrueEvent(COVERED, 30, 40)], [episode(12, None)])
    assert [outcome.late_s for outcome in result.outcomes] == [2, None]


def test_a_false_episode_holds_nothing() -> None:
    result = scored([TrueEvent(COVERED, 10, 20)], [episode(5, 22)])
    assert counts(result) == {"covered": (1, 0, 1, 1)}


def test_motion_is_scored_where_the_truth_speaks_of_it() -> None:
    moves = [episode(12, 14, MOTION)]
    assert counts(scored([], moves)) == {}
    assert scored([], moves).judged[0].meaning is Meaning.NOT_SCORED
    assert counts(scored([TrueEvent(MOTION, 11, 14)], moves)) == {"motion": (1, 1, 0, 0)}


def test_the_kinds_that_are_named_are_scored_and_no_others() -> None:
    result = scored([TrueEvent(COVERED, 10, 20)], [episode(12, 22, DARK)], kinds=[DARK])
    assert counts(result) == {"dark": (0, 0, 0, 1)}
    assert counts(scored([], [], kinds=[MOTION])) == {"motion": (0, 0, 0, 0)}


spans = st.tuples(st.floats(0, 300), st.floats(0, 40)).map(lambda span: (span[0], span[0] + span[1]))
kinds = st.sampled_from(list(CameraKind))
zones = st.sampled_from(["", "door", "sink"])
true_events = st.builds(lambda kind, span, zone: TrueEvent(kind, span[0], span[1], zone), kinds, spans, zones)
episodes = st.builds(lambda kind, span, zone: Episode(kind, zone, span[0], span[0], span[1]), kinds, spans, zones)
nuisances = spans.map(lambda span: Nuisance("", *span))


@given(st.lists(true_events, max_size=8), st.lists(episodes, max_size=8), st.lists(nuisances, max_size=3))
def test_whatever_happens_the_counts_add_up(
    events: list[TrueEvent], found: list[Episode], disturbing: list[Nuisance]
) -> None:
    result = score(events, disturbing, found, HELD_S)
    assert len(result.judged) == len(found)
    assert len(result.outcomes) == len(events), "all are scored when nothing says which"
    assert sum(row.events for row in result.kinds) == len(events)
    for row in result.kinds:
        assert 0 <= row.held <= row.found <= row.events
        assert 0 <= row.from_nuisances <= row.false
        assert row.precision is None or 0 <= row.precision <= 1
        assert row.recall is None or 0 <= row.recall <= 1
        assert (row.found > 0) == (row.late_worst_s is not None)
        episodes_of = [judged for judged in result.judged if judged.episode.kind is row.kind]
        assert row.false == sum(judged.meaning is not Meaning.TRUTH for judged in episodes_of)
        assert row.found - row.held <= len(episodes_of)


@given(st.lists(true_events, max_size=6), st.lists(episodes, max_size=6))
def test_what_is_told_exactly_is_found_without_delay(events: list[TrueEvent], found: list[Episode]) -> None:
    told = [*found, *(Episode(event.kind, event.zone, event.from_s, event.from_s, event.to_s) for event in events)]
    rows = score(events, [], told, HELD_S).kinds
    apart = {kind for kind in CameraKind if len([event for event in events if event.kind is kind]) == 1}
    assert all(row.recall == 1.0 for row in rows if row.kind in apart)
