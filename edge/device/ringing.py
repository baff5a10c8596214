"""Rings at the station for a failed test, also while the centre is away: a line in the log, and the terminal's bell."""

import sys

import structlog

from wire.kinds.result import ResultV1

log = structlog.get_logger()


def ring(device: str, result: ResultV1) -> None:
    log.warning(
        "failed_test",
        device=device,
        item=result.item,
        sample=result.sample.number,
        commodity=result.sample.commodity,
        value=result.value_text or result.value,
        unit=result.unit,
    )
    if sys.stderr.isatty():
        sys.stderr.write("\a")  # noqa: TID251 - the bell
        sys.stderr.flush()
