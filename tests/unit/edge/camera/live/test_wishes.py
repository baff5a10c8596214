from datetime import UTC, datetime
from uuid import UUID, uuid4

from edge.camera.live.wishes import MOST, Wishes
from wire.live import LiveCommand

AT = datetime(2026, 3, 2, tzinfo=UTC)
ONE, TWO = UUID(int=1), UUID(int=2)


def wish(identity: UUID, mode: str, fps: float = 2.0, for_s: float = 10.0) -> LiveCommand:
    return LiveCommand.model_validate(
        {"id": identity, "camera": "c", "mode": mode, "fps": fps, "for_s": for_s, "at": AT}
    )


def test_a_wish_ends_by_itself_and_goes_on_when_it_is_said_again() -> None:
    wishes = Wishes()
    assert wishes.fps(0) == 0
    wishes.take(wish(ONE, "preview"), 0)
    assert [wishes.fps(at) for at in (0, 9.9, 10)] == [2, 2, 0]
    wishes.take(wish(ONE, "preview"), 9)
    assert [wishes.fps(at) for at in (18.9, 19)] == [2, 0]


def test_two_servers_wish_for_themselves() -> None:
    wishes = Wishes()
    wishes.take(wish(ONE, "preview", fps=1), 0)
    wishes.take(wish(TWO, "preview", fps=5, for_s=60), 0)
    assert wishes.fps(1) == 5
    wishes.take(wish(TWO, "none"), 1)
    assert wishes.fps(1) == 1
    assert not wishes.is_video(1)
    wishes.take(wish(TWO, "video"), 1)
    assert wishes.is_video(1)
    wishes.take(wish(TWO, "none"), 1)
    assert not wishes.is_video(1)


def test_made_up_ids_do_not_push_out_those_that_are_there() -> None:
    wishes = Wishes()
    ids = [uuid4() for _ in range(MOST)]
    assert all(wishes.take(wish(viewer, "preview"), 0) for viewer in ids)
    assert not wishes.take(wish(ONE, "preview"), 0)
    assert wishes.take(wish(ids[0], "video"), 0)
    assert wishes.take(wish(ONE, "preview"), 10)
