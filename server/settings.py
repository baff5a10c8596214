"""The server's settings: TOML and environment (`SHIAN_SERVER__...`)."""

import ipaddress
from datetime import date
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, create_model, model_validator

from process.connections import DISTRICT_ZONE, Broker, LogLevel, ZoneName, read_secret
from process.language import t
from process.named_files import OwnFolder, PairFile, SecretFile, TextFile
from process.settings import Settings, SettingsError
from server.access.oidc_settings import OidcSettings
from server.delivery.channel import ChannelKind, S
from server.delivery.channels import channels
from server.down.settings import DocumentSettings
from server.enrolment.settings import EnrolmentSettings
from server.limits.settings import Limits
from server.live_video.settings import LiveVideoSettings
from server.proof.settings import ProofSettings
from server.records.overview.settings import MapSettings
from server.records.reports.settings import ReportSettings
from server.working_days import WorkingDays
from storage.budgets import UploadBudgets
from storage.settings import Database
from storage.thresholds import CentreThresholds

PREFIX = "SHIAN_SERVER"
_SHORTEST_TOKEN = 16
Seconds = Annotated[float, Field(gt=0)]
Port = Annotated[int, Field(ge=1, le=65535)]


class DatabaseSettings(Database):
    """Settings of the database: its address, and the connections of this process."""

    connections: Annotated[int, Field(ge=2, le=100, description="at most, in this process's pool")] = 8
    statement_s: Annotated[Seconds, Field(description="a query that takes longer is ended")] = 15.0


class FeedSettings(Settings):
    """The live feed."""

    retention_s: Annotated[Seconds, Field(description="older rows are pruned; an older cursor is told to reload")] = (
        86_400.0
    )
    poll_s: Annotated[Seconds, Field(description="looked at this often even when no NOTIFY comes")] = 1.0
    heartbeat_s: Annotated[Seconds, Field(description="a quiet client is told the cursor this often")] = 10.0
    queue: Annotated[int, Field(ge=1, description="messages a client may lag behind before it is told to reload")] = 256
    replay: Annotated[int, Field(ge=1, description="rows a resuming client may have missed before it reloads")] = 2000


if TYPE_CHECKING:
    Channels = Settings
else:
    # A table for each channel that has a folder: [delivery.channels.webhook].
    Channels = create_model(
        "Channels",
        __base__=Settings,
        **{kind.name: (kind.settings, Field(default_factory=kind.settings)) for kind in channels().values()},
    )


class DeliverySettings(Settings):
    """The delivery of alerts to subscriptions."""

    is_enabled: Annotated[bool, Field(description="false: this server answers people only")] = True
    allow_private_addresses: Annotated[bool, Field(description="alerts may go to private and loopback addresses")] = (
        False
    )
    # Whoever may make a webhook must not find out by it which services answer on which port.
    ports: Annotated[tuple[Port, ...], Field(description="ports that a webhook's address may have; empty: any")] = (
        443,
        8443,
        80,
        8080,
    )
    attempt_s: Annotated[Seconds, Field(description="a whole attempt: resolve, connect, send, answer")] = 10.0
    lease_s: Annotated[Seconds, Field(description="a claimed delivery comes back after this when its server died")] = (
        60.0
    )
    poll_s: Seconds = 5.0
    concurrency: Annotated[int, Field(ge=1, le=200, description="attempts at once")] = 16
    each: Annotated[int, Field(ge=1, le=50, description="first attempts at once to one subscription")] = 8
    live_s: Annotated[Seconds, Field(description="what came so soon after it happened finds slots of its own")] = 60.0
    digest_s: Annotated[Seconds, Field(description="what a receiver takes no more of is told together after this")] = (
        15.0
    )
    retry_first_s: Seconds = 2.0
    retry_longest_s: Seconds = 3600.0
    link_hours: Annotated[
        float, Field(gt=0, le=168, description="an alert can be acknowledged by the link of its message for so long")
    ] = 24.0
    texts_file: Annotated[TextFile | None, Field(description="TOML with texts of messages of one's own")] = None
    max_attempts: Annotated[int, Field(ge=1)] = 40
    give_up_after_s: Seconds = 86_400.0
    channels: Annotated[Channels, Field(description="each channel's own")] = Channels()

    def of_channel(self, kind: ChannelKind[S]) -> S:
        """Return the settings of one channel."""
        found = getattr(self.channels, kind.name)
        assert isinstance(found, kind.settings), kind.name
        return found

    @model_validator(mode="after")
    def _lease_outlives_attempt(self) -> "DeliverySettings":
        if self.lease_s < 2 * self.attempt_s:
            # Else a second server would send while the first one is still at it.
            raise ValueError(t("lease_s must be at least twice attempt_s", "lease_s 至少应为 attempt_s 的两倍"))
        return self


