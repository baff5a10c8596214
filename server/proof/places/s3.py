"""Anchors in an S3 bucket with object lock (extra `s3`): nobody can delete or replace one before its day."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from server.proof.places.place import NotKeptError
from server.proof.settings import S3Place as S3Settings
from wire.anchors import Anchor, AnchorFile, encode

_ANSWER_S = 20.0


class S3Place:
    """Bucket: `prefix/0000000042-HASH.jsonl`."""

    def __init__(self, settings: S3Settings, now: Callable[[], datetime], client: Any = None) -> None:
        self._settings = settings
        self._now = now
        limits = Config(connect_timeout=5, read_timeout=_ANSWER_S, retries={"max_attempts": 2})
        self._client: Any = client or boto3.client("s3", endpoint_url=settings.endpoint, config=limits)

    @property
    def name(self) -> str:
        return "s3"

    def newest(self) -> Anchor | None:
        return None

    async def keep(self, file: AnchorFile) -> None:
        """Put the anchor under a lock. Raises NotKeptError."""
        try:
            await asyncio.to_thread(self._put, file)
        except (BotoCoreError, ClientError) as exc:
            raise NotKeptError(f"bucket {self._settings.bucket}: {exc}"[:300]) from exc

    def _put(self, file: AnchorFile) -> None:
        settings = self._settings
        name = f"{file.anchor.number:010}-{file.anchor.hash[:16]}.jsonl"
        self._client.put_object(
            Bucket=settings.bucket,
            Key="/".join(filter(None, (settings.prefix.strip("/"), name))),
            Body=encode(file) + b"\n",
            ContentType="application/json",
            ChecksumAlgorithm="SHA256",  # a locked object must come with one
            ObjectLockMode=settings.mode,
            ObjectLockRetainUntilDate=self._now() + timedelta(days=settings.lock_days),
        )
