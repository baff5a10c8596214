"""Our own processes as children of a test: `python -m shian ...`, killed, started again, waited for."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from shian.local.children import Child, child_environment

# One place for the bytecode of all children of a test run: without it each start compiles everything anew.
BYTECODE = Path(tempfile.gettempdir()) / f"shian-tests-{os.getuid()}"


def environment(language: str = "C.UTF-8") -> dict[str, str]:
    """Return an environment: English where nothing else is said, and no variable of ours from outside."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("SHIAN_")}
    return child_environment(BYTECODE, mine | {"LANG": language, "LC_ALL": language})


def shian(name: str, logs: Path, arguments: Sequence[str | Path]) -> Child:
    """Make a child that is not started yet; its output goes to `name`.log in `logs`."""
    argv = [sys.executable, "-P", "-m", "shian", *map(str, arguments)]
    return Child(argv, logs / f"{name}.log", environment())


def run(
    *arguments: str | Path, timeout_s: float = 300, language: str = "C.UTF-8"
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "shian", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(language),
        timeout=timeout_s,
    )
