"""The parts of the settings that several processes share: the broker, the metrics, the time zone, secrets in files."""

import socket
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from process.language import t
from process.named_files import CertificateFile, KeyFile, SecretFile
from process.settings import Settings, SettingsError

if TYPE_CHECKING:  # paho comes with the extras of the processes that use it
    import paho.mqtt.client as mqtt

# X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which the module ssl has no name for.
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)

LogLevel = Literal["debug", "info", "warning", "error"]


def _is_a_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise ValueError(t(f"no time zone {name!r} on this machine", f"本机没有时区 {name!r}")) from exc
    return name


ZoneName = Annotated[str, AfterValidator(_is_a_zone)]
# The district's zone where nothing else is set: of days at the centre, of the analyzers' clocks, of virtual analyzers.
DISTRICT_ZONE = "Asia/Shanghai"


def is_centre(url: str) -> str:
    """Check that the centre is asked by https, or on this machine. Raises ValueError."""
    parts = urlsplit(url)
    is_here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    if url and not (is_here or (parts.scheme == "https" and parts.hostname)):
        raise ValueError(
            t("url begins with https:// (http:// only on this machine)", "url 须以 https:// 开头（仅本机可用 http://）")
        )
    return url


# The centre as stations reach it; "": nowhere.
CentreUrl = Annotated[str, AfterValidator(is_centre)]


def read_secret(path: Path) -> str:
    """Return the text of a secret's file without white space around it. Raises SettingsError, never with the text."""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{path}: {exc.strerror if isinstance(exc, OSError) else 'not UTF-8'}") from exc


class Broker(Settings):
    """MQTT 5. TLS when `ca_file` is set; `cert_file` and `key_file` are this process's own certificate."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str = ""
    password_file: SecretFile | None = None
    ca_file: CertificateFile | None = None
    cert_file: CertificateFile | None = None
    key_file: KeyFile | None = None
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 30

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError(t("cert_file and key_file belong together", "cert_file 与 key_file 须同时给出"))
        if self.cert_file and not self.ca_file:
            raise ValueError(t("cert_file needs ca_file", "cert_file 需要 ca_file"))
        return self


class Metrics(Settings):
    """Address at which Prometheus reads; port 0: no metrics are served."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0


def introduce(client: "mqtt.Client", broker: Broker, *, checks_dates: bool = True) -> None:
    """Give a new paho client the credentials and the TLS of the settings. `checks_dates` as in `trust`. Raises
    SettingsError and OSError (the certificates)."""
    if broker.username:
        password = read_secret(broker.password_file) if broker.password_file else None
        client.username_pw_set(broker.username, password)
    if broker.ca_file:
        client.tls_set_context(trust(broker.ca_file, broker.cert_file, broker.key_file, checks_dates=checks_dates))


def trust(
    ca_file: Path, cert_file: Path | None = None, key_file: Path | None = None, *, checks_dates: bool = True
) -> ssl.SSLContext:
    """Return a client's context that trusts `ca_file` alone. Raises OSError.

    `checks_dates` False is for a machine whose clock is known to be wrong: the other side's name and its signature by
    the authority hold as ever, and only the days of its certificate are not looked at. In 1970 every certificate is of
    the future, and a station that refuses the centre for it never learns the time from it."""
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca_file)
    if cert_file:
        context.load_cert_chain(cert_file, key_file)
    if not checks_dates:
        context.verify_flags |= _NO_CHECK_TIME
    return context


class _Context(ssl.SSLContext):
    """Context whose sockets shake hands while they are made, for paho, which does so afterwards.

    Who fails then loses a socket that nobody closes; the standard library closes the one that it is making. A second
    handshake, paho's, is done at once."""

    def wrap_socket(self, sock: socket.socket, *args: Any, **options: Any) -> ssl.SSLSocket:
        return super().wrap_socket(sock, *args, **options | {"do_handshake_on_connect": True})
