"""The parameter sets in a key packet of H.264 (ITU-T H.264, 7.4.1) and HEVC (H.265, 7.4.2). A camera sends new ones
when it changes its resolution in the middle of a stream. Pure; Annex B only, which is what RTSP and TS carry."""

from collections.abc import Iterator
from dataclasses import dataclass

_START = b"\x00\x00\x01"


@dataclass(frozen=True, slots=True)
class ParameterSets:
    """The parameter sets of one packet. `sequence`: the sequence parameter sets alone, which change with the picture's
    shape; `extradata`: all of them, each with a start code."""

    sequence: bytes
    extradata: bytes


def parameter_sets(codec: str, data: bytes) -> ParameterSets | None:
    """Return the parameter sets before the first slice of `data`. None: there are none, or `data` has another codec or
    framing."""
    if codec not in ("h264", "hevc") or not data.startswith((_START, b"\x00" + _START)):
        return None
    sequence, every = b"", b""
    for unit in _units(data):
        if codec == "h264":
            kind = unit[0] & 0x1F
            is_slice, is_set, is_sequence = kind <= 5, kind in (7, 8), kind == 7
        else:
            kind = unit[0] >> 1 & 0x3F
            is_slice, is_set, is_sequence = kind < 32, kind in (32, 33, 34), kind == 33
        # Parameter sets come before the first slice; the rest of the packet need not be read.
        if is_slice:
            break
        if is_set:
            every += b"\x00" + _START + unit
        if is_sequence:
            sequence += unit
    return ParameterSets(sequence, every) if sequence else None


def _units(data: bytes) -> Iterator[bytes]:
    """Yield the NAL units that are not empty, without start codes and trailing zeros."""
    at = data.find(_START)
    while at >= 0:
        begin = at + len(_START)
        at = data.find(_START, begin)
        unit = data[begin : at if at >= 0 else None].rstrip(b"\x00")
        if unit:
            yield unit
