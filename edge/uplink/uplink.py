"""The uplink: from the spool to the broker, and receipts back. One thread.

A PUBACK is not a delivery (measured: with default settings a broker acknowledged 5,000 and delivered 1,000). An event
is done when a receipt covers it; until then it waits in the spool and is sent again. After an outage the urgent lane
goes first, then the backlog in order; while all is well urgent events pass the others by as well. Where the centre and
the broker know the `urgent` leaf they go by it, past whatever waits there (edge/uplink/urgent_leaf.py).

A connection begins with the station's status, and the centre answers it with a receipt, which tells what it has of our
stream. Only then events are sent, so that a spool that is an older copy of itself begins a new stream before it sends a
number twice under two meanings. An older centre gives no answer: after a while the agent goes on without. Every later
receipt is compared as well. An answer that ends below what the centre has said before is that of a centre which was put
back to an older state: what it lacks is sent again (edge/spool/behind.py).

Memory stays small with any backlog: the spool is read in pages, and no more is under way than the send window
allows."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from random import Random
from uuid import UUID

import structlog

from edge.errors import SpoolError
from edge.metrics import Metrics
from edge.settings import UplinkSettings
from edge.spool.damage import readable
from edge.spool.outbox import TOO_LARGE
from edge.spool.rows import Waiting
from edge.spool.spool import Spool
from edge.uplink.broker import UNHEARD, BrokerConnection
from edge.uplink.connection import TAKEN_OVER, BrokerError
from edge.uplink.flight import Flight
from edge.uplink.question import Question
from edge.uplink.report import Report
from edge.uplink.status_news import StatusNews
from edge.uplink.stretch import Stretch, of_connection
from edge.uplink.urgent_leaf import Closed, UrgentLeaf
from edge.uplink.window import SendWindow
from process.backoff import Backoff
from process.bell import Bell
from wire import receipts
from wire.receipts import Receipt, ReceiptError
from wire.terms import Lane
from wire.topics import Leaf

log = structlog.get_logger()

_PAGE = 200
# Urgent events find room beside a window that is full of backlog.
_URGENT_ROOM = 64
_GOODBYE_S = 3.0
_STEADY_S = 10.0
# Another client of our name ends our connection: two that come back at once would both get nowhere.
_TAKEOVER_STEPS = 10


class Uplink:
    """The uplink. `run` until `stop` is set and either nothing waits or a few seconds have passed."""

    def __init__(
        self,
        settings: UplinkSettings,
        spool: Spool,
        new_connection: Callable[[UUID], BrokerConnection],
        *,
        report: Report,
        bell: Bell,
        metrics: Metrics,
        random: Random,
        monotonic: Callable[[], float] = time.monotonic,
        on_centre_time: Callable[[datetime | None], None] = lambda _: None,
    ) -> None:
        """Build the uplink. `new_connection` is given the stream that it will carry."""
        self._settings = settings
        self._spool = spool
        self._new_connection = new_connection
        self._report = report
        self._bell = bell
        self._metrics = metrics
        self._monotonic = monotonic
        self._on_centre_time = on_centre_time
        self._window = SendWindow(settings.window_smallest, settings.window_largest)
        self._flight = Flight(settings.receipt_s, settings.receipt_longest_s)
        self._backoff = Backoff(settings.reconnect_s, settings.reconnect_longest_s, random)
        self._urgent = UrgentLeaf(Flight(settings.receipt_s, settings.receipt_longest_s))
        self._stretches = of_connection(0)
        self._takeover_backoff = Backoff(
            min(settings.reconnect_longest_s, settings.reconnect_s * _TAKEOVER_STEPS),
            settings.reconnect_longest_s,
            random,
        )
        self._unacknowledged: dict[int, float] = {}
        self._question = Question()
        self._is_answered = False  # in this connection: the centre has told what it has of our stream
        self._silent_until = 0.0
        self.is_connected = False
        self.changed_at = monotonic()  # since when the line is as it is
        self.takeovers = 0

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            stream = self._spool.stream
            connection = self._new_connection(stream)
            backoff = self._backoff
            try:
                connection.open()
                self._serve(connection, stop)
            except BrokerError as exc:
                self._metrics.reconnects.labels(exc.reason).inc()
                log.warning("broker_lost", reason=str(exc), waiting=self._spool.counts().waiting)
                if exc.reason == TAKEN_OVER:
                    self.takeovers += 1
                    backoff = self._takeover_backoff
            finally:
                self._set_connected(False)
                connection.close()
            if self._spool.stream == stream:
                stop.wait(backoff.next())

    def _serve(self, connection: BrokerConnection, stop: threading.Event) -> None:
        """Serve the connection until `stop`, or until the spool begins a new stream, which has a connection of its
        own."""
        self._begin()
        stream = self._spool.stream
        started_at, leave_at = self._monotonic(), None
        news = StatusNews(self._settings.status_s)
        log.info("broker_connected", waiting=self._spool.counts().waiting)
        while True:
            now = self._monotonic()
            if news.is_due(self._report.weight(), now):
                asks = self._question.ask(self._spool.known)
                connection.publish_status(self._report.status(takeovers=self.takeovers, asks=asks))
            self._hear(connection)
            if self._spool.stream != stream:
                connection.leave()
                return
            if now - started_at > _STEADY_S:
                self._backoff.reset()
                self._takeover_backoff.reset()
            if stop.is_set():
                leave_at = leave_at or now + _GOODBYE_S
                if now >= leave_at or not self._spool.counts().waiting:
                    connection.say_goodbye(self._report.status(takeovers=self.takeovers, is_online=False))
                    return
            self._look_for_overdue(now)
            self._bell.clear()
            if self._may_send(now):
                self._send(connection)
            looks_s = min(self._flight.next_look_s(now), self._urgent.flight.next_look_s(now))
            connection.poll(min(looks_s, news.due_s(now), 0.5), self._bell)

    def _begin(self) -> None:
        """Begin a new connection: nothing is under way, and everything that waits is sent from the start."""
        self._flight.clear()
        self._unacknowledged.clear()
        self._stretches = of_connection(self._spool.counts().sequence)
        if closed := self._urgent.begin(self._monotonic()):
            self._note_closed(closed, 1)
        self._is_answered = False
        self._silent_until = self._monotonic() + self._settings.receipt_s
        self._set_connected(True)
        released = self._spool.release(TOO_LARGE)  # this broker may take larger packets
        if released:
            log.info("tried_again", events=released, reason=TOO_LARGE)

    def _rewind(self, *lanes: Lane) -> None:
        for stretch in self._stretches:
            if stretch.lane in (lanes or Lane):
                stretch.rewind()

    def _set_connected(self, is_connected: bool) -> None:
        if is_connected != self.is_connected:
            self.changed_at = self._monotonic()
        self.is_connected = is_connected
        self._metrics.connected.set(is_connected)

    def _may_send(self, now: float) -> bool:
        """Tell whether the centre has told what it has, or has had the time to."""
        if not self._is_answered and now >= self._silent_until:
            log.info("status_not_answered", waited_s=self._settings.receipt_s)
            self._is_answered = True
        return self._is_answered

    # Sending

    def _send(self, connection: BrokerConnection) -> None:
        for stretch in self._stretches:
            self._send_stretch(connection, stretch)
        self._metrics.window.set(self._window.size)

    def _send_stretch(self, connection: BrokerConnection, stretch: Stretch) -> None:
        while True:
            leaf, room = self._way(stretch)
            room = min(room, _PAGE, connection.room(len(self._unacknowledged)))
            if room <= 0:
                return
            read = self._spool.waiting_backward if stretch.is_backward else self._spool.waiting
            page = read(stretch.lane, stretch.position, room)
            damaged = []
            with connection.burst():
                for event in page:
                    stretch.position = event.sequence
                    if not event.is_sound:
                        damaged.append(event)
                    elif event.sequence not in self._flight and event.sequence not in self._urgent.flight:
                        self._send_event(connection, leaf, event.sequence, event.body)
            if damaged:
                self._account_for(damaged)
            if len(page) < room:
                return

    def _account_for(self, damaged: list[Waiting]) -> None:
        for event in damaged:
            log.error("event_damaged", sequence=event.sequence, hash=event.hash, body=readable(event.body)[:500])
        self._metrics.damaged.inc(len(damaged))
        try:
            self._spool.account_for(sorted(damaged, key=lambda event: event.sequence))
        except SpoolError as exc:  # looked at again with the next connection
            log.warning("damage_not_recorded", reason=str(exc))

    def _way(self, stretch: Stretch) -> tuple[Leaf, int]:
        """Return the leaf by which the next events of `stretch` go, and how many may go."""
        if stretch.lane is Lane.NORMAL:
            return Leaf.EVENTS, self._window.room(len(self._flight))
        if self._urgent.is_open(self._monotonic()):
            return Leaf.URGENT, self._urgent.room(is_new=not stretch.is_backward)
        return Leaf.EVENTS, self._window.room(len(self._flight) - _URGENT_ROOM)

    def _send_event(self, connection: BrokerConnection, leaf: Leaf, sequence: int, body: bytes) -> None:
        if len(body) > connection.largest_body:
            log.warning("event_too_large", sequence=sequence, size=len(body), most=connection.largest_body)
            self._spool.refuse(sequence, TOO_LARGE)
            return
        now = self._monotonic()
        mid = connection.publish(body, leaf)
        self._unacknowledged[mid] = now
        if leaf is Leaf.URGENT:
            self._urgent.sent(mid, sequence, now)
            self._metrics.urgent.labels("sent").inc()
        else:
            self._flight.send(sequence, now)
        self._metrics.sent.inc()

    # Hearing

    def _hear(self, connection: BrokerConnection) -> None:
        now = self._monotonic()
        for mid, refusal in connection.take_pubacks():
            self._unacknowledged.pop(mid, None)
            closed = self._urgent.answered(mid, _closed_by(refusal), now)
            if closed:
                self._note_closed(closed, 1)
            if refusal and refusal != UNHEARD:
                self._metrics.puback_refused.labels(refusal).inc()
                log.warning("broker_refused_event", reason=refusal)
        oldest = next(iter(self._unacknowledged.values()), now)
        if now - oldest > 2 * self._settings.connect_s:
            raise BrokerError("no_puback", f"for {now - oldest:.0f} s")
        bodies = connection.take_receipts()
        if bodies:
            self._land([receipt for body in bodies if (receipt := self._read(body))], now)

    def _read(self, body: bytes) -> Receipt | None:
        """Return the receipt in `body` if it is for our stream, else None."""
        try:
            receipt = receipts.decode(body)
        except ReceiptError as exc:
            self._metrics.receipts.labels("unreadable").inc()
            log.warning("receipt_unreadable", detail=str(exc)[:200])
            return None
        self._urgent.heard(receipt)
        self._on_centre_time(receipt.at)
        # Foreign: of a stream that the spool had before, or of another box that is this station.
        is_ours = receipt.stream == self._spool.stream
        self._metrics.receipts.labels("ours" if is_ours else "foreign").inc()
        return receipt if is_ours else None

    def _land(self, heard: list[Receipt], now: float) -> None:
        if not heard:
            return
        try:
            applied = self._spool.apply(heard)
        except SpoolError as exc:  # they are still under way for us: sent again, and the receipt comes again
            log.warning("receipts_not_stored", reason=str(exc))
            return
        self._metrics.receipted.inc(applied.done)
        if applied.began:
            self._metrics.streams_given_up.labels(applied.began.cause.value).inc()
            return
        if applied.is_blocked:  # what we would send has numbers that the centre has already
            self._is_answered = False
            self._silent_until = now + self._settings.receipt_longest_s
            return
        for receipt in heard:
            if self._question.shows_behind(receipt):
                self._send_again(receipt)
        self._is_answered |= applied.is_answer
        if applied.refused:
            log.warning("events_refused_by_centre", events=applied.refused)
        self._urgent.flight.land(heard, now)
        self._window.receipted(self._flight.land(heard, now))
        self._backoff.reset()

    def _send_again(self, receipt: Receipt) -> None:
        """Feed a centre that has less of our stream than it had."""
        self._question.drop()
        try:
            behind = self._spool.send_again(receipt.through)
        except SpoolError as exc:  # it is asked again with the next status
            log.warning("not_sent_again", through=receipt.through, reason=str(exc))
            return
        self._metrics.fed_again.inc(behind.events)
        self._rewind()

    def _note_closed(self, why: Closed, events: int) -> None:
        """Send the events that were on their way by the urgent leaf again by `events`."""
        self._metrics.urgent.labels(why).inc(events)
        log.warning("urgent_leaf_closed", reason=why, events=events)
        self._rewind(Lane.URGENT)

    def _look_for_overdue(self, now: float) -> None:
        if late := self._urgent.take_overdue(now):
            self._note_closed(Closed.OVERDUE, late)
            self._metrics.resent.inc(late)
        overdue = self._flight.take_overdue(now)
        if overdue is None:
            return
        if overdue.is_silence:
            self._window.silent()
        log.warning(
            "no_receipt", events=len(overdue.sequences), is_silence=overdue.is_silence, window=self._window.size
        )
        self._metrics.resent.inc(len(overdue.sequences))
        self._rewind()


def _closed_by(refusal: str) -> Closed | None:
    """Return the meaning of a broker's answer for the urgent leaf."""
    if not refusal:
        return None
    return Closed.UNHEARD if refusal == UNHEARD else Closed.REFUSED
