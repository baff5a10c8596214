"""The look of a file for the one who asks: the language, the district's time zone, and whose file it is."""

from typing import Annotated

from fastapi import Depends, Request

from server.access.need import caller_of
from server.limits.rates import key_of
from server.lists import export
from server.problems import is_chinese
from server.records.days import Zone


def look(request: Request, zone: Zone) -> export.Look:
    """Return the look of a file: `language` of the address, else that of Accept-Language."""
    language = request.query_params.get("language") or request.headers.get("accept-language", "")
    return export.Look(zone, is_chinese(language), _who(request))


def _who(request: Request) -> str:
    """Return the key that the files of one caller are counted by: the account, else the address."""
    caller = caller_of(request.scope)
    if caller and caller.account:
        return str(caller.account)
    return key_of(request.client.host if request.client else "")


Look = Annotated[export.Look, Depends(look)]
