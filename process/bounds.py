"""The bounds that every long-running process sets for itself when it begins, however it was started."""

import os
import resource


def begin() -> None:
    """Let files that this process makes be its user's alone, and let it open as many files as it may.

    A shell's soft limit of 1,024 is for programs that wait by select(2): a server has a connection more than that.
    """
    os.umask(0o077)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
