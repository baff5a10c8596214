"""The first exchange with a broker, by hand: what paho tells in callbacks is told here as a sentence.

A client with a certificate is not signed in. Where the broker takes the certificate's name for the client's id, a
second sign-in ends the first, and the process that is being checked may be at work. Instead the broker is asked in a
version of MQTT that does not exist: it must answer that, or hang up, and does so only after it has taken the
certificate."""

import secrets
import socket
import struct

_CONNECT, _CONNACK, _DISCONNECT = 0x10, 0x20, b"\xe0\x00"
_VERSION_5, _NO_VERSION = 5, 0x7E
_CLEAN_START, _HAS_PASSWORD, _HAS_USERNAME = 0x02, 0x40, 0x80
_BAD_CREDENTIALS = frozenset({0x04, 0x05, 0x86, 0x87})
_OTHER_VERSION = frozenset({0x01, 0x84})


class NotABrokerError(Exception):
    """Peer that is no broker."""


def sign_in(line: socket.socket, username: str, password: str) -> int:
    """Sign in and out again. Return the broker's reason: 0 is well. Raises OSError, NotABrokerError."""
    line.sendall(_connect(_VERSION_5, username, password))
    answer = _read(line, 4)
    if len(answer) < 4 or answer[0] != _CONNACK:
        raise NotABrokerError
    if answer[3] == 0:
        line.sendall(_DISCONNECT)
    return answer[3]


def knock(line: socket.socket) -> None:
    """Ask in no version of MQTT, and read the answer. Raises OSError (the certificate is refused), NotABrokerError."""
    line.sendall(_connect(_NO_VERSION, "", ""))
    answer = _read(line, 4)
    if answer and (answer[0] != _CONNACK or (len(answer) == 4 and answer[3] not in _OTHER_VERSION | _BAD_CREDENTIALS)):
        raise NotABrokerError


def is_about_credentials(reason: int) -> bool:
    return reason in _BAD_CREDENTIALS


def _connect(version: int, username: str, password: str) -> bytes:
    flags = _CLEAN_START
    payload = _text(f"shian-check-{secrets.token_hex(6)}")
    if username:
        flags |= _HAS_USERNAME
        payload += _text(username)
        if password:
            flags |= _HAS_PASSWORD
            payload += _text(password)
    body = _text("MQTT") + bytes([version, flags]) + struct.pack(">H", 30) + b"\x00" + payload
    return bytes([_CONNECT]) + _length(len(body)) + body


def _text(text: str) -> bytes:
    content = text.encode()
    return struct.pack(">H", len(content)) + content


def _length(number: int) -> bytes:
    found = b""
    while True:
        number, digit = divmod(number, 128)
        found += bytes([digit | 0x80 if number else digit])
        if not number:
            return found


def _read(line: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = line.recv(count - len(found))
        if not part:
            break
        found += part
    return found
