"""`shian server`: run, config check, openapi."""

from pathlib import Path
from typing import Annotated

import structlog
import typer
from pydantic import BaseModel

from process import bounds, logs
from process.checks import options
from process.checks.command import check_settings
from process.language import t
from process.private_files import refuse_open
from process.settings import SettingsError, load
from process.terminal import complain, say, write_json
from server.app import create_app
from server.checks import look, questions
from server.delivery.channels import channels
from server.run import listen, serve
from server.settings import PREFIX, DatabaseSettings, ServerSettings

log = structlog.get_logger()
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=t("API, live page and alerts", "接口、实时页面与预警"),
)
config_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=t("The settings", "配置"))
app.add_typer(config_app, name="config")

ConfigOption = Annotated[
    Path | None,
    typer.Option(help=t("server.toml; none: the environment alone", "server.toml；不给则只读环境变量")),
]
PrintOption = Annotated[
    bool, typer.Option("--print-config", help=t("print the settings in force, and end", "显示生效的配置后退出"))
]


def _settings(config: Path | None) -> ServerSettings:
    return load(ServerSettings, config, PREFIX)


def _print(settings: BaseModel) -> None:
    """Print the settings as JSON, without secrets."""
    document = settings.model_dump(mode="json")
    if document["database"]["dsn"]:
        document["database"]["dsn"] = "***"
    write_json(document, indent=2)


@app.command(help=t("Serve until SIGTERM.", "启动服务，直到收到 SIGTERM。"))
def run(config: ConfigOption = None, print_config: PrintOption = False) -> None:
    with _plain_errors():
        settings = _settings(config)
        if print_config:
            _print(settings)
            return
        refuse_open(settings)
        bounds.begin()
        logs.configure(settings.log_level)
        for kind in channels().values():
            kind.prepare(settings.delivery.of_channel(kind))
        server = create_app(settings)
        listener = listen(settings)
        serve(
            server,
            listener,
            settings.limits,
            lambda address: log.info("listening", address=address),
            tls_file=settings.tls_file,
        )


@config_app.command("check", help=t("Check the settings; nothing is started.", "检查配置，不启动任何服务。"))
def check(
    config: ConfigOption = None,
    print_config: PrintOption = False,
    offline: options.Offline = False,
    deadline: options.Deadline = options.DEADLINE_S,
    as_json: options.AsJson = False,
) -> None:
    settings = check_settings(
        ServerSettings, config, PREFIX, look, questions, offline=offline, deadline_s=deadline, as_json=as_json
    )
    if print_config:
        _print(settings)
    if not as_json:
        say(t("the settings are good", "配置正确"), err=print_config)


@app.command(help=t("Print the OpenAPI document.", "输出 OpenAPI 文档。"))
def openapi() -> None:
    nowhere = DatabaseSettings(dsn="postgresql://127.0.0.1/none")
    document = create_app(ServerSettings(database=nowhere)).openapi()
    write_json(document, indent=2)


class _plain_errors:  # noqa: N801 - reads as a word in `with`
    """Errors of the settings in one line, not as a traceback; the exit code is 2."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: object) -> None:
        if isinstance(value, SettingsError):
            complain(str(value))
            raise typer.Exit(options.EXIT_FAULTS) from value
