"""`[enrolment]` in edge.toml: where the certificate of `[broker]` is renewed."""

from typing import Annotated

from pydantic import Field

from process.connections import CentreUrl
from process.named_files import CertificateFile
from process.settings import Settings

Seconds = Annotated[float, Field(gt=0)]


class EnrolmentSettings(Settings):
    """The renewal of the station's certificate. Without `url` nothing is renewed, and only its end is told."""

    url: Annotated[
        CentreUrl, Field(description="the centre, as in https://centre.example; empty: nothing is renewed")
    ] = ""
    ca_file: Annotated[CertificateFile | None, Field(description="who signed the centre's certificate")] = None
    look_s: Annotated[Seconds, Field(description="how often the certificate is looked at")] = 3600.0
    retry_s: Annotated[Seconds, Field(description="after a failure, doubled up to look_s")] = 60.0
    timeout_s: Annotated[Seconds, Field(description="for an answer of the centre")] = 20.0
