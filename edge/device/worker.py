"""A worker a device: opens the port, converses until it is lost, opens it again. Runs in a thread of its own."""

import threading
from collections.abc import Callable
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import structlog

from edge.device.intake import Intake
from edge.device.link import Link
from edge.device.presence import Presence
from edge.device.session import Session
from edge.device.silence import Silence
from edge.errors import LinkLostError, LinkUnavailableError
from edge.metrics import Metrics
from edge.status_file import DeviceState
from firmware_adapters.contract import Decoder
from process.backoff import Backoff
from wire.kinds.device import DeviceV1
from wire.status import DeviceStatus

log = structlog.get_logger()

_REOPEN_S = 0.2
_REOPEN_LONGEST_S = 2.0


class DeviceWorker:
    """The worker of one device. `open_link` raises LinkUnavailableError while the port is away: hot-plug means trying
    again."""

    def __init__(
        self,
        name: str,
        open_link: Callable[[], Link],
        new_decoder: Callable[[], Decoder],
        intake: Intake,
        *,
        settle_s: float,
        silence: Silence,
        zone: ZoneInfo,
        monotonic: Callable[[], float],
        clock: Callable[[], datetime],
        random: Random,
        metrics: Metrics,
    ) -> None:
        self.name = name
        self.intake = intake
        self.is_open = False
        self.port = ""
        self.trouble = ""
        self.last_bytes_at: datetime | None = None
        self._open_link = open_link
        self._new_decoder = new_decoder
        self._monotonic = monotonic
        self._clock = clock
        self._backoff = Backoff(_REOPEN_S, _REOPEN_LONGEST_S, random)
        self._presence = Presence(settle_s)
        self._silence = silence
        self._news = 0
        self._zone = zone
        self._metrics = metrics

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            link = self._connect(stop)
            if link is None:
                return
            self._set_open(True, link.name)
            try:
                self._converse(link, stop)
            finally:
                self._set_open(False)
                link.close()
                self._see("")

    def status(self) -> DeviceStatus:
        """Return the present state of the device. Ask often: its silence is measured from look to look."""
        local, hour = self._clock().astimezone(self._zone), self.intake.tally.last_hour()
        last, news = self.intake.tally.last_result, self.intake.tally.news
        if news != self._news:
            self._news = news
            self._silence.hear()
        return DeviceStatus(
            name=self.name,
            is_open=self.is_open,
            is_expected=self._silence.is_expected(local),
            is_due=self._silence.see(is_linked=self.is_open, local=local, now=self._monotonic()),
            last_bytes_at=self.last_bytes_at,
            last_result_at=last and last.recorded_at,
            results=hour["results"],
            repeats=hour["repeats"],
            dead_letters=hour["dead_letters"],
        )

    def state(self) -> DeviceState:
        """Return the same state for `shian edge status`."""
        now, last = self.status(), self.intake.tally.last_result
        return DeviceState(
            name=self.name,
            port=self.port,
            is_open=self.is_open,
            trouble=self.trouble,
            results=self.intake.results,
            dead_letters=self.intake.dead_letters,
            last_bytes_at=self.last_bytes_at,
            last_result_at=last and last.recorded_at,
            last_measured_at=last and last.measured_at,
            last_measured_text=last.measured_text if last else "",
            is_due=now.is_due,
        )

    def _connect(self, stop: threading.Event) -> Link | None:
        """Try to open the link until it is open, and return it; None when the agent stops."""
        while not stop.is_set():
            try:
                return self._open_link()
            except LinkUnavailableError as exc:
                if str(exc) != self.trouble:
                    self.trouble = str(exc)
                    log.warning("port_unavailable", device=self.name, reason=self.trouble)
            self._see(self.trouble)
            stop.wait(self._backoff.next())
        return None

    def _converse(self, link: Link, stop: threading.Event) -> None:
        session = Session(link, self._new_decoder, self.intake, monotonic=self._monotonic, on_bytes=self._on_bytes)
        log.info("port_opened", device=self.name, port=link.name)
        try:
            session.start(stop)
            while not stop.is_set():
                session.step(stop)
                self._see(link.name)
        except LinkLostError as exc:
            self.trouble = str(exc)
            log.warning("port_lost", device=self.name, reason=self.trouble)
        session.finish(stop)

    def fault(self, detail: str) -> None:
        """Note that the supervisor saw this worker crash."""
        self.trouble = detail
        self.intake.note(DeviceV1(state="fault", reason="worker_crashed", detail=detail[:2000]))

    def _on_bytes(self, count: int) -> None:
        self._metrics.bytes_read.labels(self.name).inc(count)
        self.last_bytes_at = self._clock()
        self._backoff.reset()

    def _set_open(self, is_open: bool, port: str = "") -> None:
        self.is_open, self.port = is_open, port
        self._metrics.online.labels(self.name).set(is_open)
        if is_open:
            self.trouble = ""

    def _see(self, detail: str) -> None:
        report = self._presence.see(self.is_open, self._monotonic())
        if report is not None:
            state = DeviceV1(
                state="online" if report else "offline",
                reason="port",
                detail=(detail or self.trouble)[:2000],
                # A device that has only readings tells its family by nothing else.
                adapter=self.intake.adapter if report else "",
            )
            self.intake.note(state)
