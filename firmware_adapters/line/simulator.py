"""Virtual devices of the profiles: templates of `[[settings.simulate]]`, pushed or given as answers.

A template is filled by str.format with value, number, item, commodity, time and verdict of the specimen; `{f32le}` is
the value as a little-endian float in hexadecimal digits and `{sum8}` the sum of what stands before it. Shares no code
with the decoder.
"""

import struct
from collections.abc import Mapping
from random import Random
from typing import Any

from firmware_adapters.contract import Specimen
from firmware_adapters.profile import Profile

_ENDS = {"any": "\r\n", "scan": "\r\n", "gap": ""}


class VirtualDevice:
    """Virtual line device. It pushes a line a specimen, or keeps the last one of each item until it is asked for."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self._settings: Mapping[str, Any] = profile.settings
        self._charset = profile.charset
        self._random = random
        self._answers = {self._bytes(request["send"]): request["item"] for request in self._settings.get("request", ())}
        delimiter = str(self._settings.get("delimiter", "any"))
        self._end = _ENDS.get(delimiter, delimiter)
        self._input = b""
        self._latest: dict[str, Specimen] = {}
        self._waiting: list[Specimen] = []
        self._settle_s: float = self._settings.get("settle_s", 0.0)
        self._began_at: float | None = None

    @property
    def deadline(self) -> float | None:
        return self._due() if self._waiting else None

    def measure(self, specimen: Specimen) -> None:
        if self._answers:
            self._latest[specimen.item] = specimen
        else:
            self._waiting.append(specimen)

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002
        self._input = (self._input + data)[-256:]
        answer = b""
        for request, item in self._answers.items():
            if request in self._input:
                self._input = b""
                if item in self._latest:
                    answer += self._said(self._latest[item])
        return answer

    def tick(self, now: float) -> bytes:
        """Send the lines that are due. A device that streams is met within a line; measured ones come when the host has
        settled."""
        first = b""
        if self._began_at is None:
            self._began_at = now
            first = self._bytes("7" + self._end) if self._settle_s else b""
        if now < self._due():
            return first
        pushed = b"".join(map(self._said, self._waiting))
        self._waiting.clear()
        return first + pushed

    def _due(self) -> float:
        return (self._began_at or 0.0) + 2 * self._settle_s

    def _said(self, specimen: Specimen) -> bytes:
        templates = {setting["item"]: setting["template"] for setting in self._settings["simulate"]}
        template = templates.get(specimen.item) or next(iter(templates.values()))
        fields = {
            "value": specimen.value,
            "number": specimen.number,
            "item": specimen.item,
            "commodity": specimen.commodity,
            "time": specimen.measured_at,
            "verdict": specimen.verdict.value,
            "f32le": struct.pack("<f", specimen.value).hex().upper(),
        }
        before, mark, after = template.partition("{sum8}")
        text = before.format(**fields)
        if mark:
            text += f"{sum(self._bytes(text)) % 256:02X}{after.format(**fields)}"
        return self._bytes(text + self._end)

    def _bytes(self, text: str) -> bytes:
        return text.encode(self._charset)


def simulator(profile: Profile, random: Random) -> VirtualDevice:
    return VirtualDevice(profile, random)
