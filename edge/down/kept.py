"""The last good document, in a file; a broken, forged or older one never takes its place.

The key that signed the first document is kept beside it, and every later one must have the same: a station is enrolled
at one centre. Where the centre has a new key, delete DATA/down.key."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from edge import lean
from edge.down.search import Index
from edge.samples.tables import Table
from process import private_files
from wire.down import Down, DownError, open_sealed
from wire.status import DocumentStatus
from wire.verdicts import LimitTable, shipped_limits

log = structlog.get_logger()

FILE = "down.sealed"
KEY = "down.key"


@dataclass(frozen=True, slots=True)
class InForce:
    """Document in force, its businesses in the index alone. `document` None: nothing ever came down, and the package's
    own limits judge."""

    document: Down | None
    table: Table
    index: Index


class Kept:
    """The document of a station; from any thread. `on_document`: told of each that comes into force."""

    def __init__(
        self, folder: Path, station: str, on_document: Callable[[Down], None] = lambda _document: None
    ) -> None:
        self._folder = folder
        self._station = station
        self._on_document = on_document
        self._lock = threading.Lock()
        self._now = InForce(None, Table("", LimitTable(shipped_limits())), Index.of(None))
        self.refusal = ""
        self.refused: DownError | None = None

    @property
    def now(self) -> InForce:
        return self._now

    def load(self) -> None:
        """Read the file. One that is broken is put aside and told of; then nothing has come down yet."""
        path = self._folder / FILE
        try:
            content = path.read_bytes()
        except OSError:
            return
        try:
            document, _ = open_sealed(content, self._station, key=self._key())
        except DownError as exc:
            log.error("down_not_readable", path=str(path), reason=str(exc))
            self.refusal, self.refused = f"kept file: {exc}", exc
            path.replace(path.with_name(f"{FILE}.broken"))
            return
        self._accept(document)
        del document, content
        lean.give_back()

    def take(self, content: bytes) -> Down:
        """Take a document that came. Raises DownError, and the one before stays in force; raises OSError where it
        cannot be kept."""
        with self._lock:
            before = self._now.document
            try:
                document, key = open_sealed(
                    content, self._station, key=self._key(), newer_than=before.version if before else 0
                )
            except DownError as exc:
                self.refusal, self.refused = str(exc), exc
                log.warning("down_refused", reason=exc.reason.value, detail=exc.detail)
                raise
            private_files.replace(self._folder / FILE, content)
            if not self._key():
                private_files.replace(self._folder / KEY, key.encode())
                log.info("centre_key_pinned", key=key)
            self.refusal, self.refused = "", None
            self._accept(document)
        log.info("down_in_force", version=document.version, limits=document.limits_version)
        return document

    def _accept(self, document: Down) -> None:
        table = Table(document.limits_version, LimitTable(document.limits))
        self._now = InForce(document.model_copy(update={"businesses": ()}), table, Index.of(document))
        self._on_document(document)

    def status(self) -> DocumentStatus:
        """Return what the centre is told of the document."""
        document, refused = self._now.document, self.refused
        return DocumentStatus(
            version=document.version if document else 0,
            refusal=refused.reason if refused else "",
            detail=refused.detail[:200] if refused else "",
        )

    def _key(self) -> str:
        try:
            return (self._folder / KEY).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""
