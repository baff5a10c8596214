"""One POST to an address that a subscriber named, for every channel that speaks HTTP. Success is 2xx alone."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from server.delivery import address as addresses
from server.delivery.address import Address, RefusedAddressError, Resolve, allowed_address, check_port, check_url
from server.delivery.channel import Attempt, Network, Outcome

_EXCERPT = 200
_MOST_READ = 4096


class HttpPost:
    """An HTTP client that goes to checked addresses only, follows no redirect, and uses no proxy of the environment."""

    def __init__(
        self, network: Network, *, resolve: Resolve = addresses.resolve, tls: ssl.SSLContext | None = None
    ) -> None:
        self._network = network
        self._resolve = resolve
        # No connection is kept: it would be found again by its address, whatever name its certificate was for.
        self._client = httpx.AsyncClient(
            verify=tls or ssl.create_default_context(),
            timeout=network.attempt_s,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(self, address: str, body: bytes, headers: Mapping[str, str], now: datetime) -> Attempt:
        """Try once, within the network's deadline. Raises only for our own mistakes."""
        began = time.perf_counter()
        outcome, status, detail, retry_after = await self._try(address, body, headers, now)
        took = round((time.perf_counter() - began) * 1000)
        return Attempt(outcome, status, detail[:_EXCERPT], took, retry_after)

    async def _try(
        self, address: str, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> tuple[Outcome, int | None, str, float | None]:
        limit_s = self._network.attempt_s
        try:
            async with asyncio.timeout(limit_s):
                url = check_url(address)
                check_port(url, self._network.ports)
                allow_private = self._network.allow_private
                checked = await allowed_address(url, allow_private=allow_private, resolve=self._resolve)
                return await self._post(url, checked, headers, body, now)
        except RefusedAddressError as exc:
            return Outcome.REFUSED_ADDRESS, None, str(exc), None
        except (TimeoutError, httpx.TimeoutException):
            return Outcome.TIMEOUT, None, f"no answer within {limit_s:g} s", None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as exc:
            kind = Outcome.TLS if _is_tls(exc) else Outcome.CONNECTION
            return kind, None, f"{type(exc).__name__}: {exc}", None

    async def _post(
        self, url: httpx.URL, address: Address, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[Outcome, int | None, str, float | None]:
        request = self._client.build_request(
            "POST",
            url.copy_with(host=str(address)),
            content=body,
            headers={"Host": url.netloc.decode(), "User-Agent": "Shian", **headers},
            extensions={"sni_hostname": url.raw_host.decode().strip("[]")},
        )
        answer = await self._client.send(request, stream=True)
        try:
            if answer.is_success:
                return Outcome.DELIVERED, answer.status_code, "", None
            detail = await _excerpt(answer)
            return Outcome.HTTP_STATUS, answer.status_code, detail, _retry_after(answer.headers, now)
        finally:
            await answer.aclose()


async def _excerpt(answer: httpx.Response) -> str:
    """Read the beginning of the answer, for the receipt; never more than a little is read."""
    got = b""
    async for piece in answer.aiter_raw():
        got += piece
        if len(got) >= _MOST_READ:
            break
    text = got[:_MOST_READ].decode("utf-8", "replace")
    return " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())


def _retry_after(headers: httpx.Headers, now: datetime) -> float | None:
    """Return the seconds of Retry-After (RFC 9110, 10.2.3: seconds or a date); None when there is none or it cannot be
    read."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _is_tls(exc: BaseException | None) -> bool:
    while exc is not None:
        if isinstance(exc, ssl.SSLError):
            return True
        exc = exc.__cause__ or exc.__context__
    return False
