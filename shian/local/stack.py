"""The processes of `shian up`: PostgreSQL, broker, ingest, server, each started once and then supervised."""

import errno
import os
import socket
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError

import psycopg

from authority.ca import Authority
from authority.errors import AuthorityError
from process.language import t
from shian.failures import CannotError
from shian.local.broker import LocalBroker, LocalBrokerError, best_kind
from shian.local.children import Child, Supervisor, child_environment
from shian.local.entrance import fragment
from shian.local.layout import Layout, Table, write_secret, write_settings
from shian.local.ports import free_port, kept_port
from shian.local.postgres import LocalPostgres, LocalPostgresError
from shian.local.screen import Screen
from storage.errors import StorageError
from storage.migrate import migrate

DEFAULT_PORT = 8000
_PORTS_TRIED = 20


@dataclass(frozen=True, slots=True)
class Choices:
    """Services given on the command line; None starts our own."""

    dsn: str | None = None
    broker: tuple[str, int] | None = None
    port: int | None = None
    is_demo: bool = False


class InterruptedStartError(Exception):
    """The person ended it before everything ran."""


@dataclass(slots=True)
class Stack:
    layout: Layout
    choices: Choices
    supervisor: Supervisor
    screen: Screen
    is_ending: Callable[[], bool]
    dsn: str = ""
    broker: tuple[str, int] = ("127.0.0.1", 0)
    port: int = 0
    keeps_sessions: bool = True

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def invitation(self) -> str:
        """Return the page's address with a secret that counts once: whoever opens it is let in, or makes the first
        account. Raises CannotError."""
        try:
            return self.address + fragment(self.dsn, is_demo=self.choices.is_demo)
        except (StorageError, psycopg.Error) as exc:
            raise CannotError(t(f"the database cannot be used: {exc}", f"数据库无法使用：{exc}")) from exc

    def for_stations(self) -> str:
        """Return the addresses that stations need, for people; '' in a demo, which has stations of its own."""
        if self.choices.is_demo:
            return ""
        broker = f"{self.broker[0]}:{self.broker[1]}"
        return t(
            f"broker {broker}, pictures {self.address} (shian station add)",
            f"消息代理 {broker}，图片上传 {self.address}（shian station add）",
        )

    def start_ground(self) -> None:
        """Start broker and database, and migrate it. Raises CannotError."""
        self.port = self._choose_port()
        try:
            self._start_broker()
            self._start_database()
            migrate(self.dsn)
        except (LocalBrokerError, LocalPostgresError) as exc:
            raise CannotError(str(exc)) from exc
        except StorageError as exc:
            raise CannotError(t(f"the database cannot be used: {exc}", f"数据库无法使用：{exc}")) from exc
        write_secret(self.layout.dsn_file, self.dsn)

    def start_ingest(self) -> None:
        """Start ingest. Raises InterruptedStartError."""
        host, port = self.broker
        tables: dict[str, Table] = {"broker": {"host": host, "port": port}, "database": self._database}
        session: Table = {} if self.keeps_sessions else {"session_expiry_s": 0}
        write_settings(self.layout.ingest, session, tables, {})
        self.start_child("ingest", ["ingest", "run", "--config", str(self.layout.ingest)])

    def start_server(self) -> None:
        """Start the server. Raises InterruptedStartError."""
        if not self.layout.centre_key.exists():
            signing_key.make(self.layout.centre_key)
        self.layout.anchors.mkdir(exist_ok=True)
        # The demo's receivers are on this machine, at any port.
        delivery: Table = {"allow_private_addresses": True, "ports": ()} if self.choices.is_demo else {}
        host, port = self.broker
        tables: dict[str, Table] = {
            "database": self._database,
            "delivery": delivery,
            "broker": {"host": host, "port": port},
            "media": {"folder": str(self.layout.media)},
            "proof": {"key_file": str(self.layout.centre_key), "folder": str(self.layout.anchors)},
        }
        if not self.choices.is_demo:
            tables["enrolment"] = self._enrolment()
        write_settings(self.layout.server, {"host": "127.0.0.1", "port": self.port}, tables, {})
        self.start_child("server", ["server", "run", "--config", str(self.layout.server)])

    def _enrolment(self) -> Table:
        """Return the table by which stations come in, and make the authority at the first start. Raises CannotError."""
        host, port = self.broker
        try:
            if not (self.layout.authority / "ca.crt").exists():
                Authority.create(self.layout.authority, now=datetime.now(UTC))
        except AuthorityError as exc:
            raise CannotError(str(exc)) from exc
        broker: Table = {"host": host, "port": port, "is_tls": False}
        return {"url": self.address, "authority": str(self.layout.authority), "broker": broker}

    @property
    def _database(self) -> Table:
        return {"dsn_file": str(self.layout.dsn_file)}

    def start_child(self, name: str, arguments: list[str]) -> None:
        """Start one of our own commands as a supervised process. Raises InterruptedStartError."""
        self.start_program(name, our_own(arguments))

    def start_program(self, name: str, argv: Sequence[str]) -> None:
        """Start any program as a supervised process. Raises InterruptedStartError."""
        if self.is_ending():
            raise InterruptedStartError
        self.supervisor.start(name, self.child(name, argv), time.monotonic())

    def child(self, name: str, argv: Sequence[str]) -> Child:
        """Return a process that nobody supervises yet."""
        return Child(argv, self.layout.log(name), child_environment(self.layout.folder, os.environ))

    def is_ready(self) -> bool:
        """Tell whether the page would show what is live: the server answers and follows the database."""
        try:
            with urllib.request.urlopen(self.address + "/readyz", timeout=0.5) as answer:  # noqa: S310  our own address
                return bool(answer.status == 200)
        except HTTPError as exc:
            exc.close()  # an answer with a connection of its own
            return False
        except OSError:
            return False

    def _start_broker(self) -> None:
        if self.choices.broker:
            self.broker = self.choices.broker
            return
        port = free_port() if self.choices.is_demo else kept_port(self.layout.broker_port)
        broker = LocalBroker(self.layout.broker, port, best_kind())
        self.supervisor.start("broker", broker, time.monotonic())
        self.broker = ("127.0.0.1", broker.port)
        self.keeps_sessions = broker.keeps_sessions

    def _start_database(self) -> None:
        if self.choices.dsn:
            self.dsn = self.choices.dsn
            return
        postgres = LocalPostgres(self.layout.postgres)
        self.supervisor.start("postgres", postgres, time.monotonic())
        self.dsn = postgres.dsn

    def _choose_port(self) -> int:
        wanted = self.choices.port
        if wanted is not None:
            if not _is_free(wanted):
                raise CannotError(
                    t(
                        f"port {wanted} of 127.0.0.1 is taken: choose another --port",
                        f"127.0.0.1 的端口 {wanted} 已被占用：请用 --port 另选",
                    )
                )
            return wanted or free_port()
        for port in range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED):
            if _is_free(port):
                if port != DEFAULT_PORT:
                    self.screen.say(
                        t(f"port {DEFAULT_PORT} is taken, using {port}", f"端口 {DEFAULT_PORT} 已被占用，改用 {port}"),
                        "yellow",
                    )
                return port
        return free_port()


def our_own(arguments: Sequence[str]) -> list[str]:
    """Return one of our own commands as the arguments of a process."""
    return [sys.executable, "-P", "-m", "shian", *arguments]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as exc:
            if exc.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def prepare(folder: Path) -> Layout:
    layout = Layout(folder)
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    return layout
