"""A PostgreSQL of our own for one machine, in one file: made, started, stopped. `--dsn` replaces all of it.

The wheel's own `get_server()` is not used: as root it makes a system user and opens every parent folder of the data and
of the virtual environment. Here nothing is opened (see shian.local.postgres_install).

Two servers on one data folder destroy it. PostgreSQL's own guard is postmaster.pid, which says too much after a crash:
its number may belong to another program by now. So we look for processes that work *in* the data folder (every process
of a server does): when there is one we refuse to start, when there is none the file is stale and goes."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from process.language import t
from shian.local.ports import free_port
from shian.local.postgres_install import (
    LocalPostgresError,
    reachable_install,
    server_user,
    shipped_binaries,
    unreachable_folder,
)

__all__ = ["LocalPostgres", "LocalPostgresError", "processes_in"]

_START_S = 60.0
_STOP_S = 30.0
_KILL_S = 10.0
_PORT_TRIES = 3


@dataclass(slots=True)
class LocalPostgres:
    """A server: its data in `folder`, reached over TCP on 127.0.0.1 with a password that only `folder` knows.

    Port 0: a free one, chosen at the first start. `syncs_new` False: a new folder may be lost when the machine itself
    goes down within the half minute after; what is stored later is as safe as ever."""

    folder: Path
    port: int = 0
    install: Path | None = None
    settings: dict[str, str] = field(default_factory=dict)
    syncs_new: bool = True
    _process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def dsn(self) -> str:
        password = (self.folder / "password").read_text().strip()
        return f"postgresql://shian:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise LocalPostgresError("not started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Prepare the folder when it is new, start the server and wait until it answers. Raises LocalPostgresError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        user = server_user(self.data)
        self._open_folder(user)
        install = reachable_install(self.install or shipped_binaries(), self.folder, user)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(install, user)
        self._check_version(install)
        self._clear_stale_pid()
        is_port_ours = self.port == 0
        for attempt in range(_PORT_TRIES):
            self.port = free_port() if is_port_ours else self.port
            started_at = (self.folder / "log").stat().st_size if (self.folder / "log").exists() else 0
            self._launch(install, user)
            try:
                self._wait(started_at)
                return
            except LocalPostgresError as exc:
                # Between the choice of a free port and its use somebody else may take it.
                if not (is_port_ours and "in use" in str(exc)) or attempt == _PORT_TRIES - 1:
                    raise

    def stop(self) -> None:
        """Shut the server down fast; kill it when that takes too long."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """Kill the postmaster and all its backends with kill -9, as a crash of the machine would."""
        if self._process is None:
            return
        # Stopped first, so that no new backend is born meanwhile; each backend is a process group of its own.
        self._process.send_signal(signal.SIGSTOP)
        for pid in processes_in(self.data):
            _kill(pid)
        self._process.kill()
        self._process.wait()
        deadline = time.monotonic() + _KILL_S
        while processes_in(self.data) and time.monotonic() < deadline:
            time.sleep(0.01)
        self._process = None

    def _launch(self, install: Path, user: pwd.struct_passwd | None) -> None:
        options = {"fsync": "on", "max_connections": "60", "shared_buffers": "64MB", **self.settings}
        arguments = [f"{key}={value}" for key, value in options.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    install / "bin" / "postgres",
                    *("-D", self.data, "-p", str(self.port), "-h", "127.0.0.1", "-k", ""),
                    *(word for argument in arguments for word in ("-c", argument)),
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                **_identity(user),  # type: ignore[call-overload]
            )

    def _wait(self, log_from: int) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline and self.is_running:
            try:
                # Only our server knows the password: another one on this port is not taken for it.
                psycopg.connect(self.dsn, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        with (self.folder / "log").open("rb") as log:
            log.seek(log_from)
            tail = log.read().decode(errors="replace")[-2000:]
        self.kill()
        raise LocalPostgresError(t("PostgreSQL did not start:", "PostgreSQL 未能启动：") + "\n" + tail)

    def _initialise(self, install: Path, user: pwd.struct_passwd | None) -> None:
        # Made beside and renamed when whole: an initdb that was cut short never looks like data.
        new, password = self.folder / "data.new", self.folder / "password"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        password.touch(mode=0o600)
        password.write_text(os.urandom(18).hex())
        if user:
            for path in (new, password):
                os.chown(path, user.pw_uid, user.pw_gid)
        unsafe = ["--no-sync"] if self.settings.get("fsync") == "off" or not self.syncs_new else []
        done = subprocess.run(
            [
                install / "bin" / "initdb",
                *("-D", new, "-U", "shian", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"),
                *("--pwfile", password, "--no-instructions", *unsafe),
            ],
            capture_output=True,
            check=False,
            **_identity(user),  # type: ignore[call-overload]
        )
        if done.returncode:
            raise LocalPostgresError(f"initdb: {done.stderr.decode(errors='replace')[-2000:]}")
        new.rename(self.data)

    def _open_folder(self, user: pwd.struct_passwd | None) -> None:
        if user is None:
            return
        self.folder.chmod(0o711)
        closed = unreachable_folder(self.folder, user)
        if closed:
            raise LocalPostgresError(
                t(
                    f"PostgreSQL runs as the user {user.pw_name}, who may not enter {closed}: choose another --data",
                    f"PostgreSQL 以用户 {user.pw_name} 运行，但该用户无权进入 {closed}：请用 --data 另选目录",
                )
            )

    def _check_version(self, install: Path) -> None:
        theirs = (self.data / "PG_VERSION").read_text().strip()
        answer = subprocess.run(
            [install / "bin" / "postgres", "--version"], capture_output=True, check=False, text=True
        )
        ours = answer.stdout.rsplit(" ", 1)[-1].strip().split(".")[0]
        if ours and ours != theirs:
            raise LocalPostgresError(
                t(
                    f"{self.data} was made by PostgreSQL {theirs}, this is {ours}: see docs/demo.md, 'Upgrading'",
                    f"{self.data} 由 PostgreSQL {theirs} 创建，当前版本为 {ours}：见 docs/demo.md 的“升级”",
                )
            )

    def _clear_stale_pid(self) -> None:
        stale = self.data / "postmaster.pid"
        living = processes_in(self.data)
        if living:
            raise LocalPostgresError(_occupied(self.data, living))
        # Without /proc nobody can say that the file is stale: PostgreSQL's own guard decides.
        if Path("/proc/self/cwd").exists():
            stale.unlink(missing_ok=True)


def processes_in(folder: Path) -> list[int]:
    """Return the processes that work in `folder`: a PostgreSQL and all its backends do in their data (Linux; else
    none)."""
    wanted = str(folder.resolve())
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str((entry / "cwd").readlink()) == wanted:
                found.append(int(entry.name))
        except OSError:
            continue  # gone meanwhile, or another user's
    return sorted(found)


def _occupied(data: Path, living: list[int]) -> str:
    pids = ", ".join(map(str, living))
    return t(
        f"a PostgreSQL already runs on {data} (processes {pids}): end it first",
        f"{data} 上已有 PostgreSQL 在运行（进程 {pids}）：请先将其停止",
    )


def _identity(user: pwd.struct_passwd | None) -> dict[str, int | str | list[int]]:
    common: dict[str, int | str | list[int]] = {"cwd": "/"}
    return common | ({"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {})


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
