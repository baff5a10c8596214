"""The place of the database: the part of the settings that ingest, server and the command line share."""

from typing import Annotated

from pydantic import Field

from process.connections import read_secret
from process.language import t
from process.named_files import SecretFile
from process.settings import Settings, SettingsError


class Database(Settings):
    """Database settings: `dsn`, or `dsn_file` with the DSN alone, so that a password need not stand in the settings."""

    dsn: str = ""
    dsn_file: SecretFile | None = None
    exchange_s: Annotated[
        float, Field(gt=0, le=300, description="an exchange with the database that takes longer is given up")
    ] = 20.0

    def resolve(self) -> str:
        """Return the DSN. Raises SettingsError when there is none."""
        if self.dsn:
            return self.dsn
        if self.dsn_file is None:
            raise SettingsError(t("[database] needs dsn or dsn_file", "[database] 需要 dsn 或 dsn_file"))
        return read_secret(self.dsn_file)
