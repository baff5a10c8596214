"""`[media]` in edge.toml. docs/cameras.md lists every key."""

from typing import Annotated

from pydantic import Field

from process.connections import CentreUrl
from process.named_files import CertificateFile
from process.settings import Settings

Seconds = Annotated[float, Field(gt=0)]


class MediaSettings(Settings):
    """The target of media and the time that they stay. Without `url` they stay at the station."""

    url: Annotated[CentreUrl, Field(description="the centre, as in https://centre.example; empty: nothing is sent")] = (
        ""
    )
    ca_file: Annotated[CertificateFile | None, Field(description="who signed the centre's certificate")] = None
    timeout_s: Annotated[Seconds, Field(description="for an answer of the centre")] = 20.0
    kib_per_s: Annotated[int, Field(ge=0, description="at most so much of the uplink; 0: no bound")] = 0
    retry_s: Annotated[Seconds, Field(description="after a failure, doubled up to retry_longest_s")] = 2.0
    retry_longest_s: Seconds = 300.0
    keep_days: Annotated[int, Field(ge=1, description="media stay so long, unless their event is kept")] = 30
    disk_share: Annotated[float, Field(gt=0, le=0.9, description="of the disk at most, the oldest go first")] = 0.3
    min_free_mib: Annotated[int, Field(ge=1, description="below this free space media give way")] = 512
