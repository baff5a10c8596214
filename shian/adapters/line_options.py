"""Line settings on the command line: those of a profile, each of them overridden by its option."""

from typing import Annotated

import typer
from pydantic import ValidationError

from firmware_adapters.own_profiles import OwnProfiles
from firmware_adapters.profile import LineSettings
from process.language import t
from shian.adapters.own import find_profile
from shian.failures import CannotError

Baud = Annotated[int | None, typer.Option(help=t("baud rate; 9600 without a profile", "波特率；无配置时为 9600"))]
Bytesize = Annotated[int | None, typer.Option(help=t("data bits, 5 to 8", "数据位，5 至 8"))]
Parity = Annotated[str | None, typer.Option(help=t("N, E, O, M or S", "校验位：N、E、O、M 或 S"))]
Stopbits = Annotated[float | None, typer.Option(help=t("1, 1.5 or 2", "停止位：1、1.5 或 2"))]


def line_settings(
    profile: str | None,
    own: OwnProfiles,
    *,
    baud: int | None,
    bytesize: int | None,
    parity: str | None,
    stopbits: float | None,
) -> LineSettings:
    """Return the line settings of a profile, overridden by the options. Raises CannotError."""
    base = find_profile(profile, own)[1].line if profile else LineSettings()
    asked = {"baud": baud, "bytesize": bytesize, "parity": parity and parity.upper(), "stopbits": stopbits}
    given = {key: value for key, value in asked.items() if value is not None}
    try:
        return LineSettings.model_validate(base.model_dump() | given)
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        raise CannotError(t(f"--{key}: {first['msg']}", f"--{key}：取值无效（{first['msg']}）")) from exc
