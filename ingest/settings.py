"""The settings of ingest: one TOML file and SHIAN_INGEST__... in the environment."""

import socket
from typing import Annotated

from pydantic import Field

from process.connections import DISTRICT_ZONE, Broker, LogLevel, Metrics, ZoneName
from process.named_files import SecretFile
from process.settings import Settings
from storage.budgets import StationBudgets
from storage.settings import Database
from storage.thresholds import StationThresholds

PREFIX = "SHIAN_INGEST"


def _host() -> str:
    return (
        "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in socket.gethostname())[:64]
        or "ingest"
    )


class Ingest(Settings):
    """Settings of ingest. `name` must differ between workers: it is the name of the broker's session for each."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = Field(default_factory=_host)
    broker: Broker = Broker()
    group_file: Annotated[
        SecretFile | None,
        Field(description="holds the secret name of the group that several workers share; none: one worker"),
    ] = None
    database: Database = Database()
    metrics: Metrics = Metrics()
    log_level: LogLevel = "info"
    timezone: ZoneName = DISTRICT_ZONE
    batch_messages: Annotated[int, Field(ge=1, le=10_000, description="at most in one transaction")] = 2000
    batch_held_s: Annotated[
        float, Field(gt=0, description="batches shrink when rows that others need are locked for longer")
    ] = 0.25
    urgent_batch_messages: Annotated[
        int, Field(ge=1, le=10_000, description="at most in one transaction of the urgent lane")
    ] = 200
    receive_maximum: Annotated[int, Field(ge=1, le=65535)] = 4000
    queue_messages: Annotated[int, Field(ge=1, description="our own bound, for brokers that ignore the other")] = 16_000
    queue_bytes: Annotated[int, Field(ge=1)] = 64 * 1024 * 1024
    session_expiry_s: Annotated[int, Field(ge=0, description="of a worker that is away; its share waits for it")] = 3600
    sweep_s: Annotated[float, Field(gt=0, le=20, description="between two looks for gaps and released stations")] = 5.0
    gap_after_s: Annotated[float, Field(gt=0, le=40)] = 30.0
    watch: Annotated[StationThresholds, Field(description="when stations and devices make alerts of their own")] = (
        StationThresholds.model_validate({})
    )
    budgets: Annotated[StationBudgets, Field(description="what one station may make grow within an hour")] = (
        StationBudgets.model_validate({})
    )
