"""`[[camera]]` in edge.toml: one camera. docs/camera-settings.md lists every key."""

from collections import Counter
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from edge.camera.activity.settings import ActivitySettings
from edge.camera.detect.settings import DetectSettings
from edge.camera.evidence.settings import EvidenceSettings
from edge.camera.health.settings import HealthSettings
from edge.camera.patience import PatienceSettings
from edge.hours import Hours, are_hours
from process.language import t
from process.named_files import SecretFile
from process.settings import Settings
from wire.cameras import CameraKind

Fraction = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
# Corners of a polygon, as fractions of the picture's width and height from its upper left corner.
Polygon = Annotated[tuple[tuple[Fraction, Fraction], ...], Field(min_length=3, max_length=64)]


_SCHEMES = ("rtsp", "rtsps", "rtmp", "http", "https")


def _is_url(text: str) -> str:
    """Check the address of a stream. A device path or a file needs no check: it must exist only when it is opened."""
    scheme, marker, _ = text.partition("://")
    if not marker:
        return text
    if scheme not in _SCHEMES:
        known = ", ".join(_SCHEMES)
        raise ValueError(
            t(
                f"{scheme}:// is not read; known: {known}, a device path, a file",
                f"不支持 {scheme}://；可用：{known}、设备路径或文件",
            )
        )
    parts = urlsplit(text)
    if not parts.hostname or parts.port == 0:  # `port` itself raises ValueError when it is none
        raise ValueError(t("there is no host in this url", "地址中没有主机"))
    return text


Url = Annotated[str, AfterValidator(_is_url)]


class ZoneSettings(Settings):
    """A named part of the picture in which motion and people are looked for."""

    name: Annotated[Name, Field(description="stands in the events")]
    polygon: Annotated[Polygon, Field(description="corners [x, y], from the upper left corner")]
    motion: Annotated[
        Literal["always", "open", "closed", "off"], Field(description="when motion in it is told, by the hours")
    ] = "always"


class StreamSettings(Settings):
    """The way a stream is read. Times in seconds."""

    open_s: Annotated[Seconds, Field(description="a camera that has not answered by then is offline")] = 4.0
    read_s: Annotated[Seconds, Field(description="a stream that is silent for so long is stalled")] = 4.0
    reconnect_s: Annotated[Seconds, Field(description="after a failure; doubled, jittered")] = 1.0
    reconnect_longest_s: Annotated[Seconds, Field(description="and never longer than this")] = 30.0
    settle_s: Annotated[float, Field(ge=0, description="online and offline must last so long to be reported")] = 2.0
    loop: Annotated[bool, Field(description="a file begins again when it ends")] = False
    ring_s: Annotated[Seconds, Field(le=60, description="how far back the packets for clips reach")] = 12.0
    ring_mib: Annotated[int, Field(ge=1, le=256, description="and how much of them is kept at most")] = 24


class OnvifSettings(Settings):
    """Access to the camera's own tamper events, `[camera.onvif]`, with its username and password_file."""

    host: Annotated[str, Field(min_length=1, description="of the camera")]
    port: Annotated[int, Field(ge=1, le=65535, description="of its ONVIF service")] = 80


class CameraSettings(Settings):
    """One camera.

    `url` is the stream that is analysed, best the camera's sub-stream: rtsp://, a device path (/dev/video0), or a file.
    `main_url` is the stream that clips are cut from and that is enlarged; without it `url` serves for both."""

    name: Annotated[Name, Field(description="stands in the events, with the station's")]
    url: Annotated[Url, Field(min_length=1, description="without a password: see username and password_file")]
    main_url: Annotated[Url, Field(description="what clips are cut from and what is enlarged; none: url")] = ""
    username: Annotated[str, Field(description="for url, main_url and onvif")] = ""
    password_file: Annotated[SecretFile | None, Field(description="holds the password and nothing else")] = None
    rate: Annotated[float, Field(gt=0, le=15, description="analyses a second")] = 5.0
    hours: Annotated[
        tuple[str, ...],
        AfterValidator(are_hours),
        Field(description="as 'Mon-Fri 06:00-14:00', '22:00-05:00'; none: always open"),
    ] = ()
    zone: tuple[ZoneSettings, ...] = ()
    mask: Annotated[
        tuple[Polygon, ...], Field(description="polygons that are never looked at, and black in what is kept")
    ] = ()
    stream: StreamSettings = StreamSettings()
    detect: DetectSettings = DetectSettings()
    onvif: OnvifSettings | None = None
    evidence: EvidenceSettings = EvidenceSettings()
    live: Annotated[
        Literal["policy", "video", "preview", "off"],
        Field(description="what may be watched live; policy: video only where nothing has to be hidden"),
    ] = "policy"
    health: HealthSettings = HealthSettings()
    activity: ActivitySettings = ActivitySettings()
    patience: Annotated[dict[CameraKind, PatienceSettings], Field(default_factory=dict)]

    @property
    def opening(self) -> tuple[Hours, ...]:
        return tuple(Hours.parse(line) for line in self.hours)

    @field_validator("zone")
    @classmethod
    def _check_zones(cls, value: tuple[ZoneSettings, ...]) -> tuple[ZoneSettings, ...]:
        twice = [name for name, count in Counter(zone.name for zone in value).items() if count > 1]
        if twice:
            raise ValueError(t(f"two zones with the name {twice[0]!r}", f"有两个名为 {twice[0]!r} 的区域"))
        return value

    @model_validator(mode="after")
    def _check_rules(self) -> Self:
        zones = {zone.name for zone in self.zone}
        missing = next((rule.zone for rule in self.detect.rule if rule.zone and rule.zone not in zones), None)
        if missing:
            raise ValueError(t(f"detect.rule: no zone {missing!r}", f"detect.rule：没有名为 {missing!r} 的区域"))
        return self

    @model_validator(mode="after")
    def _check_secrets(self) -> Self:
        for url in (self.url, self.main_url):
            if "@" in url.partition("://")[2].partition("/")[0]:
                raise ValueError(
                    t(
                        "a url with a user or a password: use username and password_file",
                        "地址中不能含用户名或密码：请使用 username 与 password_file",
                    )
                )
        return self
