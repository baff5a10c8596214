"""One POST to an address that a subscriber named, for every channel that speaks HTTP."""

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

from server.delivery import address as addresses
from server.delivery.address import Address, RefusedAddressError, Resolve, allowed_address, check_port, check_url
from server.delivery.channel import Attempt, Network, Outcome

# The receiver's own word on a message that it answered with 2xx: body -> receipt.
Judge = Callable[[bytes], Attempt]
_EXCERPT = 200
_MOST_READ = 4096


@cache
def _trusted() -> ssl.SSLContext:
    """Return the machine's certificates, read once for all channels."""
    return ssl.create_default_context()


class HttpPost:
    """An HTTP client that goes to checked addresses only, follows no redirect, and uses no proxy of the environment."""

    def __init__(
        self, network: Network, *, resolve: Resolve = addresses.resolve, tls: ssl.SSLContext | None = None
    ) -> None:
        self._network = network
        self._resolve = resolve
        # No connection is kept: it would be found again by its address, whatever name its certificate was for.
        self._client = httpx.AsyncClient(
            verify=tls or _trusted(),
            timeout=network.attempt_s,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(
        self,
        address: str,
        body: bytes,
        headers: Mapping[str, str],
        now: datetime,
        *,
        judge: Judge | None = None,
        is_own: bool = False,
    ) -> Attempt:
        """Try once, within the network's deadline. Raises only for our own mistakes.

        Without `judge`, 2xx is success; with it, the body of a 2xx is asked. `is_own`: the operator named the address,
        so that it may be a private one.
        """
        began = time.perf_counter()
        attempt = await self._try(address, body, headers, now, judge, is_own=is_own)
        took = round((time.perf_counter() - began) * 1000)
        return replace(attempt, detail=_printable(attempt.detail)[:_EXCERPT], duration_ms=took)

    async def _try(
        self,
        address: str,
        body: bytes,
        headers: Mapping[str, str],
        now: datetime,
        judge: Judge | None,
        *,
        is_own: bool,
    ) -> Attempt:
        limit_s = self._network.attempt_s
        try:
            async with asyncio.timeout(limit_s):
                url = check_url(address)
                if not is_own:
                    check_port(url, self._network.ports)
                allow_private = self._network.allow_private or is_own
                checked = await allowed_address(url, allow_private=allow_private, resolve=self._resolve)
                return await self._post(url, checked, headers, body, now=now, judge=judge)
        except RefusedAddressError as exc:
            return Attempt(Outcome.REFUSED_ADDRESS, detail=str(exc))
        except (TimeoutError, httpx.TimeoutException):
            return Attempt(Outcome.TIMEOUT, detail=f"no answer within {limit_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as exc:
            kind = Outcome.TLS if _is_tls(exc) else Outcome.CONNECTION
            return Attempt(kind, detail=f"{type(exc).__name__}: {exc}")

    async def _post(
        self,
        url: httpx.URL,
        address: Address,
        headers: Mapping[str, str],
        body: bytes,
        *,
        now: datetime,
        judge: Judge | None,
    ) -> Attempt:
        request = self._client.build_request(
            "POST",
            url.copy_with(host=str(address)),
            content=body,
            headers={"Host": url.netloc.decode(), "User-Agent": "Shian", **headers},
            extensions={"sni_hostname": url.raw_host.decode().strip("[]")},
        )
        answer = await self._client.send(request, stream=True)
        try:
            status = answer.status_code
            if not answer.is_success:
                detail = (await _beginning(answer)).decode("utf-8", "replace")
                return Attempt(Outcome.HTTP_STATUS, status, detail, retry_after_s=_retry_after(answer.headers, now))
            if judge is None:
                return Attempt(Outcome.DELIVERED, status, remote_id=answer.headers.get("location", "")[:_EXCERPT])
            return replace(judge(await _beginning(answer)), status=status)
        finally:
            await answer.aclose()


async def _beginning(answer: httpx.Response) -> bytes:
    """Read the beginning of the answer; never more than a little is read."""
    got = b""
    async for piece in answer.aiter_raw():
        got += piece
        if len(got) >= _MOST_READ:
            break
    return got[:_MOST_READ]


def _printable(text: str) -> str:
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
