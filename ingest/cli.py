"""`shian ingest ...`: run a worker, check its settings."""

import gc
from pathlib import Path
from typing import Annotated

import typer

from ingest.settings import PREFIX, Ingest
from process.checks import options
from process.ending import event_on_signals
from process.language import t
from process.private_files import refuse_open
from process.settings import SettingsError, load
from process.terminal import say, write_json

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=t("From the broker to the database.", "从消息代理到数据库。"),
)
config_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=t("The settings.", "配置。"))
app.add_typer(config_app, name="config")

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help=t("ingest.toml; none: the environment alone.", "ingest.toml；不给则只读环境变量。")
    ),
]
PrintConfig = Annotated[
    bool, typer.Option("--print-config", help=t("Print the settings in force and end.", "打印生效的配置后退出。"))
]


@app.command(help=t("Run a worker until SIGTERM.", "运行，直到收到 SIGTERM。"))
def run(config: Config = None, print_config: PrintConfig = False) -> None:
    settings = _load(config)
    if print_config:
        _print_settings(settings)
        return
    _refuse_open(settings)
    # Imported here: the settings can be checked where neither MQTT nor PostgreSQL is installed.
    from ingest.service import Service  # noqa: PLC0415
    from process import bounds, logs  # noqa: PLC0415
    from storage.errors import StorageError  # noqa: PLC0415

    bounds.begin()
    logs.configure(settings.log_level)
    stop = event_on_signals()
    # A batch is many small objects that die together, by their counts alone: looking for circles among them at every
    # 700th costs a fifth of the rate.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    try:
        Service(settings).run(stop)
    except (StorageError, SettingsError) as exc:
        raise _failure(str(exc)) from exc
    except OSError as exc:
        raise _failure(f"{t('cannot start', '无法启动')}: {exc}") from exc


@config_app.command(help=t("Check the settings; nothing is started.", "检查配置，不启动任何服务。"))
def check(
    config: Config = None,
    print_config: PrintConfig = False,
    offline: options.Offline = False,
    deadline: options.Deadline = options.DEADLINE_S,
    as_json: options.AsJson = False,
) -> None:
    # Imported here: `run` asks nobody.
    from ingest import checks  # noqa: PLC0415
    from process.checks.command import check_settings  # noqa: PLC0415

    settings = check_settings(
        Ingest, config, PREFIX, checks.look, checks.questions, offline=offline, deadline_s=deadline, as_json=as_json
    )
    if print_config:
        _print_settings(settings)
    if not as_json:
        say(t("the settings are good", "配置正确"), err=print_config)


def _load(config: Path | None) -> Ingest:
    try:
        return load(Ingest, config, PREFIX)
    except SettingsError as exc:
        raise _failure(str(exc)) from exc


def _refuse_open(settings: Ingest) -> None:
    try:
        refuse_open(settings)
    except SettingsError as exc:
        raise _failure(str(exc)) from exc


def _print_settings(settings: Ingest) -> None:
    """Print the settings as JSON, without secrets."""
    document = settings.model_dump(mode="json")
    if document["database"]["dsn"]:
        document["database"]["dsn"] = "***"
    write_json(document, indent=2)


def _failure(message: str) -> typer.Exit:
    say(*message.split("\n"), err=True)
    return typer.Exit(options.EXIT_FAULTS)
