"""How often somebody may do something: one bucket of tokens a key (an address, an account, a name at sign-in).

A bucket holds `burst` tokens, a deed takes one, and `per_s` come back every second. The state lies in this process: a
restart fills every bucket, and each of several servers counts for itself.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address, ip_network

from prometheus_client import Counter

from server.problems import Kind, ProblemError

LIMITED = Counter("shian_server_limited_total", "Requests that came too often, or were too many at once", ["what"])
TOO_OFTEN = Kind(429, "too-often", "Too many requests; wait a little.", "请求过于频繁，请稍后再试。")
_MOST_KEYS = 20_000
# One bucket for everybody beyond _MOST_KEYS: whoever comes under a new name each time gets no new bucket each time.
_OTHERS = ""
# A home or an office has a whole IPv6 network of this size to itself (RFC 6177).
_IPV6_PREFIX = 64


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Rate:
    """The rate of one kind of deed, `what` in the metrics. Call it from one thread. `burst` at once, then `per_s`."""

    def __init__(
        self,
        what: str,
        *,
        burst: float,
        per_s: float,
        now: Callable[[], float] = time.monotonic,
        most_keys: int = _MOST_KEYS,
    ) -> None:
        self._what = what
        self._burst = burst
        self._per_s = per_s
        self._now = now
        self._most_keys = most_keys
        self._buckets: dict[str, _Bucket] = {}

    def wait_s(self, key: str) -> float:
        """Take a token. Return 0.0 when there was one, else the seconds until the next; then none was taken."""
        bucket = self._bucket(key)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        LIMITED.labels(self._what).inc()
        return (1 - bucket.tokens) / self._per_s

    def check(self, key: str) -> None:
        """Take a token. Raises ProblemError (429, with Retry-After)."""
        wait_s = self.wait_s(key)
        if wait_s:
            raise ProblemError(too_often(wait_s))

    def forget(self, key: str) -> None:
        """Fill the bucket: what was done turned out to be right (a sign-in that succeeded)."""
        self._buckets.pop(key, None)

    def _bucket(self, key: str) -> _Bucket:
        now = self._now()
        bucket = self._buckets.get(key)
        if bucket is None:
            if len(self._buckets) >= self._most_keys:
                self._drop_full(now)
            if len(self._buckets) >= self._most_keys and key != _OTHERS:
                return self._bucket(_OTHERS)
            bucket = self._buckets[key] = _Bucket(self._burst, now)
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.at) * self._per_s)
        bucket.at = now
        return bucket

    def _drop_full(self, now: float) -> None:
        """Drop the buckets that are full again: without them nothing is different."""
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if bucket.tokens + (now - bucket.at) * self._per_s < self._burst
        }


def too_often(wait_s: float) -> Kind:
    """Return the problem (429) that says when to come again."""
    return replace(TOO_OFTEN, headers={"Retry-After": str(max(1, math.ceil(wait_s)))})


def key_of(client: str) -> str:
    """Return the key of a caller's address: an IPv6 address counts with its whole network (/64)."""
    try:
        address = ip_address(client)
    except ValueError:
        return client
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)