class S3Settings(Settings):
    """A bucket instead of a folder (extra `s3`). Credentials: as boto3 finds them, never here."""

    bucket: Annotated[str, Field(min_length=3, max_length=63)]
    prefix: str = ""
    endpoint: Annotated[str | None, Field(description="for MinIO, Ceph and clouds other than AWS")] = None


class MediaSettings(Settings):
    """Pictures and clips of the cameras."""

    folder: Annotated[
        OwnFolder | None, Field(description="where they are kept, and where uploads begin; none: no media are taken in")
    ] = None
    s3: Annotated[S3Settings | None, Field(description="whole ones go here; `folder` then holds uploads only")] = None
    largest_mib: Annotated[int, Field(ge=1, le=4096)] = 64
    upload_days: Annotated[
        int, Field(ge=1, le=365, description="an upload that no station went on with for so long is deleted")
    ] = 14
    keep_days: Annotated[
        int | None, Field(ge=1, le=36_500, description="pictures and clips are deleted so long after; none: never")
    ] = None

    @model_validator(mode="after")
    def _uploads_need_a_folder(self) -> "MediaSettings":
        if self.s3 and self.folder is None:
            raise ValueError(
                t("s3 needs folder, for uploads that are under way", "使用 s3 时仍须设置 folder 存放未完成的上传")
            )
        return self


class AccountsSettings(Settings):
    """Accounts of people, screens and programs."""

    is_on: Annotated[bool, Field(description="false: whoever reaches this server may do all; on this machine only")] = (
        True
    )
    session_days: Annotated[float, Field(gt=0, le=365, description="then one signs in again")] = 30.0
    idle_days: Annotated[float, Field(gt=0, le=365, description="a session that nobody used for so long ends")] = 7.0


class KeepSettings(Settings):
    """Days for which rows are kept that grow with time (storage/keeping.toml)."""

    told_days: Annotated[
        int, Field(ge=730, le=36_500, description="who was told when: messages that are over, with each attempt")
    ] = 1100
    refused_days: Annotated[
        int, Field(ge=400, le=36_500, description="refused messages that were no event of a stream")
    ] = 1100
    state_changes_days: Annotated[
        int, Field(ge=2, le=36_500, description="changes of the state of devices and cameras")
    ] = 400
    watch_days: Annotated[int, Field(ge=31, le=36_500, description="episodes on which other thresholds are tried")] = (
        400
    )
    secrets_days: Annotated[
        int, Field(ge=1, le=36_500, description="secrets for one use, such as links, since they ended")
    ] = 1
    turns_days: Annotated[int, Field(ge=1, le=36_500, description="when an address was sent messages last")] = 7


class CalendarSettings(Settings):
    """Working days that differ from the calendar that is shipped, or that it does not know yet."""

    holidays: Annotated[tuple[date, ...], Field(description="days off, as 2027-02-05")] = ()
    workdays: Annotated[tuple[date, ...], Field(description="working days, also on a weekend")] = ()

    def days(self) -> WorkingDays:
        """Return the calendar."""
        return WorkingDays(self.holidays, self.workdays)


