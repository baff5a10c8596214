"""The archive that the settings name."""

from server.media.archive import Archive, FolderArchive
from server.settings import MediaSettings


def archive_of(settings: MediaSettings, below: str = "") -> Archive:
    """Make the archive, or the part of it that is called `below`."""
    assert settings.folder is not None, "asked for only when media are taken in"
    if settings.s3 is None:
        return FolderArchive(settings.folder / below)
    from server.media.s3 import S3Archive  # noqa: PLC0415  boto3 comes with an extra of its own

    prefix = "/".join(filter(None, (settings.s3.prefix.rstrip("/"), below)))
    return S3Archive(settings.s3.bucket, prefix, settings.s3.endpoint)
