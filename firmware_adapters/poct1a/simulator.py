"""A virtual POCT1-A reader: connects, says what is new, sends it when asked, then each result as it comes. It begins
again with HEL after 5 s without the answer that it waits for. Shares no code with the decoder."""

import re
from collections import deque
from random import Random
from xml.sax.saxutils import quoteattr

from firmware_adapters.contract import Simulator, Specimen
from firmware_adapters.profile import Profile

_ANSWER_S = 5.0


class VirtualReader:
    """Virtual reader. `delivered` counts the results that were acknowledged."""

    def __init__(self, profile: Profile, serial: str) -> None:
        self._items = {mapped.code: (code, mapped.unit) for code, mapped in profile.items.items()}
        self._words = {verdict: word for word, verdict in profile.verdicts.items()}
        self._serial = serial
        self._waiting: deque[Specimen] = deque()
        self._heard = b""
        self._control = 0
        self._awaits = "nothing"
        self._is_continuous = False
        self._due: float | None = None
        self.delivered = 0

    @property
    def deadline(self) -> float | None:
        if self._awaits != "nothing":
            return self._due
        return 0.0 if self._waiting else None

    def measure(self, specimen: Specimen) -> None:
        self._waiting.append(specimen)

    def receive(self, data: bytes, now: float) -> bytes:
        self._heard = (self._heard + data)[-16_384:]
        said = b""
        while found := re.search(rb"<(ACK|REQ|DTV|END)\.R01>.*?</\1\.R01>", self._heard, re.DOTALL):
            self._heard = self._heard[found.end() :]
            said += self._hear(found[1].decode(), found[0].decode(), now)
        return said

    def tick(self, now: float) -> bytes:
        due = self.deadline
        if due is None or now < due:
            return b""
        if self._awaits == "nothing" and self._is_continuous:
            return self._observation(now)
        self._is_continuous = False
        device = f'<DEV><DEV.device_id V="virtual"/><DEV.serial_id V="{self._serial}"/></DEV>'
        return self._say("HEL.R01", device, "HEL", now)

    def _hear(self, kind: str, text: str, now: float) -> bytes:
        if kind != "ACK":
            return self._obey(kind, text, now)
        if f'ack_control_id V="{self._control}"' not in text:
            return b""
        match self._awaits:
            case "HEL":
                status = f'<DST><DST.new_observations_qty V="{len(self._waiting)}"/></DST>'
                return self._say("DST.R01", status, "DST", now)
            case "DST":
                self._awaits, self._due = ("REQ" if self._waiting else "DTV"), now + _ANSWER_S
            case "OBS":
                self._waiting.popleft()
                self.delivered += 1
                if self._waiting:
                    return self._observation(now)
                if not self._is_continuous:
                    return self._say("EOT.R01", "<EOT/>", "EOT", now)
                self._awaits, self._due = "nothing", None
            case "EOT":
                self._awaits, self._due = "DTV", now + _ANSWER_S
            case _:
                pass
        return b""

    def _obey(self, kind: str, text: str, now: float) -> bytes:
        found = re.search(r'HDR\.control_id V="([^"]*)"', text)
        is_expected = kind == self._awaits or (kind == "END" and self._awaits == "DTV")
        answer = self._message("ACK.R01", f'<ACK><ACK.ack_control_id V="{found[1] if found else ""}"/></ACK>', "0")
        if is_expected and kind == "REQ":
            return answer + self._observation(now)
        if is_expected:
            self._awaits, self._due, self._is_continuous = "nothing", None, kind == "DTV"
        return answer

    def _observation(self, now: float) -> bytes:
        oldest = self._waiting[0]
        code, unit = self._items.get(oldest.item, (oldest.item, ""))
        role = "LQC" if oldest.number.startswith("QC") else "OBS"
        at = oldest.measured_at.isoformat()
        body = (
            f'<SVC><SVC.role_cd V="{role}"/><SVC.observation_dttm V="{at}+08:00"/><PT><OBS>'
            f'<OBS.observation_id V={quoteattr(code)} SN="LOCAL"/><OBS.value V="{oldest.value!r}" U={quoteattr(unit)}/>'
            f'<OBS.status_cd V="A"/><OBS.interpretation_cd V={quoteattr(self._words.get(oldest.verdict, ""))}/>'
            "</OBS></PT>"
            f"<SPC><SPC.specimen_id V={quoteattr(oldest.number)}/>"
            f'<SPC.type_cd V="FOOD" DN={quoteattr(oldest.commodity)}/></SPC></SVC>'
        )
        return self._say("OBS.R01", body, "OBS", now)

    def _say(self, root: str, body: str, awaits: str, now: float) -> bytes:
        self._control += 1
        self._awaits, self._due = awaits, now + _ANSWER_S
        return self._message(root, body, str(self._control))

    def _message(self, root: str, body: str, control: str) -> bytes:
        head = f'<HDR><HDR.control_id V="{control}"/><HDR.version_id V="POCT1"/></HDR>'
        return f'<?xml version="1.0" encoding="utf-8"?>\r\n<{root}>{head}{body}</{root}>\r\n'.encode()


def simulator(profile: Profile, random: Random) -> Simulator:
    return VirtualReader(profile, f"SIM{random.randrange(1_000_000):06d}")
