"""`[media]` in edge.toml. docs/cameras.md lists every key."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from process.language import t
from process.settings import Settings

Seconds = Annotated[float, Field(gt=0)]


class MediaSettings(Settings):
    """The target of media and the time that they stay. Without `url` they stay at the station."""

    url: Annotated[str, Field(description="the centre, as in https://centre.example; empty: nothing is sent")] = ""
    ca_file: Annotated[Path | None, Field(description="who signed the centre's certificate")] = None
    timeout_s: Annotated[Seconds, Field(description="for an answer of the centre")] = 20.0
    kib_per_s: Annotated[int, Field(ge=0, description="at most so much of the uplink; 0: no bound")] = 0
    retry_s: Annotated[Seconds, Field(description="after a failure, doubled up to retry_longest_s")] = 2.0
    retry_longest_s: Seconds = 300.0
    keep_days: Annotated[int, Field(ge=1, description="media stay so long, unless their event is kept")] = 30
    disk_share: Annotated[float, Field(gt=0, le=0.9, description="of the disk at most, the oldest go first")] = 0.3
    min_free_mib: Annotated[int, Field(ge=1, description="below this free space media give way")] = 512

    @model_validator(mode="after")
    def _check_url(self) -> Self:
        parts = urlsplit(self.url)
        is_here = parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
        if self.url and not (is_here or (parts.scheme == "https" and parts.hostname)):
            raise ValueError(
                t(
                    "url begins with https:// (http:// only on this machine)",
                    "url 须以 https:// 开头（仅本机可用 http://）",
                )
            )
        return self
