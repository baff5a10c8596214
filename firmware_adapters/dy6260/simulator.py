"""A virtual DY-6260: answers READ with all its results as an array. Shares no code with the decoder."""

import json
from random import Random

from firmware_adapters.asked_simulator import AskedMemory
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile
from wire.terms import Verdict

_WORDS = {Verdict.PASS: "阴性", Verdict.FAIL: "阳性", Verdict.SUSPECT: "可疑", Verdict.INVALID: "无效"}


class VirtualGoldReader(AskedMemory):
    """Virtual gold reader. With `is_one` it answers with the latest result only, as an object."""

    def __init__(self, profile: Profile, *, is_one: bool = False) -> None:
        super().__init__()
        self._names = {known.code: name for name, known in profile.items.items()}
        self._is_one = is_one

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - answers at once
        self._heard += data
        answer = b""
        while b"READ" in self._heard:
            self._heard = self._heard.split(b"READ", 1)[1]
            results = [self._result(specimen) for specimen in self.memory]
            said = results[-1] if self._is_one and results else results
            answer += json.dumps(said, ensure_ascii=False).encode() + b"\n"
        return answer

    def _result(self, specimen: Specimen) -> dict[str, str]:
        return {
            "样品编号": specimen.number,
            "样品名称": specimen.commodity,
            "检测项目": self._names.get(specimen.item, specimen.item),
            "检测结果": _WORDS[specimen.verdict],
            "检测时间": specimen.measured_at.strftime("%Y-%m-%d %H:%M:%S"),
        }


def simulator(profile: Profile, random: Random) -> Simulator:  # noqa: ARG001 - nothing is random here
    return VirtualGoldReader(profile)
