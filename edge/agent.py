"""Builds the agent: every part by name, put together in one place, started and stopped in order."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version
from random import Random
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import CollectorRegistry, start_http_server
from uuid_utils.compat import uuid7

from edge.bell.worker import StationBell
from edge.device.clock_watch import ClockWatch
from edge.device.intake import Intake
from edge.device.known_probes import KnownProbes, Place, end_of
from edge.device.last_results import remembered
from edge.device.link import Link, open_link
from edge.device.listen_link import Listening, is_listening
from edge.device.probes import Probes
from edge.device.recorder import Origin, Recorder
from edge.device.ringing import ring, ring_probe, ring_typed
from edge.device.silence import Silence
from edge.device.tally import Tally
from edge.device.worker import DeviceWorker
from edge.down.kept import Kept
from edge.down.requests import down_requests
from edge.errors import SpoolBrokenError, SpoolError
from edge.keeper import Keeper
from edge.media.building import make_store
from edge.media.photos import Photos
from edge.media.worker import MediaWorker
from edge.metrics import Metrics
from edge.samples import handling
from edge.samples.book import Book
from edge.samples.desk import Desk
from edge.samples.requests import requests_of
from edge.settings import DeviceSettings, EdgeSettings
from edge.spool.building import make_spool
from edge.spool.rows import Draft
from edge.spool.spool import Spool
from edge.station_clock import StationClock, since_boot_s, utc_now
from edge.status_file import AgentState, StatusFile
from edge.uplink.broker import BrokerConnection
from edge.uplink.report import Report
from edge.uplink.uplink import Uplink
from firmware_adapters.own_profiles import OwnProfiles, read_own_profiles
from firmware_adapters.profile import LineSettings
from firmware_adapters.registry import Family, family
from process.bell import Bell
from process.settings import own_folder
from process.supervisor import Supervisor, Worker
from process.watched import Systemd, Turns
from wire.down import Down
from wire.events import source_of
from wire.kinds.agent import AgentV1
from wire.kinds.result import ResultV1
from wire.verdicts import shipped_limits

if TYPE_CHECKING:
    from edge.camera.evidence.building import EvidenceRoom
    from edge.camera.evidence.making import CameraEvidence
    from edge.camera.layouts import Layouts
    from edge.camera.live.worker import LiveWorker
    from edge.camera.worker import CameraWorker
    from edge.down.worker import DownWorker
    from edge.enrolment.renewal import Renewal

log = structlog.get_logger()

_JOIN_S = 15.0
_FEED_S = 5.0
# The longest time in which a worker may not turn: a slow card's first pruning and a camera's start take their time.
_LOOP_S = 300.0


class Agent:
    """The agent. `run` until `stop` is set. The constructor does no I/O but read the adapters' profiles.

    Raises firmware_adapters' UnknownFamilyError and ProfileError for a device that cannot be understood, and
    VisionMissingError for a camera without the extra `vision`."""

    def __init__(
        self,
        settings: EdgeSettings,
        *,
        find_family: Callable[[str], Family] = family,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        since_boot_s: Callable[[], float] = since_boot_s,
        random: Random | None = None,
    ) -> None:
        self._settings = settings
        self.station_clock = StationClock(clock, since_boot_s)
        self._clock = self.station_clock.now
        self._monotonic = monotonic
        self._random = random or Random()  # noqa: S311  jitter
        self._version = version("shian")
        self._started_at = self._clock()
        self._bell = Bell()
        self._is_broken = False
        self.metrics = Metrics(CollectorRegistry())
        self.book = Book(settings.station, settings.data, today=lambda: self._clock().astimezone(settings.zone).date())
        self.kept = Kept(settings.data, settings.station, self._take_layouts)
        self.spool = self._make_spool()
        self.down = self._make_down()
        self.store = make_store(settings.media, settings.data, clock=self._clock)
        self.lamp = StationBell(
            settings.bell,
            has_unseen=lambda: handling.has_unseen(self.spool, self._clock()),
            failures=self.metrics.bell_failures,
            clock=self._clock,
            monotonic=monotonic,
        )
        self.desk = Desk(
            settings.data,
            {
                **requests_of(
                    self.book,
                    self.spool,
                    self._hello,
                    lambda: self.kept.now.table,
                    ring=self._ring_typed,
                    on_handled=self.lamp.look,
                    state=self._desk_state,
                    now=self._clock,
                ),
                **down_requests(self.kept, lambda: self.down, self.spool, settings.zone),
                **Photos(self.store).requests(),
            },
            recorded=lambda: self.spool.recorded,
        )
        self.known_probes = KnownProbes(settings.data)
        self._may_bring: dict[str, Callable[[str, int | None], bool]] = {}
        self._own_profiles = self._read_own_profiles()
        self._listening: list[Listening] = []
        self.devices = [self._make_device(device, find_family(device.adapter)) for device in settings.device]
        self._evidence: EvidenceRoom | None = None
        self._of_cameras: list[CameraEvidence] = []
        self.media = self._make_media()
        self.layouts: Layouts | None = None
        self.cameras = self._make_cameras()
        self.live = self._make_live()
        self.layouts = self._make_layouts()
        self.renewal = self._make_renewal()
        self.uplink = self._make_uplink()
        self.keeper = Keeper(
            self.spool,
            settings.station,
            settings.spool,
            StatusFile(settings.data),
            state=self._state,
            metrics=self.metrics,
            monotonic=monotonic,
            clock=self.station_clock,
        )

    def run(self, stop: threading.Event) -> bool:
        """Work until `stop` is set. Returns False if the spool turned out to be damaged: then start again. Raises
        EdgeError."""
        news = self.spool.open()
        if self.layouts:
            self.layouts.load()
        self.kept.load()
        try:
            self._remember()
            self._end_left_probes()
            with_metrics = self._serve_metrics()
            try:
                self._work(news, stop)
            finally:
                with_metrics()
        finally:
            for listening in self._listening:
                listening.close()
            if self._evidence:
                self._evidence.close()
            self.store.close()
            self.spool.close()
            self._bell.close()
            self.desk.close()
        return not self._is_broken

    def _remember(self) -> None:
        """Restore the last result of each device from the status file: a device that is silent now has not been so for
        ever."""
        found = remembered(self._settings.data, self._settings.station, [device.name for device in self.devices])
        for device in self.devices:
            device.intake.tally.remember(found.get(device.name))

    def _end_left_probes(self) -> None:
        """End what was reported of probes that are not read here any more; without room the next start does."""
        self.known_probes.load()
        for place in self.known_probes.left(self._may_come):
            try:
                self.spool.record([Draft(end_of(place, uuid7()), source_of(self._settings.station, place.device))])
            except SpoolError:  # the spool said so in the log
                return
            self.known_probes.forget(place)
            log.warning("probe_not_read_any_more", **place._asdict())

    def _may_come(self, place: Place) -> bool:
        may_bring = self._may_bring.get(place.device)
        return may_bring is not None and may_bring(place.quantity, place.channel)

    def _work(self, news: str, stop: threading.Event) -> None:
        log.info("agent_started", station=self._settings.station, stream=str(self.spool.stream), news=news)
        self.keeper.tell(AgentV1(state="started", version=self._version, detail=news))
        self.keeper.seal()  # the centre learns the key with the first events
        supervisor = Supervisor(
            random=self._random,
            count=lambda name: self.metrics.restarts.labels(name).inc(),
            fatal=(SpoolBrokenError,),
            on_fatal=lambda _: self._break(stop),
        )
        # The uplink stops later than the others, by an event of its own: it sends their last events.
        leave = threading.Event()
        uplink = supervisor.start(self._worker("uplink", self.uplink.run), Turns(leave))
        threads = [supervisor.start(worker, Turns(stop)) for worker in self._workers()]
        self._watch(supervisor, stop)
        for thread in threads:
            thread.join(_JOIN_S)
        if not self._is_broken:
            self.keeper.tell(AgentV1(state="stopped", version=self._version))
            self.keeper.seal()
        leave.set()
        self._bell.ring()
        uplink.join(_JOIN_S)
        log.info("agent_stopped", waiting=self.spool.counts().waiting)

    def _workers(self) -> Iterator[Worker]:
        """Yield the workers that end when `stop` is set. The uplink goes on after it: it sends the last events."""
        for device in self.devices:
            yield Worker(f"device:{device.name}", device.run, partial(self._device_crashed, device))
        for camera in self.cameras:
            yield from camera.workers()
        yield self._worker("media", self.media.run)
        if self.live is not None:
            yield self._worker("live", self.live.run)
        if self.renewal:
            yield self._worker("renewal", self.renewal.run)
        yield self._worker("desk", self.desk.run)
        if self._settings.bell.failed or self._settings.bell.seen:
            yield self._worker("bell", self.lamp.run)
        if self.down:
            yield self._worker("down", self.down.run)
        yield self._worker("keeper", self.keeper.run)

    def _worker(self, name: str, run: Callable[[threading.Event], None]) -> Worker:
        return Worker(name, run, partial(self._told, name))

    def _watch(self, supervisor: Supervisor, stop: threading.Event) -> None:
        """Tell systemd that the agent works, as long as every worker does. Returns when `stop` is set."""
        systemd = Systemd()
        systemd.ready()
        while True:
            systemd.feed(supervisor.silent(), _LOOP_S)
            if stop.wait(_FEED_S):
                break
        systemd.stopping()

    def _break(self, stop: threading.Event) -> None:
        self._is_broken = True
        stop.set()

    def _told(self, name: str, what: str) -> None:
        self.keeper.tell(AgentV1(state="worker_restarted", version=self._version, detail=f"{name}: {what}"[:2000]))

    def _device_crashed(self, device: DeviceWorker, what: str) -> None:
        device.fault(what)
        self._told(f"device:{device.name}", what)

    # The parts

    def _make_spool(self) -> Spool:
        return make_spool(
            self._settings, clock=self._clock, stamp=self.station_clock.stamp, on_news=self._ring, companion=self.book
        )

    def _ring(self) -> None:
        self._bell.ring()
        self.desk.bell.ring()

    def _ring_test(self, device: str, result: ResultV1) -> None:
        self.lamp.ring()
        ring(device, result)

    def _ring_typed(self, row: dict[str, Any]) -> None:
        self.lamp.ring()
        ring_typed(row)

    def _hello(self) -> dict[str, Any]:
        """Return what whoever sits at the desk must know first."""
        return {
            "station": self._settings.station,
            "version": self._version,
            "stream": str(self.spool.stream),
            "recorded": self.spool.recorded,
            "now": self._clock().isoformat(),
            "timezone": self._settings.timezone,
            "is_connected": self.uplink.is_connected,
            "devices": [device.name for device in self.devices],
        }

    def _desk_state(self) -> dict[str, Any]:
        """Return how the station is: its devices, the line to the centre, and how many events wait for it."""
        counts = self.spool.counts()
        return {
            **self._state().model_dump(mode="json", exclude={"pid"}),
            "recorded": self.spool.recorded,
            "timezone": self._settings.timezone,
            "waiting": counts.waiting,
            "waiting_since": self._ago(self.spool.oldest_waiting_s() if counts.waiting else 0.0),
            "refused": counts.refused,
            "down_version": document.version if (document := self.kept.now.document) else 0,
            "now": self._clock().isoformat(timespec="seconds"),
            "line_since": self._ago(self._monotonic() - self.uplink.changed_at),
        }

    def _ago(self, seconds: float) -> str:
        """Return the moment so long ago, to the second: it stays the same at the next look."""
        return (self._clock() - timedelta(seconds=seconds)).isoformat(timespec="seconds")

    def _make_down(self) -> "DownWorker | None":
        """Build the worker that fetches the station's document, where the centre's address is known."""
        wanted, enrolment = self._settings.down, self._settings.enrolment
        url = wanted.url or enrolment.url
        if not url:
            return None
        from edge.down.fetch import Door  # noqa: PLC0415  HTTP is only loaded where somebody is asked
        from edge.down.worker import DownWorker  # noqa: PLC0415

        ca_file = wanted.ca_file or (None if wanted.url else enrolment.ca_file)
        door = Door(url, self._settings.station, str(ca_file) if ca_file else None, wanted.timeout_s, self._clock)
        return DownWorker(
            door,
            self.kept,
            lambda: self.spool.key,
            every_s=wanted.every_s,
            clock=self._clock,
            monotonic=self._monotonic,
            random=self._random,
        )

    def _make_renewal(self) -> "Renewal | None":
        """Build the renewal where certificate and key are one file, as `shian edge enroll` writes it."""
        broker = self._settings.broker
        if broker.cert_file is None or broker.cert_file != broker.key_file:
            return None
        from edge.enrolment.renewal import Renewal  # noqa: PLC0415  X.509 is only loaded where there is a certificate

        return Renewal(
            self._settings.enrolment,
            self._settings.station,
            broker.cert_file,
            key=lambda: self.spool.key,
            clock=self._clock,
            is_time_known=lambda: self.station_clock.is_right,
        )

    def _make_uplink(self) -> Uplink:
        new_connection = partial(
            BrokerConnection,
            self._settings.broker,
            self._settings.station,
            version=self._version,
            clock=self._clock,
            connect_s=self._settings.uplink.connect_s,
            is_clock_right=lambda: self.station_clock.is_right,
            on_document=self.down.hear if self.down else None,
        )
        return Uplink(
            self._settings.uplink,
            self.spool,
            new_connection,
            report=Report(
                self.spool,
                self.devices,
                version=self._version,
                clock=self._clock,
                certificate=self.renewal.status if self.renewal else lambda: None,
                document=self.kept.status if self.down else lambda: None,
                cameras=self.layouts,
            ),
            bell=self._bell,
            metrics=self.metrics,
            random=self._random,
            monotonic=self._monotonic,
            on_centre_time=self.station_clock.hear,
        )

    def _read_own_profiles(self) -> OwnProfiles:
        own = read_own_profiles(own_folder(self._settings.profiles, "profiles"))
        for message in own.broken:
            log.warning("profile_not_usable", reason=message)
        return own

    def _make_device(self, settings: DeviceSettings, kind: Family) -> DeviceWorker:
        profile = kind.profile(settings.profile, self._own_profiles)
        self._may_bring[settings.name] = partial(kind.may_bring, profile)
        zone = self._settings.zone
        origin = Origin(self._settings.station, settings.name, kind.name, profile.name, settings.serial, zone)
        intake = Intake(
            origin,
            Recorder(
                origin,
                shipped_limits(),
                uuid7,
                lambda: self.station_clock.is_confirmed,
                find=lambda test: self.book.find(self.spool, test),
                tables=lambda: self.kept.now.table,
            ),
            self.spool,
            clock=self._clock,
            retry_s=self._settings.spool.retry_s,
            watch=ClockWatch(settings.clock_skew_s),
            metrics=self.metrics,
            tally=Tally(self._monotonic),
            ring=partial(self._ring_test, settings.name),
            ring_probe=partial(ring_probe, settings.name),
            probes=Probes(
                uuid7, [limit.site() for limit in settings.limit], partial(self.known_probes.note, settings.name)
            ),
            knows_day=lambda: self.station_clock.knows_day,
            monotonic=self._monotonic,
        )
        return DeviceWorker(
            settings.name,
            self._opener(settings.port, profile.line),
            lambda: kind.decoder(profile, passive=False, today=lambda: self._clock().astimezone(zone).date()),
            intake,
            settle_s=settings.settle_s,
            silence=Silence(settings.opening, settings.patience_s),
            zone=zone,
            monotonic=self._monotonic,
            clock=self._clock,
            random=self._random,
            metrics=self.metrics,
        )

    def _opener(self, port: str, line: LineSettings) -> Callable[[], Link]:
        """Return the function that opens the port. A listening socket stays open while devices come and go, so that
        none is turned away in between."""
        if not is_listening(port):
            return partial(open_link, port, line)
        listening = Listening(port)
        self._listening.append(listening)
        return listening.open

    def _make_cameras(self) -> "list[CameraWorker]":
        """Build the cameras. Their libraries are only loaded when there is one. Raises VisionMissingError."""
        if not self._settings.camera:
            return []
        from edge.camera.extra import check_vision  # noqa: PLC0415

        check_vision()
        from edge.camera.building import (  # noqa: PLC0415
            Surroundings,
            keep_to_own_threads,
            make_camera,
        )

        keep_to_own_threads()
        evidence = self._make_evidence()
        around = Surroundings(
            station=self._settings.station,
            zone=self._settings.zone,
            models=self._settings.models,
            spool=self.spool,
            metrics=self.metrics,
            clock=self._clock,
            monotonic=self._monotonic,
            random=self._random,
        )
        self._of_cameras = [evidence.evidence(camera) for camera in self._settings.camera]
        return [
            make_camera(camera, around, made)
            for camera, made in zip(self._settings.camera, self._of_cameras, strict=True)
        ]

    def _make_evidence(self) -> "EvidenceRoom":
        """Build the evidence."""
        from edge.camera.evidence.building import open_room  # noqa: PLC0415

        settings = self._settings
        self._evidence = open_room(settings.camera, self.store, settings.models, self.metrics)
        return self._evidence

    def _make_media(self) -> MediaWorker:
        """Build the worker that brings pictures to the centre: idle while there is no camera and no photograph."""
        settings = self._settings
        return MediaWorker(
            settings.media,
            settings.station,
            self.spool,
            self.store,
            registry=self.metrics.registry,
            random=self._random,
            clock=self._clock,
            monotonic=self._monotonic,
            is_time_known=lambda: self.station_clock.is_confirmed,
            is_idle=lambda: not settings.camera and not self.store.is_begun,
        )

    def _make_live(self) -> "LiveWorker | None":
        if self._evidence is None:
            return None
        from edge.camera.live.building import make_live  # noqa: PLC0415

        watched = zip(self._settings.camera, self.cameras, strict=True)
        return make_live(
            self._settings.station,
            self._settings.broker,
            [(settings, camera, self._evidence.hiding(settings)) for settings, camera in watched],
            connect_s=self._settings.uplink.connect_s,
            registry=self.metrics.registry,
            random=self._random,
            monotonic=self._monotonic,
            clock=self._clock,
            is_clock_right=lambda: self.station_clock.is_right,
        )

    def _make_layouts(self) -> "Layouts | None":
        """Build what puts the centre's zones and masks in force, where there are cameras."""
        if self._evidence is None:
            return None
        from edge.camera.layouts import Arranged, Layouts  # noqa: PLC0415

        parts = zip(self._settings.camera, self.cameras, self._of_cameras, strict=True)
        arranged = [Arranged(settings, worker, made, self._evidence.hiding) for settings, worker, made in parts]
        return Layouts(self._settings.data, arranged, self.live)

    def _take_layouts(self, document: Down) -> None:
        if self.layouts:
            self.layouts.take(document.cameras)

    def _serve_metrics(self) -> Callable[[], None]:
        """Serve the metrics, and return the function that ends it."""
        where = self._settings.metrics
        if not where.port:
            return lambda: None
        server, thread = start_http_server(where.port, where.host, registry=self.metrics.registry)

        def end() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        return end

    def _state(self) -> AgentState:
        return AgentState(
            station=self._settings.station,
            version=self._version,
            pid=os.getpid(),
            started_at=self._started_at,
            stream=str(self.spool.stream),
            is_connected=self.uplink.is_connected,
            takeovers=self.uplink.takeovers,
            full_since=self.spool.full_since,
            clock=self.station_clock.look(),
            devices=tuple(device.state() for device in self.devices),
            cameras=tuple(camera.state() for camera in self.cameras),
            media=None if self.media.is_idle() else self.media.state(),
            certificate=self.renewal.state if self.renewal else None,
            bell=self.lamp.state,
        )
