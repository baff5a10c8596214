"""Converts H.264 and HEVC packets for the MP4 muxer, and names the codec for a browser. Pure.

A camera sends NAL units after start codes (Annex B of ITU-T H.264, H.265); a file holds them after their lengths, with
the parameter sets in a configuration record (ISO/IEC 14496-15: avcC 5.3.3, hvcC 8.3.3). The muxer is always given Annex
B, with the parameter sets in the first packet: it makes the record from them."""

from collections.abc import Callable
from itertools import islice

_START = b"\0\0\0\1"
_AVC = b"avcC"
_HEVC = b"hvcC"


class BadRecordError(ValueError):
    """The configuration record ends too early, or the lengths in a packet do not fit."""


def converter(codec: str, extradata: bytes) -> tuple[bytes, Callable[[bytes], bytes]]:
    """Return the parameter sets in Annex B, and a function that converts a packet to Annex B. Raises BadRecordError."""
    # Both kinds of record begin with the version 1: anything else is Annex B already.
    if not extradata or extradata[0] != 1:
        return extradata, bytes
    try:
        size, sets = _avc(extradata) if codec == "h264" else _hevc(extradata)
    except IndexError as exc:
        raise BadRecordError(f"a {codec} record of {len(extradata)} bytes ends too early") from exc
    return b"".join(_START + unit for unit in sets), lambda data: _annex_b(data, size)


def _avc(record: bytes) -> tuple[int, list[bytes]]:
    at, sets = 5, list[bytes]()
    for mask in (0x1F, 0xFF):  # sequence parameter sets, then picture parameter sets
        count, at = record[at] & mask, at + 1
        at = _read_sets(record, at, count, sets)
    return (record[4] & 3) + 1, sets


def _hevc(record: bytes) -> tuple[int, list[bytes]]:
    arrays, at, sets = record[22], 23, list[bytes]()
    for _ in range(arrays):
        at = _read_sets(record, at + 3, int.from_bytes((record[at + 1], record[at + 2])), sets)
    return (record[21] & 3) + 1, sets


def _read_sets(record: bytes, at: int, count: int, sets: list[bytes]) -> int:
    for _ in range(count):
        size = int.from_bytes((record[at], record[at + 1]))
        if at + 2 + size > len(record):
            raise IndexError
        sets.append(record[at + 2 : at + 2 + size])
        at += 2 + size
    return at


def _annex_b(data: bytes, size: int) -> bytes:
    units, at = list[bytes](), 0
    while at + size <= len(data):
        length = int.from_bytes(data[at : at + size])
        at += size
        if at + length > len(data):
            raise BadRecordError(f"a NAL unit of {length} bytes in {len(data) - at}")
        units += (_START, data[at : at + length])
        at += length
    return b"".join(units)


def codec_string(init: bytes) -> str:
    """Return RFC 6381's name for the video in an init segment: `avc1.PPCCLL`, `hev1.P.C.Lnn.B`; "" when there is
    none."""
    avc, hevc = _record(init, _AVC, 4), _record(init, _HEVC, 13)
    if avc:
        return f"avc1.{avc[1:4].hex().upper()}"
    return _hevc_string(hevc) if hevc else ""


def _record(init: bytes, kind: bytes, least: int) -> bytes:
    """Return the configuration record in the box `kind`; empty when there is none, or none that can be right."""
    at = init.find(kind)
    size = int.from_bytes(init[max(at - 4, 0) : at]) - 8
    record = init[at + 4 : at + 4 + size] if at >= 4 and size > 0 else b""
    return record if len(record) >= least and record[0] == 1 else b""


def _hevc_string(record: bytes) -> str:
    """Return the name of an HEVC codec. Source: ISO/IEC 14496-15, annex E.3."""
    profile = record[1]
    space = ("", "A", "B", "C")[profile >> 6]
    # The compatibility flags are written in the reverse order of their bits.
    flags = int(f"{int.from_bytes(record[2:6]):032b}"[::-1], 2)
    tier = "H" if profile & 0x20 else "L"
    constraints = record[6:12].rstrip(b"\0")
    words = [
        f"{space}{profile & 0x1F}",
        f"{flags:X}",
        f"{tier}{record[12]}",
        *(f"{byte:X}" for byte in islice(constraints, 6)),
    ]
    return "hev1." + ".".join(words)
