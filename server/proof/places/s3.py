"""Anchors in an S3 bucket with object lock (extra `s3`): nobody can delete or replace one before its day."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from server.proof.places.place import NotKeptError
from server.proof.settings import S3Place as S3Settings
from wire.anchors import Anchor, AnchorError, AnchorFile, decode, encode

_ANSWER_S = 20.0


class S3Place:
    """Bucket: `prefix/0000000042-HASH.jsonl`."""

    def __init__(self, settings: S3Settings, now: Callable[[], datetime], client: Any = None) -> None:
        self._settings = settings
        self._now = now
        limits = Config(connect_timeout=5, read_timeout=_ANSWER_S, retries={"max_attempts": 2})
        self._newest: Anchor | None = None
        self._client: Any = client or boto3.client("s3", endpoint_url=settings.endpoint, config=limits)

    @property
    def name(self) -> str:
        return "s3"

    def newest(self) -> Anchor | None:
        """Return the anchor with the highest number that can be read. Raises NotKeptError."""
        if self._newest is None:
            try:
                names = sorted(self._names(), reverse=True)
                self._newest = next((found for name in names if (found := self._anchor(name))), None)
            except (BotoCoreError, ClientError) as exc:
                raise NotKeptError(f"bucket {self._settings.bucket}: {exc}"[:300]) from exc
        return self._newest

    async def keep(self, file: AnchorFile) -> None:
        """Put the anchor under a lock, and read it back. Raises NotKeptError."""
        try:
            await asyncio.to_thread(self._put, file)
        except (BotoCoreError, ClientError) as exc:
            raise NotKeptError(f"bucket {self._settings.bucket}: {exc}"[:300]) from exc

    def _names(self) -> Iterator[str]:
        """Yield the names of all anchors that are there. Raises botocore's errors."""
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._settings.bucket, Prefix=self._key("")):
            yield from (found["Key"] for found in page.get("Contents", ()))

    def _read(self, key: str) -> bytes:
        body: bytes = self._client.get_object(Bucket=self._settings.bucket, Key=key)["Body"].read()
        return body

    def _anchor(self, key: str) -> Anchor | None:
        try:
            return decode(self._read(key).strip()).anchor
        except AnchorError:
            return None  # somebody put another thing there

    def _key(self, name: str) -> str:
        prefix = self._settings.prefix.strip("/")
        return f"{prefix}/{name}" if prefix else name

    def _put(self, file: AnchorFile) -> None:
        settings, body = self._settings, encode(file) + b"\n"
        key = self._key(f"{file.anchor.number:010}-{file.anchor.hash[:16]}.jsonl")
        self._client.put_object(
            Bucket=settings.bucket,
            Key=key,
            Body=body,
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",  # a locked object must come with one
            ObjectLockMode=settings.mode,
            ObjectLockRetainUntilDate=self._now() + timedelta(days=settings.lock_days),
        )
        if self._read(key) != body:
            raise NotKeptError(f"bucket {settings.bucket}: {key} is read back as something else")
        self._newest = file.anchor
