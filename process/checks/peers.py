"""Whoever the settings name is asked, all at the same time, each within a deadline."""

import errno
import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from process.checks import mqtt
from process.checks.findings import Finding, note
from process.checks.options import DEADLINE_S
from process.connections import Broker, read_secret, trust
from process.language import t
from process.named_files import Key
from process.settings import SettingsError

_HTTP_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Question:
    """One that is asked. `ask` gets the seconds that it may take."""

    key: Key
    whom: str
    ask: Callable[[float], Iterable[Finding]]


def ask_all(questions: Sequence[Question], deadline_s: float = DEADLINE_S) -> Iterator[Finding]:
    """Ask all at once. Whoever has not answered by the deadline is a finding too, and is left behind."""
    answers: queue.Queue[tuple[Question, list[Finding]]] = queue.Queue()

    def ask(question: Question) -> None:
        answers.put((question, list(question.ask(deadline_s * 0.8))))

    for question in questions:
        threading.Thread(target=ask, args=(question,), daemon=True).start()
    open_ones = list(questions)
    until = time.monotonic() + deadline_s
    with suppress(queue.Empty):
        while open_ones:
            question, found = answers.get(timeout=max(0.0, until - time.monotonic()))
            open_ones.remove(question)
            yield from found
    for question in open_ones:
        yield Finding(question.key, _silent(question.whom, deadline_s))


def broker_question(key: Key, broker: Broker) -> Question:
    """Return the question whether the broker lets this client in."""
    place = _place(broker.host, broker.port)
    return Question((*key, "host"), place, lambda seconds: _ask_broker(key, broker, seconds))


def centre_question(key: Key, url: str, ca_file: Path | None, *, path: str = "/healthz") -> Question:
    """Return the question whether a centre answers at `url`, with a certificate that is trusted."""
    return Question(key, url, lambda seconds: _ask_centre(key, url, path, ca_file, seconds))


def page_question(key: Key, url: str, ca_file: Path | None = None) -> Question:
    """Return the question whether the server that is being checked is reached by `url`. That it does not answer is a
    note: it may not have been started. A name without an address is a fault. `ca_file`: who comes trusts that, so that
    another certificate is a fault; without it browsers come, of whom nobody here knows whom they trust."""

    def ask(seconds: float) -> Iterator[Finding]:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _HTTP_PORTS[parts.scheme]
        try:
            socket.getaddrinfo(host, port)
        except OSError as exc:
            yield Finding(key, _unreached(url, exc))
            return
        try:
            socket.create_connection((host, port), seconds).close()
        except OSError as exc:
            yield note(key, _unreached(url, exc))
            return
        for finding in _ask_centre(key, f"{parts.scheme}://{parts.netloc}", "/healthz", ca_file, seconds):
            yield finding if ca_file else note(key, finding.text)

    return Question(key, url, ask)


def port_question(key: Key, host: str, port: int) -> Question:
    """Return the question whether anybody listens there."""

    def ask(seconds: float) -> Iterator[Finding]:
        try:
            socket.create_connection((host, port), seconds).close()
        except OSError as exc:
            yield Finding(key, _unreached(_place(host, port), exc))

    return Question(key, _place(host, port), ask)


def look_at_listening(key: Key, host: str, port: int, ours: str = "/healthz") -> Iterator[Finding]:
    """Yield why this process could not listen there. A process of ours that does already (`ours`: a path that it
    answers) is a note: most likely the one that is being checked."""
    place = _place(host, port)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE and _answers(host, port, ours):
            yield note(key, t(f"{place}: a process of ours listens there now", f"{place}：已有本程序在监听"))
        elif exc.errno == errno.EADDRINUSE:
            taken = t("another program listens there: choose another port", "已被其他程序占用，请另选端口")
            yield Finding(key, f"{place}: {taken}")
        elif exc.errno == errno.EADDRNOTAVAIL:
            other = t("this machine has no such address (ip address)", "本机没有该地址（可用 ip address 查看）")
            yield Finding(key, f"{place}: {other}")
        elif exc.errno == errno.EACCES:
            low = t("this user may not listen at a port below 1024", "当前用户无权监听 1024 以下的端口")
            yield Finding(key, f"{place}: {low}")
        else:
            yield Finding(key, f"{place}: {exc.strerror or exc}")


def look_up(key: Key, host: str) -> Question:
    """Return the question whether the name has an address."""

    def ask(_: float) -> Iterator[Finding]:
        try:
            socket.getaddrinfo(host, None)
        except OSError as exc:
            yield Finding(key, t(f"{host}: the name has no address ({exc})", f"{host}：无法解析该主机名（{exc}）"))

    return Question(key, host, ask)


def _ask_broker(key: Key, broker: Broker, seconds: float) -> Iterator[Finding]:
    place, host = _place(broker.host, broker.port), (*key, "host")
    try:
        context = trust(broker.ca_file, broker.cert_file, broker.key_file) if broker.ca_file else None
        password = read_secret(broker.password_file) if broker.password_file else ""
    except (OSError, SettingsError):
        return  # the files are findings already
    try:
        with socket.create_connection((broker.host, broker.port), seconds) as plain:
            plain.settimeout(seconds)
            if context is None:
                yield from _sign_in(key, plain, broker, password)
                return
            with context.wrap_socket(plain, server_hostname=broker.host) as line:
                if broker.cert_file:
                    mqtt.knock(line)
                else:
                    yield from _sign_in(key, line, broker, password)
    except ssl.SSLCertVerificationError as exc:
        yield Finding((*key, "ca_file"), _untrusted(place, exc, broker.ca_file))
    except ssl.SSLError as exc:
        yield Finding(
            (*key, "cert_file") if broker.cert_file else host,
            t(
                f"{place}: the broker refuses this certificate, or speaks no TLS ({_why(exc)}); "
                "if it was revoked: shian station rekey",
                f"{place}：消息代理拒绝此证书，或未启用 TLS（{_why(exc)}）；若证书已吊销：shian station rekey",
            ),
        )
    except mqtt.NotABrokerError:
        yield Finding(host, _no_broker(place, is_tls=context is not None))
    except OSError as exc:
        yield Finding(host, _unreached(place, exc))


