"""The things that the agent cannot start without: `shian edge run` insists on them, `config check` tells them too."""

import os
from collections.abc import Iterator

from edge.device import ports
from edge.settings import DeviceSettings, EdgeSettings
from firmware_adapters.own_profiles import OwnProfiles, read_own_profiles
from firmware_adapters.profile import ProfileError
from firmware_adapters.registry import UnknownFamilyError, family
from process.checks.findings import Finding, note
from process.language import t
from process.named_files import Key
from process.settings import own_folder


def needed(settings: EdgeSettings) -> Iterator[Finding]:
    """Yield what keeps the agent from starting; notes tell of profiles of one's own that cannot be used."""
    yield from profiles(settings)
    if settings.camera:
        yield from vision()
        for number, camera in enumerate(settings.camera):
            path = camera.password_file
            if path and not os.access(path, os.R_OK):
                unreadable = t("cannot be read", "无法读取")
                yield Finding(
                    ("camera", number, "password_file"), f"camera {camera.name}: password_file {path} {unreadable}"
                )


def profiles(settings: EdgeSettings) -> Iterator[Finding]:
    """Yield what is wrong with the profiles, of one's own and of each device, and with the notation of its port."""
    try:
        own = read_own_profiles(own_folder(settings.profiles, "profiles"))
    except ProfileError as exc:
        yield Finding(("profiles",), str(exc))
        return
    for message in own.broken:
        yield note(("profiles",), t(f"not usable: {message}", f"不可用：{message}"))
    for number, device in enumerate(settings.device):
        yield from _device(("device", number), device, own)


def _device(key: Key, device: DeviceSettings, own: OwnProfiles) -> Iterator[Finding]:
    try:
        family(device.adapter).profile(device.profile, own)
    except UnknownFamilyError as exc:
        hint = t("shian adapters list names them", "可用 shian adapters list 查看")
        yield Finding((*key, "adapter"), f"device {device.name}: {exc}; {hint}")
    except ProfileError as exc:
        yield Finding((*key, "profile" if device.profile else "adapter"), f"device {device.name}: {exc}")
    if trouble := ports.check(device.port):
        yield Finding((*key, "port"), f"device {device.name}: port {device.port!r}: {trouble}")


def vision() -> Iterator[Finding]:
    """Yield whether the extra for cameras is missing."""
    from edge.camera.errors import VisionMissingError  # noqa: PLC0415  only where there is a camera
    from edge.camera.extra import check_vision  # noqa: PLC0415

    try:
        check_vision()
    except VisionMissingError as exc:
        yield Finding(("camera", 0), str(exc))
