"""The certificates of one machine: those of the broker, of the page, and of the processes that talk to the broker."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from authority.ca import SERVER_DAYS, Authority, Issued
from authority.certificates import load
from authority.errors import AuthorityError
from authority.pairs import read_pair, replace_pair
from authority.requests import make_key, make_request
from process.private_files import replace


@dataclass(frozen=True, slots=True)
class Certificates:
    """The authority in `folder`/ca and the pairs that it signed, in `folder`/certificates.

    A pair that is due is renewed when it is asked for, so at every start of `shian up`."""

    folder: Path
    authority: Authority
    clock: Callable[[], datetime]

    @classmethod
    def prepare(cls, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> "Certificates":
        """Open the authority of the folder, or make it. Raises AuthorityError, OSError."""
        place = folder / "ca"
        is_there = (place / "ca.crt").exists()
        authority = Authority.open(place) if is_there else Authority.create(place, now=clock())
        (folder / "certificates").mkdir(mode=0o700, exist_ok=True)
        return cls(folder, authority, clock)

    @property
    def authority_file(self) -> Path:
        return self.folder / "ca" / "ca.crt"

    @property
    def revoked_file(self) -> Path:
        return self.folder / "certificates" / "revoked.pem"

    def host(self, hosts: Sequence[str]) -> Path:
        """Return the pair of this machine, by which broker and page are reached under `hosts`. Raises AuthorityError,
        OSError."""

        def issue(request: bytes) -> Issued:
            return self.authority.issue_server(request, hosts, now=self.clock())

        return self._pair(self.folder / "certificates" / "host.pem", issue, hosts)

    def client(self, name: str, path: Path | None = None) -> Path:
        """Return the pair of the client `name` of the broker. Raises AuthorityError, OSError."""

        def issue(request: bytes) -> Issued:
            return self.authority.issue_client(request, name, now=self.clock(), days=SERVER_DAYS)

        return self._pair(path or self.folder / "certificates" / f"{name}.pem", issue, ())

    def write_first_revocations(self) -> Path:
        """Return the list of revoked certificates, which a broker needs to start: an empty one where there is none.

        Raises OSError."""
        if not self.revoked_file.exists():
            replace(self.revoked_file, self.authority.revocations((), now=self.clock(), number=0), 0o644)
        return self.revoked_file

    def _pair(self, path: Path, issue: Callable[[bytes], Issued], hosts: Sequence[str]) -> Path:
        if not self._is_good(path, hosts):
            key = make_key()
            replace_pair(path, key, issue(make_request(key)).pem)
        return path

    def _is_good(self, path: Path, hosts: Sequence[str]) -> bool:
        """Tell whether the pair is not due, of this authority, and good for `hosts`."""
        try:
            is_due = read_pair(path).is_due(self.clock())
            certificate = load(path.read_bytes())
            certificate.verify_directly_issued_by(load(self.authority.pem))
        except (AuthorityError, InvalidSignature, ValueError, OSError):
            return False
        return not is_due and (not hosts or _hosts(certificate) == set(hosts))


def revoked_serials(path: Path) -> frozenset[int]:
    """Return the serials on a list of revoked certificates; none for a file that cannot be read."""
    try:
        return frozenset(entry.serial_number for entry in x509.load_pem_x509_crl(path.read_bytes()))
    except (OSError, ValueError):
        return frozenset()


def _hosts(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = names.get_values_for_type(x509.IPAddress)
    return {*names.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)}
