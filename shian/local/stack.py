"""The processes of `shian up`: PostgreSQL, broker, ingest, server, each started once and then supervised."""

import os
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError

import psycopg

from authority.errors import AuthorityError
from process import signing_key
from process.connections import trust
from process.language import t
from shian.failures import CannotError
from shian.local.broker import LocalBroker, LocalBrokerError, Tls, best_kind
from shian.local.certificates import Certificates
from shian.local.children import Child, Supervisor, child_environment
from shian.local.entrance import fragment
from shian.local.layout import Layout, Table, Value, write_secret, write_settings
from shian.local.ports import free_port, is_free, kept_port, unreachable
from shian.local.postgres import LocalPostgres, LocalPostgresError
from shian.local.revoked import RevokedWatch
from shian.local.screen import Screen
from storage.errors import StorageError
from storage.migrate import migrate

DEFAULT_PORT = 8000
DEFAULT_SCREEN_PORT = 8200
_PORTS_TRIED = 20
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Choices:
    """Services given on the command line; None starts our own. `listen`: the address of this machine by which others
    reach broker and page; None for this machine alone."""

    dsn: str | None = None
    broker: tuple[str, int] | None = None
    port: int | None = None
    is_demo: bool = False
    listen: str | None = None


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
    mail_port: int = 0
    keeps_sessions: bool = True
    certificates: Certificates | None = None
    own_broker: LocalBroker | None = None
    _early: dict[str, Child] = field(default_factory=dict)
    _revoked: RevokedWatch | None = None

    @property
    def host(self) -> str:
        return self.choices.listen or _LOOPBACK

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.choices.listen else 'http'}://{host}:{self.port}"

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of the authority; '' without one."""
        return self.certificates.authority.certificate.fingerprint if self.certificates else ""

    @property
    def has_rights(self) -> bool:
        """Tell whether our own broker gives each client its own topics alone."""
        return self.own_broker is None or self.own_broker.kind == "mosquitto"

    def invitation(self) -> str:
        """Return the page's address with a secret that counts once: whoever opens it is let in, or makes the first
        account. Raises CannotError."""
        try:
            return self.address + fragment(self.dsn, is_demo=self.choices.is_demo)
        except (StorageError, psycopg.Error) as exc:
            raise CannotError(t(f"the database cannot be used: {exc}", f"数据库无法使用：{exc}")) from exc

    def start_ground(self) -> None:
        """Start broker and database, and migrate it. Raises CannotError."""
        self._check_listen()
        self.port = self._choose_port()
        self._load_early()
        try:
            if not self.choices.broker or self.choices.listen:
                self.certificates = Certificates.prepare(self.layout.folder)
            self._start_broker()
            self._start_database()
            migrate(self.dsn)
        except (LocalBrokerError, LocalPostgresError, AuthorityError) as exc:
            raise CannotError(str(exc)) from exc
        except OSError as exc:
            raise CannotError(t(f"the certificates cannot be used: {exc}", f"证书无法使用：{exc}")) from exc
        except StorageError as exc:
            raise CannotError(t(f"the database cannot be used: {exc}", f"数据库无法使用：{exc}")) from exc
        write_secret(self.layout.dsn_file, self.dsn)

    def start_ingest(self) -> None:
        """Start ingest. Raises InterruptedStartError."""
        tables: dict[str, Table] = {"broker": self.broker_table("ingest"), "database": self._database}
        session: Table = {} if self.keeps_sessions else {"session_expiry_s": 0}
        write_settings(self.layout.ingest, session, tables, {})
        self.start_child("ingest", ["ingest", "run", "--config", str(self.layout.ingest)])

    def start_server(self) -> None:
        """Start the server. Raises InterruptedStartError."""
        if not self.layout.centre_key.exists():
            signing_key.make(self.layout.centre_key)
        self.layout.anchors.mkdir(exist_ok=True)
        # The demo's receivers are on this machine, at any port.
        channels: dict[str, Value] = {"web_push": {"key_file": str(self.layout.push_key)}}
        if self.mail_port:
            channels["email"] = {"host": _LOOPBACK, "port": self.mail_port, "tls": "none"}
        delivery: dict[str, Value] = {"channels": channels}
        if self.choices.is_demo:
            delivery |= {"allow_private_addresses": True, "ports": ()}
        tables: dict[str, Table] = {
            "database": self._database,
            "delivery": delivery,
            "broker": self.broker_table("server"),
            "media": {"folder": str(self.layout.media)},
            "proof": {"key_file": str(self.layout.centre_key), "folder": str(self.layout.anchors)},
        }
        if not self.choices.is_demo:
            tables["enrolment"] = self._enrolment()
        top: dict[str, Value] = {"host": self.host, "port": self.port}
        if self.choices.listen and self.certificates:
            top |= {"tls_file": str(self.certificates.host(self._hosts)), "allowed_hosts": [self.host]}
        top |= {"public_url": self.address}
        write_settings(self.layout.server, top, tables, {})
        self.start_child("server", ["server", "run", "--config", str(self.layout.server)])

    def broker_table(self, name: str, pair: Path | None = None) -> Table:
        """Return the table `[broker]` of the client `name`, whose certificate lies in `pair`. Raises CannotError."""
        host, port = self.broker
        if self.certificates is None or self.own_broker is None:
            return {"host": host, "port": port}
        try:
            own = str(self.certificates.client(name, pair))
        except (AuthorityError, OSError) as exc:
            raise CannotError(str(exc)) from exc
        trusted = str(self.certificates.authority_file)
        return {"host": host, "port": port, "ca_file": trusted, "cert_file": own, "key_file": own}

    def tick(self, now: float) -> None:
        """Let the broker know whose certificate was revoked."""
        if self._revoked is None or self.own_broker is None or not self.own_broker.is_running:
            return
        match self._revoked.look(now):
            case "anew":
                self.own_broker.reload()
            case "more":
                self.screen.say(
                    t(
                        "  a certificate was revoked: the broker starts anew, stations come back by themselves",
                        "  有证书被吊销：消息代理重新启动，各检测点会自动重连",
                    ),
                    "yellow",
                )
                self.supervisor.restart("broker", now)
            case "none":
                pass

    def _enrolment(self) -> Table:
        """Return the table by which stations come in."""
        host, port = self.broker
        is_tls = self.own_broker is not None
        broker: Table = {"host": host, "port": port, "is_tls": is_tls}
        table: dict[str, Value] = {"url": self.address, "broker": broker}
        if self.certificates:
            table |= {"authority": str(self.layout.authority)}
        if self._revoked:
            table |= {"crl_file": str(self._revoked.path)}
        return table

    @property
    def _hosts(self) -> list[str]:
        return list(dict.fromkeys([self.host, _LOOPBACK, "localhost"]))

    @property
    def _database(self) -> Table:
        return {"dsn_file": str(self.layout.dsn_file)}

    def start_child(self, name: str, arguments: list[str]) -> None:
        """Start one of our own commands as a supervised process. Raises InterruptedStartError."""
        self.start_program(name, our_own(arguments))

    def stop_early(self) -> None:
        """Stop what was loaded and never began, as when the database could not be started."""
        while self._early:
            self._early.popitem()[1].stop()

    def _load_early(self) -> None:
        """Let ingest and server load their libraries while the database is made; they begin once their settings are
        written."""
        for name, settings in (("ingest", self.layout.ingest), ("server", self.layout.server)):
            settings.unlink(missing_ok=True)
            arguments = [str(os.getpid()), str(settings), name, "run", "--config", str(settings)]
            child = self.child(name, [sys.executable, "-P", "-m", "shian.local.early", *arguments])
            child.start()
            self._early[name] = child

    def start_program(self, name: str, argv: Sequence[str]) -> None:
        """Start any program as a supervised process. Raises InterruptedStartError."""
        if self.is_ending():
            raise InterruptedStartError
        child = self._early.pop(name, None) or self.child(name, argv)
        self.supervisor.start(name, child, time.monotonic())

    def child(self, name: str, argv: Sequence[str]) -> Child:
        """Return a process that nobody supervises yet."""
        return Child(argv, self.layout.log(name), child_environment(self.layout.folder, os.environ))

    def is_ready(self) -> bool:
        """Tell whether the page would show what is live: the server answers and follows the database."""
        trusted = trust(self.certificates.authority_file) if self.choices.listen and self.certificates else None
        address = self.address + "/readyz"
        try:
            with urllib.request.urlopen(address, timeout=0.5, context=trusted) as answer:  # noqa: S310  our own address
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
        assert self.certificates is not None, "start_ground has made them"
        port = free_port() if self.choices.is_demo else kept_port(self.layout.broker_port)
        revoked = self.certificates.write_first_revocations()
        tls = Tls(self.certificates.authority_file, self.certificates.host(self._hosts), revoked)
        broker = LocalBroker(self.layout.broker, port, best_kind(), self.host, tls)
        self.supervisor.start("broker", broker, time.monotonic())
        self.broker = (self.host, broker.port)
        self.keeps_sessions = broker.keeps_sessions
        self.own_broker = broker
        self._revoked = RevokedWatch(revoked)
        self._revoked.look(time.monotonic())

    def _start_database(self) -> None:
        if self.choices.dsn:
            self.dsn = self.choices.dsn
            return
        postgres = LocalPostgres(self.layout.postgres, syncs_new=not self.choices.is_demo)
        self.supervisor.start("postgres", postgres, time.monotonic())
        self.dsn = postgres.dsn

    def _check_listen(self) -> None:
        """Check the address that others shall reach. Raises CannotError."""
        listen = self.choices.listen
        if listen is None:
            return
        if self.choices.is_demo:
            raise CannotError(
                t("--listen is for a real district, not for the demo", "--listen 用于真实区域，不用于示范区")
            )
        if not self.choices.broker and best_kind() != "mosquitto":
            raise CannotError(
                t(
                    "--listen needs mosquitto (apt install mosquitto) or --broker: with the broker that comes along "
                    "everybody on the network could write as any station",
                    "--listen 需要 mosquitto（apt install mosquitto）或 --broker：自带的消息代理不区分检测点，"
                    "网络上任何人都可冒充检测点",
                )
            )
        why = unreachable(listen)
        if why:
            raise CannotError(t(f"--listen {listen}: {why}", f"--listen {listen}：{why}"))

    def screen_port(self, place: int) -> int:
        """Return a port for the screen of a station of this machine, the first, the second ...: those that they have at
        a station, or any free one where the page has a chosen one too."""
        usual = DEFAULT_SCREEN_PORT + place
        return usual if self.choices.port is None and is_free(_LOOPBACK, usual) else free_port()

    def _choose_port(self) -> int:
        wanted = self.choices.port
        if wanted is not None:
            if not is_free(self.host, wanted):
                raise CannotError(
                    t(
                        f"port {wanted} of {self.host} is taken: choose another --port",
                        f"{self.host} 的端口 {wanted} 已被占用：请用 --port 另选",
                    )
                )
            return wanted or free_port()
        for port in range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED):
            if is_free(self.host, port):
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


def prepare(folder: Path) -> Layout:
    layout = Layout(folder)
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    return layout
