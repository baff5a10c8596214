"""`shian edge enroll`: a station comes in by the code that the centre printed."""

from pathlib import Path
from typing import Annotated

import typer

from process.language import t
from process.settings import own_folder
from process.terminal import say, write_json


def enroll(  # noqa: PLR0917  options of a command
    server: Annotated[str, typer.Option(help=t("the centre, https://...", "中心地址，https://…"))],
    code: Annotated[
        str, typer.Option(help=t("the one-time code of `shian station add`", "shian station add 给出的一次性登记码"))
    ],
    ca_fingerprint: Annotated[
        str,
        typer.Option(
            help=t(
                "of the centre's authority, as printed beside the code; needed unless this machine trusts the centre",
                "中心证书机构的指纹，与登记码一同显示；本机已信任中心证书时可省略",
            )
        ),
    ] = "",
    folder: Annotated[Path, typer.Option(help=t("where edge.toml is written", "edge.toml 的存放目录"))] = Path(),
    data: Annotated[
        Path | None,
        typer.Option(help=t("the agent's data and keys; else edge-data beside it", "代理的数据与密钥目录")),
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(metavar="PROFILE=PORT", help=t("an analyzer; may be repeated", "检测仪，可重复")),
    ] = None,
    camera: Annotated[
        list[str] | None,
        typer.Option(metavar="[NAME=]URL", help=t("a camera or a film; may be repeated", "摄像头或视频文件，可重复")),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=t("For programs.", "输出 JSON，供程序使用。"))] = False,
) -> None:
    from authority.errors import AuthorityError  # noqa: PLC0415
    from edge.enrolment.enrol import Wishes, enrol  # noqa: PLC0415
    from edge.enrolment.wishes import camera_of, device_of  # noqa: PLC0415
    from edge.errors import EdgeError  # noqa: PLC0415
    from firmware_adapters.own_profiles import read_own_profiles  # noqa: PLC0415
    from firmware_adapters.profile import ProfileError  # noqa: PLC0415
    from process.connections import is_centre  # noqa: PLC0415

    try:
        is_centre(server)
        own = read_own_profiles(own_folder(None, "profiles"))
        wishes = Wishes(
            folder.absolute(),
            (data or folder / "edge-data").absolute(),
            [device_of(text, own) for text in device or ()],
            [camera_of(text, number) for number, text in enumerate(camera or (), start=1)],
        )
        done = enrol(server, code, ca_fingerprint, wishes)
    except (EdgeError, AuthorityError, ProfileError, OSError, ValueError) as exc:
        say(*str(exc).split("\n"), err=True)
        raise typer.Exit(2) from exc
    until = done.ends_at.isoformat() if done.ends_at else None
    if as_json:
        write_json({"station": done.station, "settings": str(done.settings), "certificate_ends_at": until}, indent=2)
        return
    good = t(f"; certificate until {until}", f"；证书有效期至 {until}") if until else ""
    say(
        t(f"enrolled as {done.station} {done.title}{good}", f"已登记为 {done.station} {done.title}{good}"),
        f"  shian edge config check --config {done.settings}",
        f"  shian edge run --config {done.settings}",
    )
