"""Errors of the edge, as one small tree."""


class EdgeError(Exception):
    """Base of the edge's own errors."""


class KeyFileError(EdgeError):
    """The signing key cannot be read or written; the message names the file."""


class SpoolError(EdgeError):
    """The spool cannot be used; nothing was written."""


class SpoolLockedError(SpoolError):
    """Another agent has this spool open."""


class SpoolFullError(SpoolError):
    """No room on the disk, or the disk takes no writes: try the same batch again later."""


class SpoolBrokenError(EdgeError):
    """The spool's file is damaged: the agent must stop, and put it aside at the next start."""


class LinkError(EdgeError):
    """Base of the errors of links."""


class LinkUnavailableError(LinkError):
    """The port is not there, is taken, or is not unique."""


class LinkLostError(LinkError):
    """The port was open and is lost."""
