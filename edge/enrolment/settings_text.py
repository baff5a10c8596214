"""The text of an edge.toml that runs as it is, with examples as comments where nothing was asked for."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from process.language import t
from wire.enrolment import Enrolled

Value = str | int | bool


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A device that was asked for."""

    adapter: str
    profile: str
    port: str


@dataclass(frozen=True, slots=True)
class CameraLine:
    """A camera that was asked for. `is_film`: a file, which begins again when it ends."""

    name: str
    url: str
    is_film: bool


@dataclass(frozen=True, slots=True)
class Places:
    """Files of the station, as absolute paths. `pair` and `authority` are None where the broker has no TLS."""

    data: Path
    pair: Path | None
    authority: Path | None


def settings_text(
    got: Enrolled, places: Places, devices: Iterable[DeviceLine], cameras: Iterable[CameraLine], now: datetime
) -> str:
    """Return the whole file."""
    head = t(
        f"Written by `shian edge enroll` on {now:%Y-%m-%d}. It runs as it is; docs/edge.md lists every key.",
        f"由 shian edge enroll 于 {now:%Y-%m-%d} 生成，可直接运行；全部配置项见 docs/edge.md。",
    )
    lines = [f"# {head}", *_keys({"station": got.station, "data": str(places.data), "timezone": got.timezone})]
    lines += _table("[broker]", _broker(got, places))
    if places.pair:
        lines += _table("[enrolment]", {"url": got.url} | _trust(got.url, places))
    if got.media_url:
        lines += _table("[media]", {"url": got.media_url} | _trust(got.media_url, places))
    lines += _devices(list(devices))
    lines += _cameras(list(cameras))
    return "\n".join(lines) + "\n"


def _broker(got: Enrolled, places: Places) -> dict[str, Value]:
    table: dict[str, Value] = {"host": got.broker.host, "port": got.broker.port}
    if places.authority and places.pair and got.broker.is_tls:
        pair = str(places.pair)
        table |= {"ca_file": str(places.authority), "cert_file": pair, "key_file": pair}
    return table


def _trust(url: str, places: Places) -> dict[str, Value]:
    is_needed = places.authority is not None and url.startswith("https://")
    return {"ca_file": str(places.authority)} if is_needed else {}


def _devices(devices: list[DeviceLine]) -> list[str]:
    if not devices:
        say = t("A device: `shian adapters list` names the profiles.", "检测仪：用 shian adapters list 查看型号配置。")
        port = "/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0"
        example = _table(
            "[[device]]", {"name": "pesticide-1", "port": port, "adapter": "pesticide", "profile": "lz-4000t"}
        )
        return _commented(say, example)
    lines, count = [], Counter[str]()
    for device in devices:
        stem = Path(device.profile).stem
        count[stem] += 1
        name = f"{stem}-{count[stem]}"
        facts = {"name": name, "port": device.port, "adapter": device.adapter, "profile": device.profile}
        lines += _table("[[device]]", facts)
    return lines


def _cameras(cameras: list[CameraLine]) -> list[str]:
    if not cameras:
        say = t("A camera (docs/cameras.md).", "摄像头（docs/cameras.md）。")
        facts: dict[str, Value] = {"name": "prep-1", "url": "rtsp://192.0.2.20/sub"}
        return _commented(say, _table("[[camera]]", facts))
    lines = [
        "",
        *_comment(
            t(
                "Pictures are coarse (96 pixels wide) until a face model is there to hide faces with: "
                "shian edge model install yunet",
                "在安装人脸模型用于遮挡人脸之前，画面一律模糊（宽 96 像素）：shian edge model install yunet",
            )
        ),
    ]
    for camera in cameras:
        lines += _table("[[camera]]", {"name": camera.name, "url": camera.url})
        if camera.is_film:
            lines += _table("[camera.stream]", {"loop": True})
    return lines


def _table(heading: str, values: Mapping[str, Value]) -> list[str]:
    return ["", heading, *_keys(values)]


def _keys(values: Mapping[str, Value]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in values.items()]


def _value(value: Value) -> str:
    # JSON's strings and bools are TOML's, but for the control character DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _commented(say: str, lines: list[str]) -> list[str]:
    return ["", *_comment(say), *(f"# {line}" for line in lines if line)]


def _comment(text: str) -> list[str]:
    return [f"# {text}"]
