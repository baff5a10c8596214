"""Where the database is: the part of the settings that ingest, server and the command line share."""

from pathlib import Path

from process.language import t
from process.settings import Settings, SettingsError


class Database(Settings):
    """`dsn`, or `dsn_file` with the DSN in its first line, so that a password need not stand in the settings."""

    dsn: str = ""
    dsn_file: Path | None = None

    def resolve(self) -> str:
        """The DSN. Raises SettingsError when there is none."""
        if self.dsn:
            return self.dsn
        if self.dsn_file is None:
            raise SettingsError(t("[database] needs dsn or dsn_file", "[database] 需要 dsn 或 dsn_file"))
        try:
            return self.dsn_file.read_text("utf-8").split("\n", 1)[0].strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise SettingsError(f"[database] dsn_file {self.dsn_file}: {exc}") from exc
