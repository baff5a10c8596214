"""`--broker HOST:PORT` of several commands."""

from process.language import t
from shian.failures import CannotError


def broker_address(text: str) -> tuple[str, int]:
    """Return host and port of `text`. Raises CannotError. An IPv6 host stands in brackets."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise CannotError(t(f"--broker {text}: write HOST:PORT", f"--broker {text}：格式应为 主机:端口"))
    return host.strip("[]"), int(port)
