"""The live worker: listens for commands, and sends what they ask for. One thread for all cameras of the station."""

import threading
from collections.abc import Callable, Sequence
from random import Random

import structlog

from edge.camera.live.connection import LiveConnection
from edge.camera.live.metrics import LiveMetrics
from edge.camera.live.preview import Hide
from edge.camera.live.showing import Showing, Watchable
from edge.uplink.connection import BrokerError
from process.backoff import Backoff
from wire.live import Head, LiveError, Mode, Refusal, decode, pieces

log = structlog.get_logger()

# A stop is noticed within this.
_IDLE_S = 0.5
_FIRST_S, _LONGEST_S = 0.5, 30.0
_STEADY_S = 10.0


class LiveWorker:
    """The worker of the live view. `run` until `stop` is set. A lost connection ends all wishes: the centre repeats
    them."""

    def __init__(
        self,
        watchables: Sequence[Watchable],
        new_connection: Callable[[], LiveConnection],
        *,
        metrics: LiveMetrics,
        random: Random,
        monotonic: Callable[[], float],
        epoch_ms: Callable[[], int],
        backoff: tuple[float, float] = (_FIRST_S, _LONGEST_S),
    ) -> None:
        self._showings = {watchable.camera.name: Showing(watchable, metrics, epoch_ms) for watchable in watchables}
        self._new_connection = new_connection
        self._metrics = metrics
        self._backoff = Backoff(*backoff, random)
        self._monotonic = monotonic
        self._epoch_ms = epoch_ms
        self.is_connected = False

    def change(self, camera: str, modes: frozenset[Mode], hide: Hide) -> None:
        """Allow other modes of a camera, and hide otherwise; from any thread."""
        showing = self._showings.get(camera)
        if showing is not None:
            showing.change(modes, hide)

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            connection = self._new_connection()
            began_s = self._monotonic()
            try:
                connection.open()
                self._serve(connection, stop)
            except BrokerError as exc:
                self._metrics.reconnects.labels(exc.reason).inc()
                log.warning("live_broker_lost", reason=str(exc))
            finally:
                self.is_connected = False
                connection.close()
                for showing in self._showings.values():
                    showing.end()
            if self._monotonic() - began_s > _STEADY_S:
                self._backoff.reset()
            stop.wait(self._backoff.next())

    def _serve(self, connection: LiveConnection, stop: threading.Event) -> None:
        self.is_connected = True
        log.info("live_ready", cameras=len(self._showings))
        while not stop.is_set():
            for body in connection.take_commands():
                self._metrics.commands.labels(self._obey(body, connection)).inc()
            now_s = self._monotonic()
            next_s = min((showing.step(connection, now_s) for showing in self._showings.values()), default=float("inf"))
            connection.poll(min(_IDLE_S, next_s - self._monotonic()))

    def _obey(self, body: bytes, connection: LiveConnection) -> str:
        try:
            command = decode(body)
        except LiveError as exc:
            log.warning("live_command_refused", reason=str(exc))
            return "not_a_command"
        showing = self._showings.get(command.camera)
        if showing is not None:
            return showing.obey(command, connection, self._monotonic())
        if command.mode != "none":
            body = Refusal(mode=command.mode, reason="unknown_camera").model_dump_json().encode()
            head = Head("refusal", 0, self._epoch_ms())
            connection.publish(command.camera, head, pieces(body, connection.largest_body))
        return "unknown_camera"
