"""Keys and requests (PKCS #10). The key is made where it is used and never leaves that machine.

ECDSA on P-256: Mosquitto, EMQX, OpenSSL and browsers all take it, unlike Ed25519 in TLS."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from authority.errors import BadRequestError

Key = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey

_LONGEST = 16_384
_SMALLEST_RSA = 2048


def make_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: Key) -> bytes:
    """Return the key as PEM (PKCS #8, not encrypted: the file's mode protects it)."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def make_request(key: Key, name: str = "") -> bytes:
    """Return a request for a certificate as PEM. `name`: a hint, for the authority chooses the name."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)] if name else [])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM)


def read_request(pem: bytes) -> PublicKey:
    """Return the public key of a request, once it has shown that it holds the private one. Raises BadRequestError."""
    if len(pem) > _LONGEST:
        raise BadRequestError("the request is longer than any request is")
    try:
        request = x509.load_pem_x509_csr(pem)
        is_signed = request.is_signature_valid
        key = request.public_key()
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as exc:
        raise BadRequestError(f"the request cannot be read: {exc}") from exc
    if not is_signed:
        raise BadRequestError("the request is not signed by its own key")
    match key:
        case ec.EllipticCurvePublicKey(curve=ec.SECP256R1() | ec.SECP384R1()) | ed25519.Ed25519PublicKey():
            return key
        case rsa.RSAPublicKey() if key.key_size >= _SMALLEST_RSA:
            return key
    raise BadRequestError("the request's key is too weak or of a kind that is not known: take ECDSA on P-256")
