"""The look of a file for the one who asks: the language, and the district's time zone."""

from typing import Annotated

from fastapi import Depends, Request

from server.lists import export
from server.problems import is_chinese
from server.records.days import Zone


def look(request: Request, zone: Zone) -> export.Look:
    """Return the look of a file: `language` of the address, else that of Accept-Language."""
    language = request.query_params.get("language") or request.headers.get("accept-language", "")
    return export.Look(zone, is_chinese(language))


Look = Annotated[export.Look, Depends(look)]