def _sign_in(key: Key, line: socket.socket, broker: Broker, password: str) -> Iterator[Finding]:
    reason = mqtt.sign_in(line, broker.username, password)
    place = _place(broker.host, broker.port)
    if mqtt.is_about_credentials(reason):
        last = "password_file" if broker.password_file else "username" if broker.username else "host"
        yield Finding(
            (*key, last),
            t(
                f"{place}: the broker refuses this name and password",
                f"{place}：消息代理拒绝此用户名和密码",
            )
            if broker.username
            else t(
                f"{place}: the broker lets nobody in without a name or a certificate: set username, or cert_file",
                f"{place}：消息代理不允许匿名接入，请设置 username 或 cert_file",
            ),
        )
    elif reason:
        refused = t(f"the broker refuses (0x{reason:02x})", f"消息代理拒绝（0x{reason:02x}）")
        yield Finding((*key, "host"), f"{place}: {refused}")


def _ask_centre(key: Key, url: str, path: str, ca_file: Path | None, seconds: float) -> Iterator[Finding]:
    try:
        status = _get(f"{url.rstrip('/')}{path}", ca_file, seconds)
    except ssl.SSLCertVerificationError as exc:
        yield Finding(key, _untrusted(url, exc, ca_file))
    except ssl.SSLError as exc:
        yield Finding(key, t(f"{url}: no TLS there ({_why(exc)})", f"{url}：对方未启用 TLS（{_why(exc)}）"))
    except OSError as exc:
        yield Finding(key, _unreached(url, exc))
    except http.client.HTTPException:
        yield Finding(key, t(f"{url}: no web server answers there", f"{url}：对方不是网页服务"))
    else:
        if status != http.client.OK:
            no_centre = t(f"it answers with the status {status}", f"对方应答状态为 {status}")
            yield Finding(key, f"{url}: {no_centre}")


def _get(url: str, ca_file: Path | None, seconds: float) -> int:
    """Return the status. Raises OSError (ssl.SSLError), http.client.HTTPException."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _HTTP_PORTS[parts.scheme]
    if parts.scheme == "https":
        context = ssl.create_default_context()
        if ca_file:
            context.load_verify_locations(ca_file)
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, port, timeout=seconds, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status
    finally:
        connection.close()


def _answers(host: str, port: int, path: str) -> bool:
    """Tell whether a process of ours answers at this address of this machine, by HTTP or HTTPS."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104  compared only
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only whether somebody is there
    for connection in (
        http.client.HTTPConnection(here, port, timeout=2.0),
        http.client.HTTPSConnection(here, port, timeout=2.0, context=context),
    ):
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            if answer.status in {http.client.OK, http.client.SERVICE_UNAVAILABLE}:
                return True
        except (OSError, http.client.HTTPException):
            continue
        finally:
            connection.close()
    return False


def _place(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _unreached(place: str, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return t(f"{place}: the name has no address", f"{place}：无法解析该主机名")
    if isinstance(error, TimeoutError):
        return t(
            f"{place}: no answer in time: look at address, port and firewall",
            f"{place}：等待应答超时，请检查地址、端口和防火墙",
        )
    if isinstance(error, ConnectionRefusedError):
        return t(
            f"{place}: nobody listens there: is it started, and the port right?",
            f"{place}：无程序监听，请确认已启动且端口正确",
        )
    reason = error.strerror or error
    return t(f"{place}: cannot be reached ({reason})", f"{place}：无法连接（{reason}）")


def _why(error: ssl.SSLError) -> str:
    """Return what OpenSSL says, where the module ssl has a name for it; a broker that hangs up says nothing."""
    return error.reason or t("it hung up", "对方断开连接")


def _untrusted(place: str, error: ssl.SSLCertVerificationError, ca_file: Path | None) -> str:
    reason = error.verify_message
    if ca_file:
        return t(
            f"{place}: its certificate is not trusted by {ca_file}: {reason}",
            f"{place}：{ca_file} 不信任对方证书：{reason}",
        )
    return t(
        f"{place}: this machine does not trust its certificate ({reason}); stations need ca_file then",
        f"{place}：本机不信任对方证书（{reason}），检测点须设置 ca_file",
    )


def _no_broker(place: str, *, is_tls: bool) -> str:
    if is_tls:
        return t(f"{place}: no MQTT broker answers there", f"{place}：对方不是 MQTT 消息代理")
    return t(
        f"{place}: no MQTT broker answers there; if it wants TLS: set ca_file",
        f"{place}：对方不是 MQTT 消息代理；若对方要求 TLS，请设置 ca_file",
    )


def _silent(whom: str, deadline_s: float) -> str:
    return t(f"{whom}: no answer within {deadline_s:g} s", f"{whom}：{deadline_s:g} 秒内没有应答")
