"""One conversation with a device: from the opening of the link until it is lost.

When the disk was full for a while, the answers to the transfers read before are stale: the analyzer has given up and
will start again, and a late ACK could be taken for the ACK of something that we have not recorded. So from then on
everything is read and recorded but no answer is sent, until the line has been quiet; then a fresh decoder begins."""

import threading
from collections.abc import Callable, Sequence

import structlog

from edge.device.intake import Intake
from edge.device.link import Link
from edge.errors import LinkError
from firmware_adapters.contract import Decoder, Output, Send

log = structlog.get_logger()

# The longest wait of a read, and so the time within which a stop is noticed.
_READ_S = 0.5


class Session:
    def __init__(
        self,
        link: Link,
        new_decoder: Callable[[], Decoder],
        intake: Intake,
        *,
        monotonic: Callable[[], float],
        on_bytes: Callable[[int], None],
    ) -> None:
        self._link = link
        self._new_decoder = new_decoder
        self._decoder = new_decoder()
        self._intake = intake
        self._monotonic = monotonic
        self._on_bytes = on_bytes
        self._is_mute = False

    def start(self, stop: threading.Event) -> None:
        self._intake.begin()
        self._act(self._decoder.start(self._monotonic()), stop)

    def step(self, stop: threading.Event) -> None:
        """Read once and act on the outputs. Raises LinkLostError."""
        data = self._link.read(self._patience_s())
        if data:
            self._on_bytes(len(data))
            self._act(self._decode(data), stop)
        # The line is quiet: the analyzer has given up the stale conversation.
        elif self._is_mute:
            self._begin_again(stop)
        deadline = self._decoder.deadline
        if deadline is not None and self._monotonic() >= deadline:
            self._act(self._decoder.tick(self._monotonic()), stop)
        else:
            self._intake.look(stop)

    def finish(self, stop: threading.Event) -> None:
        """End the conversation, when the link is lost or the agent stops: record the complete results, and answer
        nothing more."""
        self._is_mute = True
        self._act(self._decoder.stop(self._monotonic()), stop)

    def _patience_s(self) -> float:
        deadline = self._decoder.deadline
        return _READ_S if deadline is None else min(_READ_S, max(0.0, deadline - self._monotonic()))

    def _decode(self, data: bytes) -> list[Output]:
        try:
            return self._decoder.receive(data, self._monotonic())
        except LinkError:
            raise
        except Exception as exc:
            # A decoder must never raise. Its input is kept before the supervisor hears of the error.
            self._intake.bury("decoder_crashed", data, repr(exc))
            raise

    def _act(self, outputs: Sequence[Output], stop: threading.Event) -> None:
        if not self._intake.take(outputs, stop):
            log.warning("answers_withheld", port=self._link.name)
            self._is_mute = True
        if self._is_mute:
            return
        for output in outputs:
            if isinstance(output, Send):
                self._link.write(output.data)

    def _begin_again(self, stop: threading.Event) -> None:
        rest = self._decoder.stop(self._monotonic())
        self._decoder = self._new_decoder()
        if self._intake.take(rest, stop):
            self._is_mute = False
            self.start(stop)
