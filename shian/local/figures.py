"""The few numbers that `shian up` shows while it runs, read beside its main loop: a database that is away or slow never
holds up the supervision."""

import threading

import psycopg

from shian.local.screen import Figures

_EVERY_S = 1.0
_NUMBERS = """
SELECT (SELECT count(*) FROM station WHERE state = 'online'),
       (SELECT count(*) FROM station),
       (SELECT coalesce(sum(tests), 0) FROM daily_result),
       (SELECT coalesce(sum(tests), 0) FROM daily_result WHERE verdict = 'fail'),
       (SELECT count(*) FROM alert WHERE state = 'open')
"""


class FiguresReader:
    """A thread that reads the figures while the context lasts. `latest` is None while the database does not answer."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="figures")
        self.latest: Figures | None = None

    def __enter__(self) -> "FiguresReader":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_ending.is_set():
            try:
                with psycopg.connect(self._dsn, autocommit=True, connect_timeout=2) as connection:
                    self._read(connection)
            except psycopg.Error:
                self.latest = None
            self._is_ending.wait(_EVERY_S)

    def _read(self, connection: "psycopg.Connection[tuple[int, ...]]") -> None:
        connection.execute("SET statement_timeout = '2s'")
        while not self._is_ending.is_set():
            row = connection.execute(_NUMBERS).fetchone()
            if row:
                self.latest = Figures(*(int(number) for number in row))
            self._is_ending.wait(_EVERY_S)
