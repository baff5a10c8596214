"""One house for all simulations of a session."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from shian.local.postgres import LocalPostgres
from tests.simulate.centre import House, house


@pytest.fixture(scope="session")
def open_house(postgres: LocalPostgres) -> Iterator[House]:
    with house(postgres) as opened:
        yield opened


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    """Silence the logs: the code under test reports every harm that is done to it, thousands of times."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable()
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        structlog.configure(**before)
