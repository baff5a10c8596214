"""The settings `[enrolment]` of the server."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from process.connections import CentreUrl
from process.language import t
from process.named_files import Folder, OwnFile
from process.settings import Settings


class StationBroker(Settings):
    """Address of the broker as stations reach it, which need not be the one by which this process does."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8883
    is_tls: Annotated[bool, Field(description="stations come by TLS, with their certificate")] = True


class EnrolmentSettings(Settings):
    """Settings of the enrolment of stations; without this table there is none."""

    url: Annotated[CentreUrl, Field(description="this server as stations reach it, https://...")]
    broker: StationBroker
    authority: Annotated[
        Folder | None, Field(description="folder of `shian ca init`; none: stations get no certificate (plain broker)")
    ] = None
    days: Annotated[int, Field(ge=1, le=825, description="a station's certificate is good for; renewed at 2/3")] = 90
    crl_file: Annotated[
        OwnFile | None, Field(description="the list of revoked certificates is written here, for the broker")
    ] = None
    crl_s: Annotated[float, Field(gt=0, le=60, description="how often it is looked at")] = 5.0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.url:
            raise ValueError(t("url must be named", "必须填写 url"))
        if self.broker.is_tls and self.authority is None:
            raise ValueError(
                t(
                    "broker.is_tls needs authority: shian ca init",
                    "broker.is_tls 需要 authority：请先执行 shian ca init",
                )
            )
        if self.crl_file and self.authority is None:
            raise ValueError(t("crl_file needs authority", "crl_file 需要 authority"))
        return self
