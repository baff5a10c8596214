"""Virtual printers' hosts: devices that print a ticket for each specimen. Shares no code with the decoder."""

from collections import deque
from random import Random

from firmware_adapters.contract import Specimen
from firmware_adapters.profile import Profile

_LOGO = b"\x1dv0\x00" + bytes((4, 0, 8, 0)) + bytes(range(32))
_DASHES = "-" * 32


class Device:
    """Prints as soon as it is asked what is due; hears nothing."""

    def __init__(self, profile: Profile, random: Random) -> None:
        self._kind = str(profile.settings.get("simulate_as", "text"))
        self._charset = profile.charset
        self._names = {mapped.code: (code, mapped.unit) for code, mapped in profile.items.items()}
        self._words = {verdict: word for word, verdict in reversed(list(profile.verdicts.items()))}
        self._random = random
        self._waiting: deque[Specimen] = deque()

    @property
    def deadline(self) -> float | None:
        return 0.0 if self._waiting else None

    def measure(self, specimen: Specimen) -> None:
        self._waiting.append(specimen)

    def receive(self, data: bytes, now: float) -> bytes:  # noqa: ARG002
        return b""

    def tick(self, now: float) -> bytes:  # noqa: ARG002
        if not self._waiting:
            return b""
        specimen = self._waiting.popleft()
        match self._kind:
            case "dy":
                return self._dy(specimen)
            case "ttj":
                return self._ttj(specimen)
            case _:
                return self._text(f"{specimen.number} {specimen.item} {specimen.value}\n")

    def _dy(self, specimen: Specimen) -> bytes:
        name, unit = self._names.get(specimen.item, (specimen.item, ""))
        head = (
            f"检测设备：DY-3500\n检测类别：{name}\n检测日期：{specimen.measured_at:%Y-%m-%d %H:%M:%S}\n"
            f"单位：\n被检单位：\n生产单位：\n编号 样品名称 检测结果 判定结果\n{_DASHES}\n"
        )
        verdict = self._words.get(specimen.verdict, "")
        row = f"{_digits(specimen.number):05}\x02{specimen.commodity}\x02{specimen.value!r}{unit}\x02{verdict}\n"
        tail = f"{_DASHES}\n对照值：△A=0.{self._random.randint(100, 999)}   Abs\n检测人员：张三\n审核人员：____\n"
        code = self._text(specimen.number)
        qr = b"\x1dZ\x02\x1bZ\x03\x4c\x06" + len(code).to_bytes(2, "little") + code
        title = b"\x1d!\x11" + self._text(name) + b"\n\x1d!\x00"
        return b"\x1b@\x1c&\x1b9\x00" + title + self._text(head + row + tail) + qr + b"\x1bd\x03\x1dV\x00"

    def _ttj(self, specimen: Specimen) -> bytes:
        name, unit = self._names.get(specimen.item, (specimen.item, "mg/kg"))
        well = (_digits(specimen.number) - 1) % 8 + 1
        lines = [f"信息 01/01  {name}  {specimen.measured_at:%Y-%m-%d %H:%M:%S}", f"    吸光度    浓度（{unit}）"]
        lines += [f"{row}   0.{row:03d}    {specimen.value!r}" if row == well else str(row) for row in range(1, 9)]
        return b"\x1b@" + _LOGO + self._text("".join(line + "\r\n" for line in lines)) + b"\x1bd\x02"

    def _text(self, text: str) -> bytes:
        return text.encode(self._charset)


def simulator(profile: Profile, random: Random) -> Device:
    return Device(profile, random)


def _digits(number: str) -> int:
    """Return the tester's number of a sample: the tester counts, and does not know the sample's name."""
    return int("".join(filter(str.isdecimal, number))[-5:] or "0")
