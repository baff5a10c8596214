"""The settings of reports."""

from typing import Annotated

from pydantic import Field

from process.named_files import Folder
from process.settings import Settings


class ReportSettings(Settings):
    """Reports on paper and by mail."""

    district: Annotated[str, Field(max_length=100, description="its name, as it stands on top of each page")] = ""
    fonts: Annotated[
        Folder | None, Field(description="a folder with a Chinese font; none: one of the machine (fonts-noto-cjk)")
    ] = None
    mail_day: Annotated[
        int, Field(ge=1, le=28, description="day of a month on which the report of the month before goes by mail")
    ] = 3
    mail_hour: Annotated[int, Field(ge=0, le=23, description="and its hour, in the district's time zone")] = 8


def settings() -> ReportSettings:
    """Return the settings of reports; given by `create_app`."""
    raise NotImplementedError("create_app overrides this dependency")
