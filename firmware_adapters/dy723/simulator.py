"""A virtual DY-723PC. Shares no code with the decoder."""

from random import Random

from firmware_adapters.asked_simulator import AskedMemory
from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile
from wire.terms import Verdict

_WORDS = {Verdict.PASS: "合格", Verdict.FAIL: "不合格", Verdict.SUSPECT: "可疑", Verdict.INVALID: "无效"}


class VirtualPhotometer(AskedMemory):
    """Answers a range of days; eight holes in turn."""

    def __init__(self, profile: Profile, random: Random) -> None:
        super().__init__()
        self._names = {known.code: (name, known.unit) for name, known in profile.items.items()}
        self._random = random

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002 - answers at once
        self._heard += data
        answer = b""
        while b"~" in self._heard:
            asked, self._heard = self._heard.split(b"~", 1)
            first, last = asked[-21:-11].decode("ascii", "replace"), asked[-10:].decode("ascii", "replace")
            rows = [
                self._row(number, specimen)
                for number, specimen in enumerate(self.memory, 1)
                if first <= specimen.measured_at.date().isoformat() <= last
            ]
            answer += "".join(rows).encode("gbk") + b"FINISH\r\n"
        return answer

    def _row(self, number: int, specimen: Specimen) -> str:
        name, unit = self._names.get(specimen.item, (specimen.item, "mg/kg"))
        value = "-.---" if specimen.verdict is Verdict.INVALID else str(specimen.value)
        light = f"{self._random.uniform(0, 2):.3f}"
        time = specimen.measured_at.strftime("%Y-%m-%d %H:%M:%S")
        fields = (number, (number - 1) % 8 + 1, name, light, value, unit, _WORDS[specimen.verdict], time)
        row = "R," + "".join(f"{field}," for field in fields)
        return f"{row}{sum(row.encode('gbk')) % 256:02X},\r\n"


def simulator(profile: Profile, random: Random) -> Simulator:
    return VirtualPhotometer(profile, random)
