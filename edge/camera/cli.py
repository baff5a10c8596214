"""`shian edge camera ...`: tools for cameras. A command loads its libraries only when it runs."""

import typer

from edge.camera.detect import calibrate_cli, teach_cli
from edge.camera.tuning import cli as tuning_cli
from process.language import t

app = typer.Typer(no_args_is_help=True, help=t("Tools for cameras.", "摄像头工具。"))
teach_cli.mount(app)
calibrate_cli.mount(app)
tuning_cli.mount(app)
