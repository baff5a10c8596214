"""The ticket of an upload: a compact JWS (RFC 7515, alg Ed25519 of RFC 9864) by the key that the station's checkpoints
are signed with. Payload: `iss` the station, `aud` "shian-media", `sub` the sha256 that it is for, `iat`, `exp`.

No secret has to be brought to a station for it: the centre knows the key since the first checkpoint.
"""

import base64
from datetime import datetime
from typing import Annotated

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field

from server.database import Database
from server.media.errors import NO_TICKET
from server.problems import ProblemError
from wire.kinds.envelope import STATION_PATTERN

AUDIENCE = "shian-media"
_ALGORITHM = "Ed25519"
# A station's clock may be wrong by minutes; a ticket allows nothing but bringing the bytes of one hash.
_LEEWAY_S = 24 * 3600


_Time = Annotated[int | float, Field(ge=0, lt=2**53, allow_inf_nan=False)]


class _Claims(BaseModel):
    """Claims of the right types. joserfc compares them as they are: a text in the place of a time is a TypeError."""

    model_config = ConfigDict(strict=True)

    iss: Annotated[str, Field(pattern=f"^{STATION_PATTERN}$")]
    aud: str
    sub: str
    exp: _Time
    iat: _Time = 0
    nbf: _Time = 0


class _Key(BaseModel):
    public_key: str | None
    now: datetime


async def station_of(db: Database, authorization: str, subject: str, *, audience: str = AUDIENCE) -> str:
    """Return the station that shows a good ticket for `subject`: the hash of a file, or its own name. Raises
    ProblemError (401)."""
    scheme, _, ticket = authorization.partition(" ")
    if scheme.lower() != "bearer" or len(ticket) > 4096:
        raise ProblemError(NO_TICKET)
    try:
        station = _Claims.model_validate_json(jws.extract_compact(ticket.strip().encode()).payload).iss
    except (JoseError, ValueError) as exc:
        raise ProblemError(NO_TICKET) from exc
    known = await db.row(_Key, "media.station_key", {"station": station})
    if known is None or known.public_key is None:
        raise ProblemError(NO_TICKET)
    try:
        token = jwt.decode(ticket.strip(), _public_key(known.public_key), algorithms=[_ALGORITHM])
        wanted = jwt.JWTClaimsRegistry(
            now=int(known.now.timestamp()),  # the clock that the station learns from its receipts
            leeway=_LEEWAY_S,
            aud={"essential": True, "value": audience},
            sub={"essential": True, "value": subject},
            exp={"essential": True},
        )
        wanted.validate(token.claims)
    except (JoseError, ValueError) as exc:
        raise ProblemError(NO_TICKET) from exc
    return station


def _public_key(digits: str) -> OKPKey:
    coordinate = base64.urlsafe_b64encode(bytes.fromhex(digits)).rstrip(b"=").decode()
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": coordinate})
