"""How a command of shian says that it cannot do its work."""


class CannotError(RuntimeError):
    """The message is for a person, in his language. The command line prints it and exits with 2."""
