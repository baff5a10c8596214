"""Interprets the blobs of a look by the time of day."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from edge.camera.activity.foreground import WIDTH, Blob, Foreground, Seen, blob_area
from edge.camera.activity.rodent import RodentTracks
from edge.camera.activity.settings import ActivitySettings
from edge.camera.scaled import ScaledFrame, scaled
from edge.camera.settings import Polygon, ZoneSettings
from edge.camera.view import Box, Sighting, State, View
from edge.hours import Hours, is_open
from wire.cameras import CameraKind

_LEAST_MOVED = 0.02  # of a blob: less is a reflex on what stands


class ActivityWatcher:
    """The activity of one camera: motion in each of `zones` that asks for it, intrusion, unattended, rodent."""

    def __init__(
        self,
        settings: ActivitySettings,
        zones: Sequence[ZoneSettings],
        hours: tuple[Hours, ...],
        mask: Sequence[Polygon],
    ) -> None:
        self._settings = settings
        self._zones = [zone for zone in zones if zone.motion != "off"]
        self._hours = hours
        self._topics = [(CameraKind.MOTION, zone.name) for zone in self._zones]
        self._topics += [(kind, "") for kind in _asked(settings, has_hours=bool(hours))]
        self._foreground = Foreground(mask, settings.motion_share)
        self._tracks = RodentTracks(settings.rodent_share)
        self._places: dict[str, NDArray[np.bool_]] = {}
        self._empty_s = 0.0
        self._looked_s: float | None = None

    @property
    def is_needed(self) -> bool:
        return bool(self._topics)

    def look(self, view: View, trouble: frozenset[CameraKind]) -> Sequence[Sighting]:
        frame = scaled(view.frame)
        # In the dark something may still be seen, and any motion proves that the picture is not frozen. A person who is
        # not seen may be there all the same.
        is_blind = bool(trouble - {CameraKind.DARK, CameraKind.FROZEN})
        is_within = is_open(self._hours, view.local)
        with_shows = (CameraKind.RODENT, "") in self._topics and not self._is_rodent_off(is_within=is_within)
        seen = None if is_blind else self._foreground.see(frame.gray(WIDTH), view.at_s, with_shows=with_shows)
        if seen is None:
            self._tracks.forget()
            self._looked_s = None  # time that was not seen does not count
            return [Sighting(kind, State.UNSURE, zone) for kind, zone in self._topics]
        moving = [blob for blob in seen.blobs if blob.moved >= _LEAST_MOVED]
        somebody = [blob for blob in moving if blob.pixels >= self._settings.person_share * seen.size]
        boxes = _Boxes(frame, seen)
        said = [self._motion(zone, seen, moving, boxes, is_within=is_within) for zone in self._zones]
        if (CameraKind.INTRUSION, "") in self._topics:
            said.append(self._intrusion(somebody, boxes, is_within=is_within))
        if (CameraKind.UNATTENDED, "") in self._topics:
            # All that moves, together: of somebody who stands still only the hands are seen.
            stirs = sum(blob.pixels for blob in moving) >= self._settings.person_share * seen.size
            said.append(self._unattended(view.at_s, is_attended=stirs or not is_within, is_dark=bool(trouble)))
        if (CameraKind.RODENT, "") in self._topics:
            said.append(self._rodent(seen, view.at_s, boxes, is_within=is_within))
        if CameraKind.FROZEN in trouble:
            # The picture is frozen: only a `yes`, which needs motion, is trusted.
            return [
                sighting if sighting.state is State.YES else Sighting(sighting.kind, State.UNSURE, sighting.zone)
                for sighting in said
            ]
        return said

    def _motion(
        self, zone: ZoneSettings, seen: Seen, moving: Sequence[Blob], boxes: "_Boxes", *, is_within: bool
    ) -> Sighting:
        if zone.motion != "always" and (zone.motion == "open") is not is_within:
            return Sighting(CameraKind.MOTION, State.NO, zone.name)
        # One more than the highest label: bincount then has a place for each blob.
        labels = max((blob.label for blob in moving), default=0) + 1
        inside = np.bincount(seen.labels[self._place(zone, seen)], minlength=labels)
        counted = [(int(inside[blob.label]), blob) for blob in moving]
        least = self._settings.motion_share * seen.size
        there = [blob for pixels, blob in counted if pixels >= least]
        share = max((pixels for pixels, _ in counted), default=0) / seen.size
        state = State.YES if there else State.NO
        return Sighting(CameraKind.MOTION, state, zone.name, {"share": round(share, 4)}, boxes.of("motion", there))

    def _place(self, zone: ZoneSettings, seen: Seen) -> NDArray[np.bool_]:
        place = self._places.get(zone.name)
        if place is None or place.shape != seen.labels.shape:
            place = self._places[zone.name] = blob_area([zone.polygon], seen)
        return place

    def _intrusion(self, somebody: Sequence[Blob], boxes: "_Boxes", *, is_within: bool) -> Sighting:
        there = () if is_within else somebody
        share = max((blob.pixels for blob in there), default=0) / boxes.size
        state = State.YES if there else State.NO
        evidence = {"share": round(share, 4)}
        return Sighting(CameraKind.INTRUSION, state, evidence=evidence, boxes=boxes.of("somebody", there))

    def _unattended(self, at_s: float, *, is_attended: bool, is_dark: bool) -> Sighting:
        # The time in the dark is not counted as time without people.
        if is_dark:
            self._looked_s = None
            return Sighting(CameraKind.UNATTENDED, State.UNSURE)
        elapsed_s = 0.0 if self._looked_s is None else at_s - self._looked_s
        self._looked_s = at_s
        self._empty_s = 0.0 if is_attended else self._empty_s + elapsed_s
        state = State.YES if self._empty_s >= self._settings.unattended_s else State.NO
        return Sighting(CameraKind.UNATTENDED, state, evidence={"empty_s": round(self._empty_s, 1)})

    def _is_rodent_off(self, *, is_within: bool) -> bool:
        """Tell whether nothing small is looked for: within the hours somebody is there."""
        return bool(self._hours) and is_within

    def _rodent(self, seen: Seen, at_s: float, boxes: "_Boxes", *, is_within: bool) -> Sighting:
        if self._is_rodent_off(is_within=is_within):
            self._tracks.forget()
            return Sighting(CameraKind.RODENT, State.NO)
        run = self._tracks.see(seen.blobs, seen.labels.shape, at_s)
        if run is None:
            return Sighting(CameraKind.RODENT, State.NO)
        evidence = {
            "share": round(run.blob.pixels / seen.size, 5),
            "widths_a_second": round(run.speed, 3),
            "way": round(run.way, 3),
        }
        return Sighting(CameraKind.RODENT, State.YES, evidence=evidence, boxes=boxes.of("rodent", [run.blob]))


def _asked(settings: ActivitySettings, *, has_hours: bool) -> Iterator[CameraKind]:
    """Yield the kinds that are judged for the whole picture."""
    if has_hours and settings.intrusion:
        yield CameraKind.INTRUSION
    if has_hours and settings.unattended_s:
        yield CameraKind.UNATTENDED
    if settings.rodent:
        yield CameraKind.RODENT


class _Boxes:
    """A converter of blobs to boxes in pixels of the frame."""

    def __init__(self, frame: ScaledFrame, seen: Seen) -> None:
        self.size = seen.size
        self._scale = frame.luma.shape[1] / seen.labels.shape[1]

    def of(self, label: str, blobs: Sequence[Blob]) -> tuple[Box, ...]:
        return tuple(
            Box(label, 1.0, *(self._scale * side for side in (blob.left, blob.top, blob.width, blob.height)))
            for blob in blobs
        )
