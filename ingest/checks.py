"""The looks and the questions of `shian ingest config check`."""

from collections.abc import Iterator

from ingest import session
from ingest.settings import Ingest
from process.checks.files import look_at_broker
from process.checks.findings import Finding
from process.checks.peers import Question, broker_question, look_at_listening
from process.settings import SettingsError
from storage.checks import database_question, look_at_database


def look(settings: Ingest) -> Iterator[Finding]:
    """Yield what is wrong on this machine, beside the files."""
    yield from look_at_database(("database",), settings.database)
    yield from look_at_broker(("broker",), settings.broker)
    if settings.group_file and settings.group_file.is_file():
        try:
            session.names(settings)
        except SettingsError as exc:
            if str(settings.group_file) in str(exc):  # else a file that is named already
                yield Finding(("group_file",), str(exc))
    if settings.metrics.port:
        yield from look_at_listening(("metrics", "port"), settings.metrics.host, settings.metrics.port)


def questions(settings: Ingest) -> Iterator[Question]:
    """Yield the questions to the broker and to the database."""
    yield broker_question(("broker",), settings.broker)
    yield from database_question(("database",), settings.database)
