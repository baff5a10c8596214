"""The settings `[limits]` of the server."""

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from process.language import t
from process.settings import Settings

Seconds = Annotated[float, Field(gt=0)]


def _is_network(text: str) -> str:
    try:
        ip_network(text, strict=False)
    except ValueError as exc:
        raise ValueError(t(f"{text!r} is no IP address or network", f"{text!r} 不是 IP 地址或网段")) from exc
    return text


class Limits(Settings):
    """Bounds on those who ask."""

    # The live video's MQTT client waits by select(2), which knows no file number above 1,023.
    connections: Annotated[int, Field(ge=8, le=900, description="open at once, browsers' WebSockets among them")] = 800
    connections_each: Annotated[int, Field(ge=4, le=900, description="of these from one address (but a proxy's)")] = 300
    head_s: Annotated[Seconds, Field(description="a request's head must be here after this")] = 10.0
    quiet_s: Annotated[Seconds, Field(description="a request's body may stop, an answer may be left unread for")] = 30.0
    requests_s: Annotated[float, Field(gt=0, description="requests a second of one address, in the long run")] = 200.0
    requests_burst: Annotated[int, Field(ge=10, description="of these at once")] = 2000
    proxies: Annotated[
        tuple[Annotated[str, AfterValidator(_is_network)], ...],
        Field(description="addresses of the proxies in front; X-Forwarded-For and -Proto of nobody else are believed"),
    ] = ()
