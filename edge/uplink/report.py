"""The station's report about itself to the centre: the status on its topic."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from edge.device.worker import DeviceWorker
from edge.spool import repeats
from edge.spool.spool import Spool
from wire.status import CameraStatus, CertificateStatus, DocumentStatus, Status

_MOST_DEVICES = 64  # that a status may name


class CameraReport(Protocol):
    """Report on the cameras, as edge.camera.layouts.Layouts makes it."""

    def status(self) -> tuple[CameraStatus, ...]: ...
    def weight(self) -> object: ...


class Report:
    """The maker of statuses, built anew for each, for any thread."""

    def __init__(
        self,
        spool: Spool,
        devices: Sequence[DeviceWorker],
        *,
        version: str,
        clock: Callable[[], datetime],
        certificate: Callable[[], CertificateStatus | None] = lambda: None,
        document: Callable[[], DocumentStatus | None] = lambda: None,
        cameras: CameraReport | None = None,
    ) -> None:
        self._spool = spool
        self._devices = devices[:_MOST_DEVICES]
        self._version = version
        self._clock = clock
        self._certificate = certificate
        self._document = document
        self._cameras = cameras

    def status(self, *, takeovers: int = 0, is_online: bool = True, asks: UUID | None = None) -> Status:
        counts, now = self._spool.counts(), self._clock()
        return Status(
            state="online" if is_online else "offline",
            at=now,
            version=self._version,
            stream=self._spool.stream,
            asks=asks,
            waiting=counts.waiting,
            oldest_waiting_s=self._spool.oldest_waiting_s() if counts.waiting else 0.0,
            refused=counts.refused,
            full_since=self._spool.full_since,
            takeovers=takeovers,
            repeats=repeats.folded(self._spool.repeats().values()),
            devices=tuple(device.status() for device in self._devices),
            certificate=self._certificate(),
            cameras=self._cameras.status() if self._cameras else (),
            document=self._document(),
        )

    def weight(self) -> object:
        """Return the facts whose change the centre shall hear at once. Cheap: asked for all the time.

        Dead letters count by their order of magnitude: the first one is news, the second and the fourth, not each."""
        devices = [device.status() for device in self._devices]
        document = self._document()
        return (
            document and document.refusal,
            self._cameras and self._cameras.weight(),
            self._spool.full_since is not None,
            self._spool.counts().refused > 0,
            tuple((device.is_open, device.is_due, device.dead_letters.bit_length()) for device in devices),
        )
