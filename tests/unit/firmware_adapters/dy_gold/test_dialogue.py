"""The requests to the module, and the times when a card is scanned."""

from firmware_adapters.contract import Send
from firmware_adapters.dy_gold import FAMILY
from firmware_adapters.dy_gold.frames import request

VERSION = bytes.fromhex("7E 02 00 03 01 10 13 29 7E")
PRESENT, ABSENT = bytes.fromhex("7E 14 00 01 01 16 7E"), bytes.fromhex("7E 14 00 01 00 15 7E")
SCAN = bytes.fromhex("7E 16 00 02 34 12 5E 7E")
MOVED = bytes.fromhex("7E 12 00 00 12 7E")


class _Module:
    """Answers what a test tells it to; `ask` is the next request that leaves."""

    def __init__(self) -> None:
        self._decoder = FAMILY.decoder(FAMILY.profile())
        self._now = 0.0
        self._sent = self._decoder.start(0.0)

    def ask(self) -> bytes:
        for _ in range(10):
            if self._sent:
                (send,) = self._sent
                self._sent = []
                assert isinstance(send, Send)
                return send.data
            assert self._decoder.deadline is not None
            self._now = max(self._now, self._decoder.deadline)
            self._sent = self._decoder.tick(self._now)
        raise AssertionError("nothing is asked")

    def say(self, data: bytes) -> None:
        self._now += 0.01
        self._decoder.receive(data, self._now)


def test_a_card_is_scanned_once_and_again_when_it_was_out_or_moved() -> None:
    module = _Module()
    assert module.ask() == request(0x01, "v1") == bytes.fromhex("7E 01 00 00 01 7E")
    module.say(VERSION)
    for answer, is_scanned in ((ABSENT, False), (PRESENT, True), (PRESENT, False), (ABSENT, False), (PRESENT, True)):
        assert module.ask() == request(0x13, "v1")
        module.say(answer)
        if is_scanned:
            assert module.ask() == request(0x15, "v1")
            module.say(SCAN)
    assert module.ask() == request(0x13, "v1")
    module.say(MOVED + PRESENT)
    assert module.ask() == request(0x15, "v1")


def test_a_scan_that_did_not_come_is_asked_for_again() -> None:
    module = _Module()
    module.ask()
    module.say(VERSION)
    module.ask()
    module.say(PRESENT)
    assert module.ask() == request(0x15, "v1")
    assert module.ask() == request(0x13, "v1")
    module.say(PRESENT)
    assert module.ask() == request(0x15, "v1")


def test_a_module_that_is_silent_to_one_variant_is_asked_in_the_other() -> None:
    module = _Module()
    assert [module.ask() for _ in range(4)] == [request(0x01, "v1"), request(0x01, "v3")] * 2
    module.say(bytes.fromhex("7E 02 03 00 03 10 20 16 7E"))
