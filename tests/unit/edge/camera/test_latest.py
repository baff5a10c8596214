"""The one place between capturing and analysing."""

import threading

from edge.camera.latest import Latest


def test_only_the_newest_is_kept_and_the_rest_is_counted() -> None:
    latest: Latest[int] = Latest()
    assert [latest.put(number) for number in range(3)] == [True, False, False]
    assert latest.take(0) == 2
    assert latest.take(0) is None
    assert latest.dropped == 2


def test_who_waits_is_woken() -> None:
    latest: Latest[str] = Latest()
    got: list[str | None] = []
    thread = threading.Thread(target=lambda: got.append(latest.take(30)))
    thread.start()
    latest.put("frame")
    thread.join(30)
    assert got == ["frame"]
