"""/api/v1/enrolments for stations: no session and no token, but a one-time code, or the station's signing key."""

from typing import Annotated

from fastapi import APIRouter, Response

from server.access.caller import Caller
from server.access.need import need
from server.enrolment.desk import Desk
from server.enrolment.problems import NO_AUTHORITY
from server.limits.rates import Rate, key_of
from server.problems import ProblemError
from wire.enrolment import PATH, Enrolled, EnrolmentRequest, RenewalRequest, Renewed

_EVERYBODY = "everybody"


class Pace:
    """Bounds on tries: ten at once from one address, then one in six seconds; of all addresses together sixty."""

    def __init__(self) -> None:
        self._each = Rate("enrolment", burst=10, per_s=1 / 6)
        self._all = Rate("enrolments", burst=60, per_s=1)

    def check(self, address: str) -> None:
        """Count a try. Raises ProblemError (429)."""
        self._each.check(key_of(address))
        self._all.check(_EVERYBODY)


def router(desk: Desk) -> APIRouter:
    """Return the routes by which stations come in."""
    routes = APIRouter(prefix=PATH.removeprefix("/api/v1"), tags=["enrolment"])
    pace = Pace()

    @routes.get("/authority", response_class=Response, dependencies=[need("open.authority")])
    async def authority() -> Response:
        """Return the authority's certificate (PEM). Hold it against the fingerprint that came with the code."""
        if desk.authority is None:
            raise ProblemError(NO_AUTHORITY)
        return Response(desk.authority.pem, media_type="application/x-pem-file")

    @routes.post("", status_code=201)
    async def enrol(asked: EnrolmentRequest, caller: Annotated[Caller, need("stations.enrol")]) -> Enrolled:
        """Take a station in by its one-time code: certificate, signing key, all that its settings need."""
        pace.check(caller.address)
        return await desk.enrol(asked, caller.address)

    @routes.post("/renewals", status_code=201)
    async def renew(asked: RenewalRequest, caller: Annotated[Caller, need("stations.renew")]) -> Renewed:
        """Issue the next certificate to an enrolled station, by a signature of its signing key."""
        pace.check(caller.address)
        return await desk.renew(asked, caller.address)

    return routes
