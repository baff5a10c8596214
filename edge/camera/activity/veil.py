"""Tells light from a thing by all that was seen of a track: a thing hides what is behind it, light does not. Pure."""

from collections.abc import Iterable

from edge.camera.activity.foreground import Blob

_LIKE = 0.5
_LEAST = 400.0  # of the usual texture: on a bare wall nothing can be told


def is_light(blobs: Iterable[Blob]) -> bool:
    """Tell whether the usual picture shows through the blobs of a track: its texture is still there, whatever the light
    adds to it."""
    shows = [blob.shows for blob in blobs if blob.shows]
    usual = sum(one.usual for one in shows)
    return usual >= _LEAST and sum(one.both for one in shows) >= _LIKE * usual
