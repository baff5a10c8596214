"""Settings of the proof: the centre's key, how often an anchor is made, and the places that keep it."""

from typing import Annotated

from pydantic import Field

from process.named_files import KeyFile, OwnFolder, SecretFile
from process.settings import Settings


class WebhookPlace(Settings):
    """A POST of each anchor, signed by Standard Webhooks. `secret_file`: whsec_ and base64."""

    url: Annotated[str, Field(max_length=2000)]
    secret_file: SecretFile
    allow_private_address: bool = False


class MailPlace(Settings):
    """A mail with each anchor. Without `username` nobody signs in."""

    host: str
    port: Annotated[int, Field(ge=1, le=65535)] = 465
    security: Annotated[str, Field(pattern="^(tls|starttls|none)$")] = "tls"
    username: str = ""
    password_file: SecretFile | None = None
    sender: str
    to: Annotated[tuple[str, ...], Field(min_length=1, max_length=20)]
    each: Annotated[int, Field(ge=1, le=24, description="only each so-manieth anchor is mailed")] = 1


class S3Place(Settings):
    """An object for each anchor in a bucket with object lock (extra `s3`). boto3 finds the credentials."""

    bucket: Annotated[str, Field(min_length=3, max_length=63)]
    prefix: str = "anchors"
    endpoint: str | None = None
    lock_days: Annotated[int, Field(ge=1, le=36_500, description="nobody can delete it for so long")] = 3650
    mode: Annotated[str, Field(pattern="^(COMPLIANCE|GOVERNANCE)$")] = "COMPLIANCE"


class ProofSettings(Settings):
    """Table `[proof]` of server.toml. Without a key nothing is signed and no anchor is made."""

    key_file: Annotated[KeyFile | None, Field(description="the centre's key: `shian proof key FILE` makes one")] = None
    every_s: Annotated[float, Field(ge=1, description="between two anchors")] = 3600.0
    look_s: Annotated[float, Field(gt=0, le=300, description="between two looks: new deeds are signed then")] = 30.0
    lists_days: Annotated[int, Field(ge=1, description="the database keeps the lists of an anchor for so long")] = 400
    folder: Annotated[OwnFolder | None, Field(description="files that only grow, one a month")] = None
    webhook: WebhookPlace | None = None
    mail: MailPlace | None = None
    s3: S3Place | None = None
