"""`shian edge screen`: serves the station's own screen."""

from contextlib import ExitStack
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING, Annotated

import typer

from edge import lean
from edge import settings as edge_settings
from edge.samples.client import AgentAwayError, AgentClient, AskRefusedError
from edge.screen.address import is_loopback, place
from edge.screen.settings import ScreenSettings
from edge.settings import EdgeSettings
from process.language import t
from process.settings import SettingsError, load
from process.terminal import say

if TYPE_CHECKING:
    from edge.screen.news import News
    from edge.screen.serial_scanner import SerialScanner

_EXIT = 2


def screen(
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help=t("The settings, edge.toml.", "配置文件 edge.toml。"))
    ] = None,
    listen: Annotated[
        str | None, typer.Option(help=t("Address and port, as in 127.0.0.1:8200.", "地址和端口，如 127.0.0.1:8200。"))
    ] = None,
    cert: Annotated[Path | None, typer.Option(help=t("Certificate for TLS, in PEM.", "TLS 证书（PEM）。"))] = None,
    key: Annotated[Path | None, typer.Option(help=t("Its key, in PEM.", "证书私钥（PEM）。"))] = None,
) -> None:
    try:
        settings = load(EdgeSettings, config, edge_settings.PREFIX)
        said = {"listen": listen, "cert_file": cert, "key_file": key}
        chosen = settings.screen.model_copy(update={name: value for name, value in said.items() if value is not None})
        serve(settings, chosen)
    except SettingsError as exc:
        say(*str(exc).split("\n"), err=True)
        raise typer.Exit(_EXIT) from exc


def serve(settings: EdgeSettings, chosen: ScreenSettings) -> None:
    """Serve until SIGTERM or SIGINT. Raises SettingsError."""
    lean.import_structlog_without_rich()
    lean.share_one_heap()
    import structlog  # noqa: PLC0415  after that

    try:
        from edge.screen.app import create_app, create_board  # noqa: PLC0415  an extra of its own
        from edge.screen.news import News  # noqa: PLC0415
        from edge.screen.run import beside, new_server  # noqa: PLC0415
        from edge.screen.run import listen as listen_at  # noqa: PLC0415
    except ModuleNotFoundError as exc:
        raise SettingsError(
            t(f"the screen needs shian[screen]: {exc}", f"工作屏需要安装 shian[screen]：{exc}")
        ) from exc
    from edge.samples.desk import SOCKET  # noqa: PLC0415
    from process import logs  # noqa: PLC0415

    logs.configure(settings.log_level)
    host, port = place(chosen.listen)
    socket, is_open = settings.data / SOCKET, not is_loopback(host)
    has_tls = chosen.cert_file is not None and chosen.key_file is not None
    if is_open:
        check_open(host, socket, has_tls=has_tls)
    news = News(socket)
    app = create_app(
        socket,
        news,
        idle_s=chosen.idle_s,
        names=names(host, chosen.names),
        is_open=is_open,
        has_tls=has_tls,
        label=chosen.label,
        board=chosen.board,
        scanner=make_scanner(chosen, news) if chosen.scanner else None,
    )
    listener = listen_at(host, port)
    structlog.get_logger().info(
        "screen_listens", address=f"{'https' if has_tls else 'http'}://{host}:{listener.getsockname()[1]}"
    )
    server = new_server(app, news.leave, chosen.cert_file, chosen.key_file)
    with ExitStack() as stack:
        if (policy := chosen.board) is not None:
            structlog.get_logger().info("board_shown", allowed_by=policy.allowed_by, words=policy.words)
            if policy.listen:
                its_host, its_port = place(policy.listen)
                its_listener = listen_at(its_host, its_port)
                board = create_board(socket, policy, names(its_host, chosen.names))
                stack.enter_context(beside(new_server(board), its_listener, server))
                structlog.get_logger().info(
                    "board_listens", address=f"http://{its_host}:{its_listener.getsockname()[1]}"
                )
        server.run(sockets=[listener])


def make_scanner(chosen: ScreenSettings, news: "News") -> "SerialScanner":
    """Build the scanner on a serial line, not opened yet."""
    from edge.screen.serial_scanner import SerialScanner  # noqa: PLC0415  pyserial, only where there is one

    return SerialScanner(chosen.scanner, chosen.scanner_baud, news.scanned, news.scanner_changed)


def check_open(host: str, socket: Path, *, has_tls: bool) -> None:
    """Refuse to serve beyond this machine without TLS, and without an operator who has a PIN. Raises SettingsError."""
    if not has_tls:
        raise SettingsError(
            t(
                f"{host} is beyond this machine: --cert and --key are needed, and operators with PINs",
                f"{host} 可从其他机器访问：须指定 --cert 和 --key，且检测员须设置 PIN",
            )
        )
    try:
        with AgentClient(socket) as agent:
            operators = agent.ask("down")["operators"]
    except (AgentAwayError, AskRefusedError) as exc:
        raise SettingsError(
            t(
                f"the agent does not answer, so that nobody knows who may sign in: {exc}",
                f"本机代理没有响应，无法确认谁可以登录：{exc}",
            )
        ) from exc
    if not any(one.get("pin") for one in operators):
        raise SettingsError(
            t(
                f"{host} is beyond this machine, and no operator has a PIN: shian operators pin CODE at the centre",
                f"{host} 可从其他机器访问，但没有检测员设置 PIN：请在中心执行 shian operators pin 代码",
            )
        )


def names(host: str, more: tuple[str, ...]) -> frozenset[str]:
    """Return the names by which browsers may call the screen: the address, those of the settings, our own."""
    own = {"127.0.0.1", "localhost", "::1"}
    everywhere = host in ("0.0.0.0", "::")  # noqa: S104  compared with, not listened on
    return frozenset(own | set(more) | ({gethostname()} if everywhere else {host}))
