"""The host's four messages. None of them is a directive that sets or erases anything.

    ACK.R01   AA taken, AE not understood                     REQ.R01   ROBS: send the new observations
    DTV.R01   START_CONTINUOUS: send results as they come     END.R01   the conversation is over

This side has no clock: a message is dated as the one that it answers. Of a device's own text only harmless characters
are sent back to it.
"""

import re

from firmware_adapters.asking import Request

_ID = r"[0-9A-Za-z_.:-]{0,64}"
_TIME = r"[0-9T:+.Z-]{0,40}"
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><{root}><HDR><HDR.message_type V="{root}"/><HDR.control_id V="{control}"/>'
    '<HDR.version_id V="POCT1"/><HDR.creation_dttm V="{created}"/></HDR>{body}</{root}>'
)
_ACK = '<ACK><ACK.type_cd V="{kind}"/><ACK.ack_control_id V="{to}"/></ACK>'
_REQ = '<REQ><REQ.request_cd V="ROBS"/></REQ>'
_DTV = '<DTV><DTV.command_cd V="START_CONTINUOUS"/></DTV>'
_END = '<TRM><TRM.reason_cd V="NRM"/></TRM>'


def acknowledgement(control: int, created: str, to: str, *, is_taken: bool) -> bytes:
    kind = "AA" if is_taken else "AE"
    return _message("ACK.R01", control, created, _ACK.format(kind=kind, to=re.sub(r"[^0-9A-Za-z_.:-]", "", to)[:64]))


def request_observations(control: int, created: str) -> bytes:
    return _message("REQ.R01", control, created, _REQ)


def start_continuous(control: int, created: str) -> bytes:
    return _message("DTV.R01", control, created, _DTV)


def end(control: int, created: str) -> bytes:
    return _message("END.R01", control, created, _END)


def _message(root: str, control: int, created: str, body: str) -> bytes:
    created = created if re.fullmatch(_TIME, created) else ""
    return _HEAD.format(root=root, control=control, created=created, body=body).encode()


def _allowed(name: str, root: str, body: str) -> Request:
    marked = _HEAD.format(root=root, control="\0", created="\1", body=body)
    pattern = re.escape(marked).replace(re.escape("\0"), "[0-9]{1,12}").replace(re.escape("\1"), _TIME)
    return Request(name, re.compile(pattern.replace(re.escape("\2"), "A[AE]").replace(re.escape("\3"), _ID).encode()))


ANSWERS = (
    _allowed("acknowledgement", "ACK.R01", _ACK.format(kind="\2", to="\3")),
    _allowed("observations", "REQ.R01", _REQ),
    _allowed("continuous", "DTV.R01", _DTV),
    _allowed("end", "END.R01", _END),
)
