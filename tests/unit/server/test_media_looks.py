"""A look goes on for some minutes, of one person at one picture."""

import pytest

from server.media import looks
from server.media.looks import Looks


def test_a_look_ends() -> None:
    now = [0.0]
    known = Looks(lambda: now[0])
    assert not known.is_going_on("li")
    known.began("li")
    now[0] = 299.0
    assert known.is_going_on("li")
    assert not known.is_going_on("wang")
    now[0] = 301.0
    assert not known.is_going_on("li")


def test_what_is_forgotten_is_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "_MOST", 2)
    known = Looks(lambda: 0.0)
    for who in ("a", "b", "a", "c"):
        known.began(who)
    assert [known.is_going_on(who) for who in ("a", "b", "c")] == [True, False, True]
