"""The camera's own events: ONVIF messages of its tamper detection (ONVIF Core, 9.2 pull-point; Imaging, 9).

They are added to the sightings of the watchers. Where the camera says yes, the sighting is yes. Its no decides nothing,
since many cameras have the topic and never raise it. When the connection is lost, everything that the camera said is
forgotten."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any, Protocol

import aiohttp
import structlog
from onvif import ONVIFCamera  # type: ignore[import-untyped]
from onvif.exceptions import ONVIFError  # type: ignore[import-untyped]
from zeep.exceptions import Error as ZeepError

from edge.camera.episodes import Change
from edge.camera.errors import CameraError
from edge.camera.line import Tally
from edge.camera.view import Sighting, State, View
from process.backoff import Backoff
from wire.cameras import CameraKind

log = structlog.get_logger()

# By the second step of the topic, below tns1:VideoSource.
KINDS: Mapping[str, CameraKind] = {
    "ImageTooDark": CameraKind.DARK,
    "ImageTooBlurry": CameraKind.DEFOCUSED,
    "GlobalSceneChange": CameraKind.MOVED,
    "SignalLoss": CameraKind.OFFLINE,
}
_SAID: Mapping[str, float] = {"onvif": 1.0}
_PULL_S = 5
_SUBSCRIPTION = timedelta(seconds=120)
_FIRST_S, _LONGEST_S = 2.0, 120.0


class OnvifError(CameraError):
    """The camera's events cannot be fetched."""


class OwnWord:
    """The kinds that the camera itself reports now. The ONVIF thread writes, the analysis thread reads."""

    def __init__(self) -> None:
        self._kinds: frozenset[CameraKind] = frozenset()
        self._ever: frozenset[CameraKind] = frozenset()

    @property
    def kinds(self) -> frozenset[CameraKind]:
        return self._kinds

    def hear(self, topic: str, items: Mapping[str, str]) -> None:
        """Take one notification. Topics that say nothing about health are ignored."""
        steps = [step.partition(":")[2] or step for step in topic.split("/")]
        kind = KINDS.get(steps[1]) if len(steps) > 1 and steps[0] == "VideoSource" else None
        value = items.get("State", "").lower()
        if kind and value in ("true", "1"):
            self._kinds |= {kind}
            self._ever |= {kind}
        elif kind and value in ("false", "0"):
            self._kinds -= {kind}

    def forget(self) -> None:
        self._kinds = frozenset()

    def merge(self, said: Iterable[Sighting]) -> list[Sighting]:
        """Return the watchers' sightings, with yes where the camera says yes.

        A kind that only the camera has reported becomes a sighting of its own."""
        kinds, merged = self._kinds, []
        for sighting in said:
            # The camera speaks of its whole picture, never of a zone.
            is_told = sighting.kind in kinds and not sighting.zone
            merged.append(
                Sighting(sighting.kind, State.YES, "", {**sighting.evidence, **_SAID}, sighting.boxes)
                if is_told
                else sighting
            )
        alone = self._ever - {sighting.kind for sighting in merged if not sighting.zone}
        own = (Sighting(kind, State.YES if kind in kinds else State.NO, "", _SAID) for kind in sorted(alone))
        return [*merged, *own]


class _Analysis(Protocol):
    def sightings(self, view: View) -> Sequence[Sighting]: ...
    def see(self, said: Sequence[Sighting], at_s: float) -> Sequence[Change]: ...
    def tell(self, tally: Tally, at_s: float) -> None: ...
    def absent(self, at_s: float, reason: str = "") -> Sequence[Change]: ...
    def wait(self, at_s: float) -> Sequence[Change]: ...
    def close(self, at_s: float) -> Sequence[Change]: ...


class AnalysisWithOwnWord:
    """An Analysis that also uses the camera's own events."""

    def __init__(self, analysis: _Analysis, word: OwnWord) -> None:
        self._analysis = analysis
        self._word = word

    def look(self, view: View) -> Sequence[Change]:
        return self._analysis.see(self._word.merge(self._analysis.sightings(view)), view.at_s)

    def tell(self, tally: Tally, at_s: float) -> None:
        self._analysis.tell(tally, at_s)

    def absent(self, at_s: float, reason: str = "") -> Sequence[Change]:
        return self._analysis.absent(at_s, reason)

    def wait(self, at_s: float) -> Sequence[Change]:
        return self._analysis.wait(at_s)

    def close(self, at_s: float) -> Sequence[Change]:
        return self._analysis.close(at_s)


class OnvifWorker:
    """The listener to one camera's events, in a thread of its own. `login` is asked anew for each connection."""

    def __init__(
        self, camera: str, host: str, port: int, *, login: Callable[[], tuple[str, str]], word: OwnWord, random: Random
    ) -> None:
        self._camera = camera
        self._host = host
        self._port = port
        self._login = login
        self._word = word
        self._backoff = Backoff(_FIRST_S, _LONGEST_S, random)

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                asyncio.run(self._listen(stop))
            except CameraError as exc:  # no password file is one, too
                log.warning("onvif_lost", camera=self._camera, reason=str(exc))
                stop.wait(self._backoff.next())
            finally:
                self._word.forget()

    async def _listen(self, stop: threading.Event) -> None:
        user, password = self._login()
        camera = ONVIFCamera(  # without a login both are "": it cannot sign with None
            self._host, self._port, user, password, no_cache=True, adjust_time=True, nat_override=True
        )
        try:
            await self._pull(camera, stop)
        except (ONVIFError, ZeepError, aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise OnvifError(type(exc).__name__) from None  # its text may hold the request, with the password
        finally:
            await camera.close()

    async def _pull(self, camera: Any, stop: threading.Event) -> None:
        await camera.update_xaddrs()
        is_lost = asyncio.Event()
        manager = await camera.create_pullpoint_manager(_SUBSCRIPTION, is_lost.set)
        log.info("onvif_listening", camera=self._camera)
        try:
            with suppress(ONVIFError, ZeepError, aiohttp.ClientError):
                await manager.set_synchronization_point()  # states that hold already; not every camera can
            while not stop.is_set() and not is_lost.is_set():
                request = {"Timeout": timedelta(seconds=_PULL_S), "MessageLimit": 100}
                answer = await manager.get_service().PullMessages(request)
                self._backoff.reset()
                for message in answer.NotificationMessage or ():
                    self._word.hear(*_read(message))
            if is_lost.is_set():
                raise OnvifError("the subscription was lost")
        finally:
            await manager.shutdown()


def _read(message: Any) -> tuple[str, dict[str, str]]:
    """Return the topic and the data of a notification as zeep delivers it."""
    topic = str(getattr(message.Topic, "_value_1", None) or "")
    data = getattr(getattr(message.Message, "_value_1", None), "Data", None)
    items = getattr(data, "SimpleItem", None) or ()
    return topic, {str(item.Name): str(item.Value) for item in items}
