"""A signal ends a process wherever its main thread is."""

import signal
import subprocess
import sys

import pytest

# Nearly always inside Event.wait, where a handler that sets the event itself would wait for ever.
CODE = """
from process.ending import event_on_signals
stop = event_on_signals()
print("up", flush=True)
while not stop.wait(0):
    pass
"""


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT], [signal.SIGTERM] * 20])
def test_a_process_that_waits_on_its_event_ends(signals: list[signal.Signals]) -> None:
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", CODE], stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == b"up\n"
                for number in signals:
                    process.send_signal(number)
                assert process.wait(60) == 0
            finally:
                process.kill()
