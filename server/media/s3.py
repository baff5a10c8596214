"""Media in an S3 bucket (extra `s3`): AWS, MinIO, Ceph, or a cloud that speaks the same. boto3 finds the credentials
(environment, ~/.aws, instance role): none are in our settings."""

from collections.abc import Generator
from contextlib import closing
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from server.media.archive import BLOCK, ArchiveAwayError
from server.media.incoming import Arrived

_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


class S3Archive:
    """Archive in one S3 bucket: `prefix/ab/abcd...`."""

    def __init__(self, bucket: str, prefix: str, endpoint: str | None, *, answer_s: float = 20.0) -> None:
        self._bucket = bucket
        self._prefix = prefix
        limits = Config(connect_timeout=5, read_timeout=answer_s, retries={"max_attempts": 2})
        self._client: Any = boto3.client("s3", endpoint_url=endpoint, config=limits)

    def put(self, digest: str, arrived: Arrived) -> None:
        try:
            with arrived.path.open("rb") as file:
                self._client.put_object(
                    Bucket=self._bucket,
                    Key=self._key(digest),
                    Body=file,
                    ContentType=arrived.type,
                    ContentLength=arrived.size,
                )
        except (BotoCoreError, ClientError, OSError) as exc:
            raise ArchiveAwayError(f"bucket {self._bucket}: {exc}") from exc
        arrived.path.unlink(missing_ok=True)

    def has(self, digest: str) -> bool:
        try:
            self._client.head_object(Bucket=self._bucket, Key=self._key(digest))
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _MISSING:
                return False
            raise ArchiveAwayError(f"bucket {self._bucket}: {exc}") from exc
        except BotoCoreError as exc:
            raise ArchiveAwayError(f"bucket {self._bucket}: {exc}") from exc
        return True

    def read(self, digest: str, first: int, length: int) -> Generator[bytes, None, None]:
        wanted = f"bytes={first}-{first + length - 1}"
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._key(digest), Range=wanted)
            with closing(answer["Body"]) as body:
                yield from body.iter_chunks(BLOCK)
        except ClientError as exc:
            if exc.response["Error"]["Code"] in _MISSING:
                raise FileNotFoundError(digest) from exc
            raise ArchiveAwayError(f"bucket {self._bucket}: {exc}") from exc
        except BotoCoreError as exc:
            raise ArchiveAwayError(f"bucket {self._bucket}: {exc}") from exc

    def delete(self, digest: str) -> None:
        try:
            self._client.delete_object(Bucket=self._bucket, Key=self._key(digest))
        except (BotoCoreError, ClientError) as exc:
            raise ArchiveAwayError(f"bucket {self._bucket}: {exc}") from exc

    def _key(self, digest: str) -> str:
        return "/".join(filter(None, (self._prefix.strip("/"), digest[:2], digest)))
