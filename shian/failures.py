"""The error of a command of shian that cannot do its work."""


class CannotError(RuntimeError):
    """A reason why the command cannot do its work, for a person, in the person's language. The command line prints it
    and exits with 2."""
