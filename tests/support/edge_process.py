"""The agent in a process of its own, with the line family: `python -m tests.support.edge_process edge.toml`."""

import signal
import sys
import threading
from pathlib import Path

from edge import lean  # isort: split

lean.import_structlog_without_rich()  # both as `shian edge run` does
lean.share_one_heap()

from edge.agent import Agent  # noqa: E402
from edge.settings import PREFIX, EdgeSettings  # noqa: E402
from process import logs  # noqa: E402
from process.settings import load  # noqa: E402
from tests.support.line_family import find_family  # noqa: E402


def main() -> int:
    settings = load(EdgeSettings, Path(sys.argv[1]), PREFIX)
    logs.configure(settings.log_level)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    return 0 if Agent(settings, find_family=find_family).run(stop) else 3


if __name__ == "__main__":
    sys.exit(main())
