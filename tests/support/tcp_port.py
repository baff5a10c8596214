"""A pty's port reachable over TCP: for analyzers that a network reaches (`socket://host:port`), and for those
that connect to the agent (`listen://host:port`)."""

import contextlib
import os
import select
import socket
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CALL_AGAIN_S = 0.1


@contextmanager
def serving(port: Path) -> Iterator[str]:
    """Yield the address of a listener on 127.0.0.1; one host at a time is connected with `port` (opened anew for
    each)."""
    awake, waker = os.pipe()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, port, awake), name=f"tcp-{port.name}")
        thread.start()
        try:
            yield f"socket://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            os.close(waker)
            thread.join()
            os.close(awake)


@contextmanager
def calling(port: Path, number: int) -> Iterator[str]:
    """Yield the address that an agent is to listen at: it is called again and again, and connected with `port`."""
    awake, waker = os.pipe()
    thread = threading.Thread(target=_call, args=(number, port, awake), name=f"tcp-{port.name}")
    thread.start()
    try:
        yield f"listen://127.0.0.1:{number}"
    finally:
        os.close(waker)
        thread.join()
        os.close(awake)


def _call(number: int, port: Path, awake: int) -> None:
    while awake not in select.select([awake], [], [], _CALL_AGAIN_S)[0]:
        try:
            connection = socket.create_connection(("127.0.0.1", number))
        except ConnectionRefusedError:
            continue
        _connect(connection, port, awake)


def _serve(listener: socket.socket, port: Path, awake: int) -> None:
    while awake not in select.select([listener.fileno(), awake], [], [])[0]:
        connection, _ = listener.accept()
        _connect(connection, port, awake)


def _connect(connection: socket.socket, port: Path, awake: int) -> None:
    line = os.open(port, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(line)
    with connection, contextlib.suppress(ConnectionError):
        _pump(connection, line, awake)
    os.close(line)


def _pump(connection: socket.socket, line: int, awake: int) -> None:
    while True:
        ready = select.select([connection.fileno(), line, awake], [], [])[0]
        if awake in ready:
            return
        if line in ready:
            connection.sendall(os.read(line, 4096))
        if connection.fileno() in ready:
            heard = connection.recv(4096)
            if not heard:
                return
            os.write(line, heard)
