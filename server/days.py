"""What day it is in the district; given by `create_app`, so that tests can choose."""

from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends


def today() -> date:
    """Today in the district's time zone."""
    raise NotImplementedError("create_app overrides this dependency")


def zone() -> ZoneInfo:
    """The district's time zone."""
    raise NotImplementedError("create_app overrides this dependency")


Today = Annotated[date, Depends(today)]
Zone = Annotated[ZoneInfo, Depends(zone)]
