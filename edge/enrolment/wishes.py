"""The options `--device PROFILE=PORT` and `--camera [NAME=]URL`, checked before the code is used."""

import re
from pathlib import Path

from edge.camera.settings import CameraSettings
from edge.device import ports
from edge.enrolment.settings_text import CameraLine, DeviceLine
from edge.errors import EdgeError
from firmware_adapters.own_profiles import OwnProfiles
from firmware_adapters.profile import ProfileError
from firmware_adapters.registry import families
from process.language import t

_NAMED = re.compile(r"([A-Za-z0-9._:-]{1,64})=(.+)")


class WishError(EdgeError):
    """An option that cannot be understood."""


def device_of(text: str, own: OwnProfiles) -> DeviceLine:
    """Read `PROFILE=PORT` or `FAMILY/PROFILE=PORT`. Raises WishError."""
    wanted, equals, port = text.partition("=")
    if not (equals and wanted and port):
        raise WishError(t(f"--device {text}: write PROFILE=PORT", f"--device {text}：格式应为 型号配置=端口"))
    if trouble := ports.check(port):
        raise WishError(f"--device {text}: {trouble}")
    kind, slash, name = wanted.rpartition("/")
    known = [(family, profile) for family in families().values() for profile in family.shipped().values()]
    found = {(family.name, profile.name) for family, profile in known if profile.name == name}
    found |= {(profile.family, profile.name) for profile in own.profiles if profile.name == name}
    fitting = sorted(pair for pair in found if not slash or pair[0] == kind)
    if len(fitting) != 1:
        several = ", ".join("/".join(pair) for pair in fitting)
        raise WishError(
            t(f"--device {text}: several fit: {several}", f"--device {text}：有多个匹配：{several}")
            if fitting
            else t(
                f"--device {text}: no profile {wanted!r}: shian adapters list",
                f"--device {text}：没有型号配置 {wanted!r}：请用 shian adapters list 查看",
            )
        )
    adapter, profile = fitting[0]
    try:
        families()[adapter].profile(profile, own)
    except ProfileError as exc:
        raise WishError(f"--device {text}: {exc}") from exc
    return DeviceLine(adapter, profile, _absolute(port))


def camera_of(text: str, number: int) -> CameraLine:
    """Read `URL` or `NAME=URL`; without a name it is `camera-NUMBER`. Raises WishError."""
    named = _NAMED.fullmatch(text)
    name, url = (named[1], named[2]) if named else (f"camera-{number}", text)
    is_film = "://" not in url and Path(url).is_file()
    url = _absolute(url)
    try:
        CameraSettings.model_validate({"name": name, "url": url})
    except ValueError as exc:
        raise WishError(f"--camera {text}: {exc}") from exc
    return CameraLine(name, url, is_film)


def _absolute(place: str) -> str:
    """Return a path so that it means the same from every folder. A notation of another kind stays as it is."""
    return place if "://" in place or place.startswith(("usb:", "hidraw:")) else str(Path(place).absolute())
