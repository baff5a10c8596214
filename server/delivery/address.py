"""The addresses that a webhook may go to. A subscription must not become a way into this network (SSRF): the address
that is checked is the one that is connected to, so a name that resolves differently a moment later changes nothing."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[Address]]]
_MOST_ADDRESSES = 8
# NAT64 (RFC 6052): an IPv4 address in the last 32 bits.
_NAT64 = IPv6Network("64:ff9b::/96")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f:.]+\]?")
_PORTS = {"http": 80, "https": 443}


class RefusedAddressError(ValueError):
    """A webhook may not go there."""


def check_url(text: str) -> httpx.URL:
    """Return the URL when its form is one we send to. Raises RefusedAddressError."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError) as exc:
        raise RefusedAddressError(f"not a URL: {exc}") from exc
    if url.scheme not in _PORTS or not url.host:
        raise RefusedAddressError("an http or https URL with a host is needed")
    if url.userinfo or url.fragment:
        raise RefusedAddressError("no user, password or fragment in the URL")
    if not 1 <= port_of(url) <= 65535:
        raise RefusedAddressError("no such port")
    if not _HOST.fullmatch(url.raw_host.decode()):
        raise RefusedAddressError("no such host")
    return url


def port_of(url: httpx.URL) -> int:
    return _PORTS[url.scheme] if url.port is None else url.port


def refusal(address: Address, *, allow_private: bool) -> str | None:
    """Return the reason why nothing may be sent to this address; None when it may."""
    inner = _carried(address)
    if inner is not None:
        return refusal(inner, allow_private=allow_private)
    # Link-local holds the cloud's metadata service: nobody's webhook, whatever the settings say.
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return f"{address} is link-local, multicast or unspecified"
    if address.is_global or allow_private:
        return None
    return f"{address} is not a public address"


def _carried(address: Address) -> IPv4Address | None:
    """Return the IPv4 address inside an IPv6 one, where a gateway would send to it."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


async def resolve(host: str, port: int) -> list[Address]:
    """Resolve all addresses of `host`, as the system orders them. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    unique = dict.fromkeys(str(info[4][0]).partition("%")[0] for info in found)
    return [ip_address(text) for text in unique][:_MOST_ADDRESSES]


async def allowed_address(url: httpx.URL, *, allow_private: bool, resolve: Resolve = resolve) -> Address:
    """Return the address to connect to. Raises RefusedAddressError when any of the name's addresses is one that we do
    not send to, and OSError when the name is not found."""
    addresses = await resolve(url.raw_host.decode().strip("[]"), port_of(url))
    if not addresses:
        raise OSError("the name has no address")
    for address in addresses:
        reason = refusal(address, allow_private=allow_private)
        if reason:
            raise RefusedAddressError(reason)
    return addresses[0]
