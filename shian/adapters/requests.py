"""Requests of the host that a profile knows: a hint, never sent."""

from firmware_adapters.checksums import crc16_modbus
from shian.adapters.tally import Candidate, Heard

_SIZE = 8


def is_known_request(candidate: Candidate, heard: Heard) -> bool:
    if not heard.is_host or not heard.data:
        return False
    if any(request.allows(heard.data) for request in candidate.family.requests):
        return True
    if candidate.family.name == "modbus_rtu":
        return len(heard.data) == _SIZE and crc16_modbus(heard.data) == 0
    said = heard.data.strip()
    sends = (str(request.get("send", "")) for request in candidate.profile.settings.get("request", ()))
    return any(said == send.encode(candidate.profile.charset, "replace").strip() for send in sends)
