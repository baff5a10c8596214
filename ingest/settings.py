"""The settings of ingest: one TOML file and SHIAN_INGEST__... in the environment."""

import socket
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from process.settings import Settings
from storage.settings import Database

PREFIX = "SHIAN_INGEST"


def _host() -> str:
    return "".join(it if it.isascii() and it.isalnum() else "-" for it in socket.gethostname())[:64] or "ingest"


class Broker(Settings):
    """MQTT 5. TLS when `ca_file` is set; `cert_file` and `key_file` when the broker asks for a certificate."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    username: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


class Metrics(Settings):
    """Port 0: no metrics are served."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0


class Ingest(Settings):
    """`name` must differ between workers: it is the name of the broker's session for each."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = Field(default_factory=_host)
    broker: Broker = Broker()
    database: Database = Database()
    metrics: Metrics = Metrics()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    timezone: str = "Asia/Shanghai"
    batch_messages: Annotated[int, Field(ge=1, le=10_000, description="at most in one transaction")] = 2000
    receive_maximum: Annotated[int, Field(ge=1, le=65535)] = 4000
    queue_messages: Annotated[int, Field(ge=1, description="our own bound, for brokers that ignore the other")] = 16_000
    queue_bytes: Annotated[int, Field(ge=1)] = 64 * 1024 * 1024
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 30
    session_expiry_s: Annotated[int, Field(ge=0, description="of a worker that is away; its share waits for it")] = 3600
    sweep_s: Annotated[float, Field(gt=0, le=20, description="between two looks for gaps and released stations")] = 5.0
    gap_after_s: Annotated[float, Field(gt=0, le=40)] = 30.0
    feed_kept_s: Annotated[float, Field(gt=0)] = 24 * 3600.0

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError(f"no time zone {name!r}") from exc
        return name
