"""The settings `[oidc]` of the server."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from process.connections import read_secret
from process.language import t
from process.named_files import SecretFile
from process.settings import Settings

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class OidcSettings(Settings):
    """Sign-in by another server (OpenID Connect)."""

    issuer: Annotated[str, Field(description="https address below which /.well-known/openid-configuration lies")]
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    client_secret_file: Annotated[SecretFile | None, Field(description="none: a public client")] = None
    address: Annotated[str, Field(description="of the page, as people write it: https://food.example.gov.cn")]
    name_claim: Annotated[str, Field(description="of the id token: becomes the name of a new account")] = (
        "preferred_username"
    )
    makes_accounts: Annotated[
        bool, Field(description="whoever is not known yet gets an account, which may do nothing until it has a role")
    ] = False
    answer_s: Annotated[float, Field(gt=0, le=60)] = 10.0

    @field_validator("issuer", "address")
    @classmethod
    def _is_safe(cls, address: str) -> str:
        parts = urlsplit(address)
        is_here = parts.scheme == "http" and (parts.hostname or "") in _HERE
        if not parts.netloc or not (parts.scheme == "https" or is_here):
            raise ValueError(t("https, or http on this machine", "须为 https，或本机的 http"))
        return address.rstrip("/")

    @property
    def callback(self) -> str:
        return f"{self.address}/api/v1/oidc/callback"

    def read_secret(self) -> str | None:
        """Return the secret of this client. Raises SettingsError."""
        return read_secret(self.client_secret_file) if self.client_secret_file else None
