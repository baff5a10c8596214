"""Chooses the folder of `shian up`, and lets only one run on a folder at a time."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from process.language import t
from shian.failures import CannotError


def default_data(environ: Mapping[str, str], *, is_root: bool) -> Path:
    """Return /var/lib/shian for root, whose PostgreSQL runs as another user who cannot enter root's home; else the
    user's own folder."""
    if is_root:
        return Path("/var/lib/shian")
    state = environ.get("XDG_STATE_HOME", "")
    # The XDG specification: a path that is not absolute is to be ignored.
    below = Path(state) if state.startswith("/") else Path(environ.get("HOME", "~")).expanduser() / ".local" / "state"
    return below / "shian"


def chosen_data(data: Path | None, *, is_demo: bool = False) -> Path:
    """Return the folder to use. The demo district has one of its own: its invented results never stand among real
    ones."""
    if data:
        return data.absolute()
    default = default_data(os.environ, is_root=os.geteuid() == 0)
    return default / "demo" if is_demo else default


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process. Raises CannotError naming the process that holds it."""
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            # Whatever the umask: root's PostgreSQL runs as another user, who must pass through. Secrets below it are
            # closed by their own modes.
            folder.chmod(0o711)
        lock = (folder / "lock").open("a+")
    except OSError as exc:
        raise CannotError(t(f"{folder} cannot be used: {exc}", f"无法使用 {folder}：{exc}")) from exc
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            pid = lock.read().strip() or "?"
            raise CannotError(
                t(
                    f"shian already runs on {folder} (process {pid}): end it first, or choose another --data",
                    f"{folder} 上已有 shian 在运行（进程 {pid}）：请先将其停止，或用 --data 另选目录",
                )
            ) from None
        lock.seek(0)
        lock.truncate()
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield
