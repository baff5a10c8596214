"""`[down]` in edge.toml: where the document of the station is fetched."""

from typing import Annotated

from pydantic import Field

from process.connections import CentreUrl
from process.named_files import CertificateFile
from process.settings import Settings

Seconds = Annotated[float, Field(gt=0)]


class DownSettings(Settings):
    """The document of the station. Without `url` that of `[enrolment]` is asked; without both, nobody is."""

    url: Annotated[CentreUrl, Field(description="the centre, as in https://centre.example")] = ""
    ca_file: Annotated[CertificateFile | None, Field(description="who signed the centre's certificate")] = None
    every_s: Annotated[Seconds, Field(description="how often it is asked for without news")] = 300.0
    timeout_s: Annotated[Seconds, Field(description="for an answer of the centre")] = 20.0
