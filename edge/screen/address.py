"""Addresses of listeners as settings write them, `address:port`. Of the standard library alone: `config check` reads
them without the extra."""

from ipaddress import ip_address

from process.language import t
from process.settings import SettingsError


def place(listen: str) -> tuple[str, int]:
    """Return address and port of `address:port`. Raises SettingsError."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) < 65536:
        raise SettingsError(t(f"not address:port: {listen}", f"应为 地址:端口：{listen}"))
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can connect to an address. A name other than localhost may lead anywhere."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
