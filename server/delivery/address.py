"""The addresses that a webhook may go to. A subscription must not become a way into this network (SSRF): the address
that is checked is the one that is connected to, so a name that resolves differently a moment later changes nothing."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[Address]]]
_MOST_ADDRESSES = 8
# NAT64 (RFC 6052) and IPv4-compatible addresses (RFC 4291, 2.5.5.1): an IPv4 address in the last 32 bits.
_LAST_32_BITS = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
# NAT64 of somebody's own (RFC 8215): where in the address its gateway looks for the IPv4 address, nobody else knows.
_OWN_NAT64 = IPv6Network("64:ff9b:1::/48")
# ISATAP (RFC 5214, 6.1), its global bit aside: an IPv4 address behind this interface identifier.
_ISATAP, _GLOBAL_BIT = 0x00005EFE, 0x02000000
# All that is given out for the public (RFC 4291, 2.4); `is_global` alone takes what is unknown to it for public.
_PUBLIC = IPv6Network("2000::/3")
# In IANA's registries of special addresses, but public to `is_global` of some versions of Python.
_SPECIAL = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
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


def check_port(url: httpx.URL, ports: Collection[int]) -> None:
    """Check that the URL names one of these ports; none: any will do. Raises RefusedAddressError."""
    if ports and port_of(url) not in ports:
        raise RefusedAddressError(f"port {port_of(url)} is not one of {', '.join(map(str, ports))}")


def refusal(address: Address, *, allow_private: bool) -> str | None:
    """Return the reason why nothing may be sent to this address; None when it may."""
    carried = _carried(address)
    if carried:
        return next(filter(None, (refusal(each, allow_private=allow_private) for each in carried)), None)
    # Link-local holds the cloud's metadata service: nobody's webhook, whatever the settings say.
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return f"{address} is link-local, multicast or unspecified"
    if address in _OWN_NAT64:
        return f"{address} leads to an IPv4 address that cannot be read from it"
    behind = _behind_isatap(address)
    if behind is not None and (reason := refusal(behind, allow_private=allow_private)):
        return reason
    if allow_private or _is_public(address):
        return None
    return f"{address} is not a public address"


def _is_public(address: Address) -> bool:
    if not address.is_global or any(address in network for network in _SPECIAL):
        return False
    return isinstance(address, IPv4Address) or address in _PUBLIC


def _carried(address: Address) -> list[IPv4Address]:
    """Return the IPv4 addresses inside an IPv6 one that a gateway would send to in its place."""
    if isinstance(address, IPv4Address) or address.is_loopback or address.is_unspecified:
        return []
    if any(address in network for network in _LAST_32_BITS):
        return [_last_32_bits(address)]
    inner = (*(address.teredo or ()), address.ipv4_mapped, address.sixtofour)
    return [each for each in inner if each is not None]


def _behind_isatap(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv6Address) and (int(address) >> 32) & 0xFFFFFFFF & ~_GLOBAL_BIT == _ISATAP:
        return _last_32_bits(address)
    return None


def _last_32_bits(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFFFFFF)


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
