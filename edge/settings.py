"""The agent's settings: `edge.toml`, overridden by `SHIAN_EDGE__...` (docs/edge.md lists every key)."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from edge.bell.settings import BellSettings
from edge.camera.settings import CameraSettings
from edge.down.settings import DownSettings
from edge.enrolment.settings import EnrolmentSettings
from edge.hours import Hours, are_hours
from edge.media.settings import MediaSettings
from edge.ranges import SiteBounds
from edge.screen.settings import ScreenSettings
from firmware_adapters.continuous import Bounds
from process.connections import DISTRICT_ZONE, Broker, LogLevel, Metrics, ZoneName
from process.language import t
from process.named_files import Folder, OwnFolder
from process.settings import Settings
from wire.topics import check_station

PREFIX = "SHIAN_EDGE"

Seconds = Annotated[float, Field(gt=0)]

_SILENT_S = 4 * 3600.0
_SILENT_ALWAYS_S = 72 * 3600.0


class SpoolSettings(Settings):
    """The limits of the spool: room, and the time that it keeps events."""

    min_free_mib: Annotated[int, Field(ge=1, description="below this free space new results are refused")] = 64
    keep_days: Annotated[int, Field(ge=1, description="events with a receipt are kept this long")] = 90
    keep_identities_days: Annotated[int, Field(ge=30, description="repeats are known this long")] = 3650
    dead_letters: Annotated[int, Field(ge=1)] = 10_000
    dead_letter_mib: Annotated[int, Field(ge=1)] = 16
    checkpoint_events: Annotated[int, Field(ge=1, le=100)] = 100
    checkpoint_s: Annotated[float, Field(gt=0, le=60)] = 60
    retry_s: Annotated[float, Field(gt=0, description="how often a full spool is tried again")] = 1.0


class UplinkSettings(Settings):
    """The pace at which the spool is emptied. The defaults suit a district; tests shrink them."""

    window_smallest: Annotated[int, Field(ge=1)] = 16
    window_largest: Annotated[int, Field(ge=1, le=20_000)] = 500
    receipt_s: Annotated[float, Field(gt=0, description="no receipt for so long is silence")] = 5.0
    receipt_longest_s: Seconds = 60.0
    reconnect_s: Seconds = 0.5
    reconnect_longest_s: Seconds = 30.0
    connect_s: Seconds = 10.0
    status_s: Seconds = 30.0

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.window_smallest > self.window_largest:
            raise ValueError("window_smallest is above window_largest")
        return self


class ReadingLimit(Settings):
    """Range of a continuous value of this device, on one channel or on all: instead of the profile's."""

    quantity: Annotated[str, Field(min_length=1, max_length=200)]
    channel: Annotated[int | None, Field(ge=0, le=1_000_000)] = None
    above: Annotated[float | None, Field(allow_inf_nan=False)] = None
    below: Annotated[float | None, Field(allow_inf_nan=False)] = None
    for_s: Annotated[float, Field(ge=0, le=86400, description="so long before it is reported")] = 600.0

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        if self.above is None and self.below is None:
            raise ValueError("neither `above` nor `below` is given")
        self.site()
        return self

    def site(self) -> SiteBounds:
        """Return the range for the probes of the device."""
        return SiteBounds(self.quantity, Bounds(above=self.above, below=self.below, for_s=self.for_s), self.channel)


class DeviceSettings(Settings):
    """One analyzer. `port`: a device path (best below /dev/serial/by-id), a pattern with `*` that fits exactly one,
    `usb:VID:PID[:SERIAL]`, `hidraw:VID:PID` or /dev/hidraw*, `socket://host:port`, or `listen://host:port` for a device
    that connects to us."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
    port: Annotated[str, Field(min_length=1)]
    adapter: Annotated[str, Field(min_length=1)]
    profile: str | None = None
    serial: Annotated[str, Field(max_length=100)] = ""
    clock_skew_s: Annotated[float, Field(gt=0, description="a clock further off than this is reported")] = 300.0
    settle_s: Annotated[float, Field(ge=0, description="online and offline must last so long to be reported")] = 2.0
    hours: Annotated[
        tuple[str, ...],
        AfterValidator(are_hours),
        Field(description="when it is worked with, as 'Mon-Fri 06:00-14:00', '22:00-05:00'; none: always"),
    ] = ()
    limit: Annotated[tuple[ReadingLimit, ...], Field(description="ranges of continuous values")] = ()
    silent_s: Annotated[
        Seconds | None,
        Field(description="nothing new for so long within its hours is reported; none: 4 h, without hours 72 h"),
    ] = None

    @property
    def opening(self) -> tuple[Hours, ...]:
        return tuple(Hours.parse(line) for line in self.hours)

    @property
    def patience_s(self) -> float:
        """Return the time that the device may say nothing. Without hours a weekend must fit."""
        return self.silent_s or (_SILENT_S if self.hours else _SILENT_ALWAYS_S)


class EdgeSettings(Settings):
    """The settings in edge.toml."""

    station: str
    data: OwnFolder = Path("edge-data")
    timezone: ZoneName = DISTRICT_ZONE
    log_level: LogLevel = "info"
    broker: Broker = Broker()
    metrics: Metrics = Metrics()
    profiles: Annotated[
        Folder | None,
        Field(description="folder of profiles of one's own; else ~/.config/shian/profiles where that exists"),
    ] = None
    spool: SpoolSettings = SpoolSettings()
    uplink: UplinkSettings = UplinkSettings()
    device: tuple[DeviceSettings, ...] = ()
    camera: tuple[CameraSettings, ...] = ()
    media: MediaSettings = MediaSettings()
    enrolment: EnrolmentSettings = EnrolmentSettings()
    down: DownSettings = DownSettings()
    screen: ScreenSettings = ScreenSettings()
    bell: BellSettings = BellSettings()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def models(self) -> Path:
        """Return the folder of the models of detectors."""
        return self.data / "models"

    @field_validator("station")
    @classmethod
    def _check_station(cls, value: str) -> str:
        return check_station(value)

    @field_validator("device")
    @classmethod
    def _check_devices(cls, value: tuple[DeviceSettings, ...]) -> tuple[DeviceSettings, ...]:
        for what in ("name", "port"):
            twice = [key for key, count in Counter(getattr(device, what) for device in value).items() if count > 1]
            if twice:
                raise ValueError(f"two devices with the {what} {twice[0]!r}")
        return value

    @field_validator("camera")
    @classmethod
    def _check_cameras(cls, value: tuple[CameraSettings, ...], info: ValidationInfo) -> tuple[CameraSettings, ...]:
        taken = Counter([camera.name for camera in value] + [device.name for device in info.data.get("device", ())])
        twice = [camera.name for camera in value if taken[camera.name] > 1]
        if twice:
            raise ValueError(
                t(
                    f"the name {twice[0]!r} is given to two cameras, or to a device and a camera",
                    f"名称 {twice[0]!r} 重复：摄像头之间、摄像头与设备之间不能同名",
                )
            )
        return value

    @model_validator(mode="after")
    def _check_room(self) -> Self:
        if self.camera and self.media.min_free_mib <= self.spool.min_free_mib:
            raise ValueError(
                t(
                    "media.min_free_mib must be above spool.min_free_mib: media give way before results do",
                    "media.min_free_mib 须大于 spool.min_free_mib：磁盘不足时先让出媒体文件，后停止检测结果",
                )
            )
        return self
