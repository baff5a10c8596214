"""Tells light from a thing by all that was seen of a track: a thing hides what is behind it, light does not. Pure."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean

from edge.camera.activity.foreground import Blob, Shows

_LIKE = 0.5
_LEAST = 400.0  # of the usual texture: on a bare wall nothing can be told
_LEAST_LEVELS = 3.0  # by which the ground must change along the track


def is_light(blobs: Sequence[Blob]) -> bool:
    """Tell whether the usual picture shows through the blobs of a track: its texture is still there, whatever the light
    adds to it, or the track is brighter wherever the ground is."""
    within, along = _within(blobs), _along(blobs)
    return (within.usual >= _LEAST and _likeness(within) >= _LIKE) or (
        _is_told(along, blobs) and _likeness(along) >= _LIKE
    )


def _within(blobs: Sequence[Blob]) -> Shows:
    """Sum up the texture within each blob."""
    shows = [blob.shows for blob in blobs if blob.shows]
    return Shows(sum(one.both for one in shows), sum(one.usual for one in shows), sum(one.now for one in shows))


def _along(blobs: Sequence[Blob]) -> Shows:
    """Compare the brightness from blob to blob with that of the ground."""
    level, usual = (fmean(of) for of in ([blob.level for blob in blobs], [blob.usual for blob in blobs]))
    pairs = [(blob.level - level, blob.usual - usual) for blob in blobs]
    return Shows(
        sum(now * then for now, then in pairs), sum(then**2 for _, then in pairs), sum(now**2 for now, _ in pairs)
    )


def _is_told(along: Shows, blobs: Sequence[Blob]) -> bool:
    return len(blobs) >= 4 and along.usual >= len(blobs) * _LEAST_LEVELS**2


def _likeness(shows: Shows) -> float:
    """Return how far the usual picture is still there: 1 for light, about 0 for a thing."""
    return shows.both / max(1.0, shows.usual, sqrt(shows.usual * shows.now))
