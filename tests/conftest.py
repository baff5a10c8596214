"""Fixtures that many folders use."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
import structlog
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from shian.local.broker import LocalBroker
from shian.local.children import child_environment
from storage.migrate import migrate
from tests.support import processes, services, watchdog
from tests.support.desk import Desk
from tests.support.desk import desk as open_desk

# A slow machine is no failure: tests judge no time.
hypothesis.settings.register_profile("shian", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("shian")

# structlog's own default prints every local of every frame: slow enough to make a test miss its deadline.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_configure(config: pytest.Config) -> None:
    """Start the watchdog. With several workers each watches over its own processes, and the run over its workers."""
    config.add_cleanup(watchdog.start())
    # Workers and programs that tests start keep their bytecode: to compile everything anew is a second of each start.
    os.environ.update(child_environment(processes.BYTECODE, os.environ))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # As a process of ours does: it refuses secrets that others may read (process/private_files.py).
    os.umask(0o077)


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # it has no types
    """Scheduling by file. With several workers a file's tests stay together, for they share the processes that the file
    started; and the tests of chaos run one at a time, for each needs the machine to meet its deadlines. By our own hook
    and not by the mark `xdist_group`: with pytest 9.2 xdist 3.8 takes no notice of that."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "chaos" if "/chaos/" in file else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return _ByFile(config, log)


SHARED = Path(__file__).resolve().parents[2] / "shared"


@dataclass(frozen=True, slots=True)
class GivenPostgres:
    """A server that somebody else runs: SHIAN_TEST_DSN, by a superuser. For servers with TimescaleDB."""

    dsn: str


@pytest.fixture(scope="session")
def postgres() -> Iterator[services.HasDsn]:
    """Start one PostgreSQL for the whole session, in memory and without fsync; or use that of SHIAN_TEST_DSN."""
    given = os.environ.get("SHIAN_TEST_DSN")
    with nullcontext(GivenPostgres(given)) if given else services.postgres(below=services.quickest()) as server:
        if given:
            services.make_roles(server)
        yield server


@pytest.fixture
def empty_dsn(postgres: services.HasDsn) -> Iterator[str]:
    """Make a new database without any table."""
    with services.database(postgres) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def migrated_template(postgres: services.HasDsn) -> Iterator[str]:
    """Make a migrated database to copy, and yield its name. Nobody may stay connected to it."""
    with services.database(postgres) as dsn:
        migrate(dsn, roles=services.ROLES)
        yield dsn.rsplit("/", 1)[1]


@pytest.fixture
def dsn(postgres: services.HasDsn, migrated_template: str) -> Iterator[str]:
    """Make a new migrated database without rows."""
    with services.database(postgres, template=migrated_template) as database:
        yield database


@pytest.fixture
def desk(dsn: str) -> Iterator[Desk]:
    """Open an ingest worker's store on a database of its own."""
    with open_desk(dsn) as centre:
        yield centre


@pytest.fixture
def broker() -> Iterator[LocalBroker]:
    """Start a broker of one's own: the session of an ingest that is gone keeps its share of the events for an hour."""
    with services.broker() as running:
        yield running


@pytest.fixture
def shared_captures() -> Path:
    """Return the folder of real transmissions, which are not part of a plain clone; skip the test without them."""
    if not (SHARED / "captures").is_dir():
        pytest.skip("no ../shared/captures beside this clone")
    return SHARED / "captures"


@pytest.fixture
def shared_models() -> Path:
    """Return the folder of the catalogue's models; skip the test without them."""
    if not (SHARED / "models").is_dir():
        pytest.skip("no ../shared/models beside this clone")
    return SHARED / "models"


@pytest.fixture
def shared_footage() -> Path:
    """Return the folder of clips with known answers; skip the test without them."""
    if not (SHARED / "footage").is_dir():
        pytest.skip("no ../shared/footage beside this clone")
    return SHARED / "footage"
