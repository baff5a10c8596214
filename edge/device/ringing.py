"""Rings at the station for a failed test or a probe in trouble, also while the centre is away: a line in the log, and
the terminal's bell."""

import sys
from collections.abc import Mapping
from typing import Any

import structlog

from wire.kinds.probe import ProbeV1
from wire.kinds.result import ResultV1
from wire.terms import ProbeState

log = structlog.get_logger()


def ring(device: str, result: ResultV1) -> None:
    """Ring for a failed test."""
    log.warning(
        "failed_test",
        device=device,
        item=result.item,
        sample=result.sample.number,
        commodity=result.sample.commodity,
        value=result.value_text or result.value,
        unit=result.unit,
    )
    _bell()


def ring_typed(row: Mapping[str, Any]) -> None:
    """Ring for a failed test that a person typed in."""
    log.warning("failed_test", origin=row["origin"], item=row["item"], sample=row["sample_number"])
    _bell()


def ring_probe(device: str, trouble: ProbeV1) -> None:
    """Ring for a probe whose trouble began; note in the log that it is over."""
    if trouble.state is ProbeState.OK:
        return
    limit = trouble.limit
    log.warning(
        "out_of_range" if trouble.state is ProbeState.OUT_OF_RANGE else "probe_lost",
        device=device,
        phase=trouble.phase,
        quantity=trouble.quantity,
        channel=trouble.channel,
        value=trouble.value,
        unit=trouble.unit,
        limit=f"{limit.comparison.value} {limit.value:g} for {limit.for_s:g} s" if limit else "",
        lasted_s=trouble.lasted_s,
        reason=trouble.reason,
    )
    if trouble.phase == "start":
        _bell()


def _bell() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\a")  # noqa: TID251 - the bell
        sys.stderr.flush()