class ServerSettings(Settings):
    """All of the server's settings."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="0: any free one")] = 8000
    token_file: Annotated[
        SecretFile | None,
        Field(description="programs that show the token in it may do all; people sign in with accounts"),
    ] = None
    accounts: AccountsSettings = AccountsSettings()
    oidc: Annotated[OidcSettings | None, Field(description="people may sign in by another server as well")] = None
    allowed_hosts: Annotated[
        tuple[str, ...], Field(description="names of this server as people write them (behind a proxy)")
    ] = ()
    public_url: Annotated[
        str,
        Field(pattern=r"^(https?://[^\s/]+(/\S*)?)?$", description="where people reach the page: links in messages"),
    ] = ""
    is_behind_tls: Annotated[bool, Field(description="people come by https: cookies are Secure, HSTS is sent")] = False
    tls_file: Annotated[
        PairFile | None, Field(description="this server's certificate and key, in one file: https without a proxy")
    ] = None
    limits: Annotated[Limits, Field(description="bounds on those who ask")] = Limits()
    database: DatabaseSettings = DatabaseSettings()
    feed: FeedSettings = FeedSettings()
    delivery: DeliverySettings = DeliverySettings()
    media: MediaSettings = MediaSettings()
    budgets: Annotated[UploadBudgets, Field(description="what one station may bring of pictures and clips")] = (
        UploadBudgets.model_validate({})
    )
    broker: Annotated[Broker | None, Field(description="for the live view of cameras; without it there is none")] = None
    live_video: LiveVideoSettings = LiveVideoSettings()
    enrolment: Annotated[EnrolmentSettings | None, Field(description="how stations come in by a one-time code")] = None
    rules_look_s: Annotated[float, Field(gt=0, le=600, description="between two looks of the rules over time")] = 30.0
    watch: Annotated[CentreThresholds, Field(description="when the centre makes alerts of its own")] = (
        CentreThresholds.model_validate({})
    )
    proof: Annotated[ProofSettings, Field(description="the centre's signature, and the places that keep it")] = (
        ProofSettings()
    )
    keep: Annotated[KeepSettings, Field(description="what is taken away by age")] = KeepSettings()
    calendar: Annotated[CalendarSettings, Field(description="working days of the district")] = CalendarSettings()
    map: Annotated[MapSettings, Field(description="the map of the overview")] = MapSettings()
    documents: Annotated[DocumentSettings, Field(description="documents that come down to the stations")] = (
        DocumentSettings()
    )
    reports: Annotated[ReportSettings, Field(description="reports on paper")] = ReportSettings()
    log_level: LogLevel = "info"
    timezone: ZoneName = DISTRICT_ZONE

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def is_https(self) -> bool:
        """Return True when people come by https, here or at a proxy."""
        return self.is_behind_tls or self.tls_file is not None

    def is_loopback(self) -> bool:
        """Return True when only this machine can reach the server."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def read_token(self) -> str | None:
        """Return the token for programs, or None when there is none. Raises SettingsError for an open door."""
        if not self.accounts.is_on:
            self.check_alone()
        if self.token_file is None:
            return None
        token = read_secret(self.token_file)
        if len(token) < _SHORTEST_TOKEN:
            raise SettingsError(
                t(
                    f"{self.token_file}: the token has fewer than {_SHORTEST_TOKEN} characters",
                    f"{self.token_file}：口令少于 {_SHORTEST_TOKEN} 个字符",
                )
            )
        return token

    def check_alone(self) -> None:
        """Check that nobody but this machine reaches a server without accounts. Raises SettingsError."""
        if self.is_loopback() and not self.allowed_hosts and not self.is_behind_tls:
            return
        name = next(iter(self.allowed_hosts), self.host)
        raise SettingsError(
            t(
                f"{name}: other machines could see and do everything without a word. "
                "Set accounts.is_on = true, or host = 127.0.0.1 without allowed_hosts and is_behind_tls",
                f"{name}：其他机器无需登录即可查看和操作一切。请设置 accounts.is_on = true，"
                "或 host = 127.0.0.1 且不设 allowed_hosts、is_behind_tls",
            )
        )
