"""`[screen]` in edge.toml: where the station's own screen is served."""

from typing import Annotated

from pydantic import Field

from edge.screen.board.settings import BoardSettings
from process.named_files import CertificateFile, KeyFile
from process.settings import Settings


class ScreenSettings(Settings):
    """The station's own screen. Beyond this machine it wants TLS and operators with PINs."""

    listen: Annotated[
        str, Field(pattern=r"^.+:\d{1,5}$", description="address:port; this machine alone if not said")
    ] = "127.0.0.1:8200"
    cert_file: Annotated[CertificateFile | None, Field(description="certificate (and its chain) of the screen")] = None
    key_file: Annotated[KeyFile | None, Field(description="its key")] = None
    names: Annotated[
        tuple[str, ...],
        Field(description="names by which a browser may call it, besides the address, as in its certificate"),
    ] = ()
    idle_s: Annotated[float, Field(gt=0, description="without a touch for so long the operator is signed out")] = 300.0
    label: Annotated[
        str,
        Field(
            pattern=r"^(/\S+|tcp://\S+:\d{1,5})?$",
            description="printer of labels (ESC/POS): /dev/usb/lp0 or tcp://host:9100; empty: the browser prints them",
        ),
    ] = ""
    scanner: Annotated[
        str, Field(pattern=r"^(/\S+)?$", description="a scanner of codes on a serial line: /dev/serial/by-id/...")
    ] = ""
    scanner_baud: Annotated[int, Field(ge=50, le=4_000_000)] = 9600
    board: Annotated[BoardSettings | None, Field(description="the market's board at /board/; off if not said")] = None
