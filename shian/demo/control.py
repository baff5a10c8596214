"""The way of `shian demo fail` to a running `shian up --demo`: one line of JSON each way over a socket in its
folder."""

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from process.language import t
from shian.failures import CannotError

_NAME = "control.sock"
_MAX_PATH = 100  # sockaddr_un holds 108 bytes
_MAX_LINE = 4096
_ANSWER_S = 10.0


class Request(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["fail"]
    station: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    is_done: bool
    text: str


class Listener:
    """The running side. `serve` answers a waiting client; a slow one holds it up for a second at most."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        self._socket: socket.socket | None = None

    def __enter__(self) -> "Listener":
        if len(str(self._path).encode()) > _MAX_PATH:
            raise CannotError(t(f"the path of --data is too long: {self._path}", f"--data 的路径过长：{self._path}"))
        # We hold the folder's lock: a socket that lies here is a dead one's.
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self._path))
        self._path.chmod(0o600)
        self._socket.listen(4)
        self._socket.setblocking(False)
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket:
            self._socket.close()
        self._path.unlink(missing_ok=True)

    def fileno(self) -> int:
        assert self._socket is not None
        return self._socket.fileno()

    def serve(self, handle: Callable[[Request], Answer]) -> None:
        assert self._socket is not None
        try:
            peer, _ = self._socket.accept()
        except BlockingIOError:
            return
        with peer:
            peer.settimeout(1.0)
            try:
                answer = handle(Request.model_validate_json(_line(peer)))
            except ValidationError as exc:
                answer = Answer(False, str(exc))
            except OSError:
                return
            try:
                peer.sendall(json.dumps({"is_done": answer.is_done, "text": answer.text}).encode() + b"\n")
            except OSError:
                return


def ask(folder: Path, request: Request) -> Answer:
    """Send a request and return the answer. Raises CannotError when no demo runs on `folder`."""
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(_ANSWER_S)
        try:
            peer.connect(str(folder / _NAME))
            peer.sendall(request.model_dump_json().encode() + b"\n")
            answer = json.loads(_line(peer))
        except (OSError, ValueError) as exc:
            raise CannotError(
                t(
                    f"no demo runs on {folder}: start one with `shian up --demo`",
                    f"{folder} 上没有正在运行的示范区：请先运行 shian up --demo",
                )
            ) from exc
    return Answer(answer["is_done"], answer["text"])


def _line(peer: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\n") and len(line) < _MAX_LINE:
        part = peer.recv(_MAX_LINE)
        if not part:
            break
        line += part
    return line
