"""Texts that a log line may never hold."""

import os
import pty
import subprocess
import sys

import pytest

CRASH = """
import structlog
from process import logs
logs.configure()
def connect(dsn):
    raise RuntimeError("refused")
try:
    connect("postgresql://shian:" + "topsecret"[::-1] + "@db/x")
except RuntimeError:
    structlog.get_logger().exception("worker_crashed", worker="w")
"""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_traceback_shows_no_locals(is_terminal: bool) -> None:
    if is_terminal:
        leader, follower = pty.openpty()
        done = subprocess.run([sys.executable, "-W", "error", "-c", CRASH], stderr=follower, check=True)
        os.close(follower)
        said = os.read(leader, 65536).decode()
        os.close(leader)
    else:
        done = subprocess.run([sys.executable, "-W", "error", "-c", CRASH], stderr=subprocess.PIPE, check=True)
        said = done.stderr.decode()
    assert "worker_crashed" in said
    assert "RuntimeError: refused" in said
    assert "topsecret"[::-1] not in said
