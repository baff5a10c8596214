"""A tool of ours as a process of its own, ended as a person ends it: by Ctrl-C."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

Running = subprocess.Popen[str]


@contextmanager
def running(folder: Path, *arguments: str, **variables: str) -> Iterator[Running]:
    """Run a command. `variables` of the environment come on top of those that every test has."""
    environ = (
        os.environ | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": str(folder), "PYTHONUNBUFFERED": "1"} | variables
    )
    command = [sys.executable, "-P", "-m", "shian", "adapters", *arguments]
    process = subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def interrupt(process: Running) -> tuple[int, str, str]:
    """Interrupt a process, and return its exit code and its output since then."""
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def line_of(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline()
