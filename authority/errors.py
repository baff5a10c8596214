"""Errors of this package; each message names the file or the name that is wrong."""


class AuthorityError(Exception):
    """Error of the certificates of a district."""


class ThereAlreadyError(AuthorityError):
    """A file is there already. Nothing was written: no key is ever overwritten."""


class NotThereError(AuthorityError):
    """Folder without an authority."""


class UnreadableError(AuthorityError):
    """A file holds no certificate or no key that can be read."""


class BadRequestError(AuthorityError):
    """A request for a certificate is damaged, not signed by its own key, or made with a key that is too weak."""


class BadNameError(AuthorityError):
    """A name that no certificate may carry."""
