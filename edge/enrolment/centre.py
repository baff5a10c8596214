"""The HTTPS exchange with the centre, by the standard library: a station without cameras has no httpx.

The first contact is made before the station knows whom to trust. The authority's certificate is fetched without any
trust and held against the fingerprint that came with the code; from then on the centre must show a certificate that
this authority signed, or one that the machine trusts anyway. The code is only said to such a centre."""

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from authority.certificates import read_certificate
from authority.errors import UnreadableError
from edge.errors import EdgeError
from process.language import t
from wire.enrolment import PATH, Enrolled, EnrolmentRequest, RenewalRequest, Renewed

_LARGEST = 256 * 1024
Answer = TypeVar("Answer", bound=BaseModel)


class CentreUnreachableError(EdgeError):
    """The centre did not answer, or not as one."""


class CentreRefusedError(EdgeError):
    """The centre refused. `reason` is its name of the problem."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class WrongAuthorityError(EdgeError):
    """The centre's authority has another fingerprint than the one that was given."""


@dataclass(frozen=True, slots=True)
class CentreDoor:
    """The centre at `url`. `authority`: PEM of the authority to trust besides the machine's own; '' for none."""

    url: str
    authority: str = ""
    timeout_s: float = 20.0

    def enrol(self, request: EnrolmentRequest) -> Enrolled:
        """Show the code. Raises CentreRefusedError, CentreUnreachableError."""
        return self._post(PATH, request, Enrolled)

    def renew(self, request: RenewalRequest) -> Renewed:
        """Ask for the next certificate. Raises CentreRefusedError, CentreUnreachableError."""
        return self._post(f"{PATH}/renewals", request, Renewed)

    def _post(self, path: str, document: BaseModel, kind: type[Answer]) -> Answer:
        context = ssl.create_default_context()
        if self.authority:
            context.load_verify_locations(cadata=self.authority)
        headers = {"Content-Type": "application/json", "Accept-Language": t("en", "zh")}
        request = urllib.request.Request(  # noqa: S310  the settings allow https, and http on this machine
            self.url.rstrip("/") + path, document.model_dump_json().encode(), headers, method="POST"
        )
        body = _ask(request, context, self.timeout_s)
        try:
            return kind.model_validate_json(body)
        except ValidationError as exc:
            raise CentreUnreachableError(f"{self.url}: {exc.error_count()} faults in the answer") from exc


def fetch_authority(url: str, fingerprint: str, timeout_s: float = 20.0) -> str:
    """Return the authority's certificate (PEM), which has this fingerprint. Nothing secret is said.

    Raises WrongAuthorityError, CentreRefusedError, CentreUnreachableError."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the fingerprint is the proof
    request = urllib.request.Request(f"{url.rstrip('/')}{PATH}/authority")  # noqa: S310  as above
    pem = _ask(request, context, timeout_s)
    try:
        found = read_certificate(pem).fingerprint
    except UnreadableError as exc:
        raise CentreUnreachableError(f"{url}: {exc}") from exc
    if found != fingerprint.lower().replace(":", ""):
        raise WrongAuthorityError(
            t(
                f"{url} shows an authority with the fingerprint {found}, not the one that was given: "
                "this is not the centre, or somebody stands between",
                f"{url} 出示的证书机构指纹为 {found}，与给定的不符：对方不是本中心，或连接被他人截获",
            )
        )
    return pem.decode("ascii", "replace")


def _ask(request: urllib.request.Request, context: ssl.SSLContext, timeout_s: float) -> bytes:
    # The environment's proxies are ignored, as for media.
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), _NoRedirects()
    )
    try:
        with opener.open(request, timeout=timeout_s) as answer:
            body: bytes = answer.read(_LARGEST)
            return body
    except urllib.error.HTTPError as exc:
        with exc:  # an answer with a connection of its own
            raise _refusal(exc) from exc
    except (urllib.error.URLError, OSError, ValueError) as exc:
        reason = getattr(exc, "reason", exc)
        raise CentreUnreachableError(f"{request.full_url}: {reason}") from exc


def _refusal(error: urllib.error.HTTPError) -> EdgeError:
    try:
        problem: Any = json.loads(error.read(_LARGEST))
        return CentreRefusedError(str(problem["type"]).rpartition(":")[2], str(problem["detail"])[:500])
    except (OSError, ValueError, KeyError, TypeError):
        return CentreUnreachableError(f"{error.url}: {error.code} {error.reason}")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """No redirect is followed: the code is for this centre alone."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None
