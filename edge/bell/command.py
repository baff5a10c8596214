"""Runs a command within a deadline, with all that it has started; without a shell."""

import errno
import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from process.language import t


def run(argv: Sequence[str], deadline_s: float) -> str:
    """Run a command; return why it did not do its work, "" if it did."""
    try:
        # A session of its own, so that whatever it started ends with it.
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as exc:
        return f"{argv[0]}: {exc.strerror or exc}"
    try:
        code = process.wait(deadline_s)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return t(f"{argv[0]}: not done within {deadline_s:g} s", f"{argv[0]}：{deadline_s:g} 秒内未完成")
    return t(f"{argv[0]}: exit code {code}", f"{argv[0]}：退出码 {code}") if code else ""


def lacks(argv: Sequence[str]) -> str:
    """Return why a command could not be run; "" if it could."""
    path = Path(argv[0])
    if not path.is_absolute():
        return t("the full path of the program is needed, as in /usr/bin/...", "请写程序的完整路径，如 /usr/bin/...")
    try:
        if not path.is_file():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    except OSError as exc:
        return t(f"there is no such program ({exc.strerror})", f"没有该程序（{exc.strerror}）")
    if not os.access(path, os.X_OK):
        return t("this user may not run it: chmod +x", "当前用户无权运行：chmod +x")
    return ""
