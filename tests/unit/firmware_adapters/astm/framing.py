"""Bytes of ASTM as the tests write them, and the shortest way through a decoder."""

from firmware_adapters.astm import FAMILY
from firmware_adapters.contract import FrameRejected, Output, Reading, Send
from firmware_adapters.profile import Profile, parse_profile

ENQ, EOT, ACK, NAK = b"\x05", b"\x04", b"\x06", b"\x15"
HEADER = b"H|\\^&|||A|||||||P|LIS2-A2|20260101080000\r"
ORDER = b"O|1|S1||^^^GLU\r"
END = b"L|1|N\r"


def frame(number: int, text: bytes, *, is_last: bool = True) -> bytes:
    body = b"%d%s%s" % (number, text, b"\x03" if is_last else b"\x17")
    return b"\x02" + body + b"%02X\r\n" % (sum(body) % 256)


def bad_frame(number: int, text: bytes, *, is_last: bool = True) -> bytes:
    good = frame(number, text, is_last=is_last)
    return good[:-4] + (b"00" if good[-4:-2] != b"00" else b"01") + b"\r\n"


def result(number: int, value: bytes = b"5.1", rest: bytes = b"") -> bytes:
    return b"R|%d|^^^GLU|%s|mmol/L%s\r" % (number, value, rest)


def profile_with(text: str = "", charset: str = "latin-1") -> Profile:
    head = 'name = "test"\nfamily = "astm"\nmaker = "m"\nmodel = "m"\nevidence = "simulator"\n'
    return parse_profile(f'{head}charset = "{charset}"\n{text}', "test.toml")


def passive(stream: bytes, profile: Profile | None = None) -> list[Output]:
    decoder = FAMILY.decoder(profile or FAMILY.profile(), passive=True)
    return [*decoder.start(0.0), *decoder.receive(stream, 0.0), *decoder.stop(0.0)]


def readings(outputs: list[Output]) -> list[Reading]:
    return [output for output in outputs if isinstance(output, Reading)]


def rejected(outputs: list[Output]) -> list[tuple[str, bytes]]:
    return [(output.reason, output.data) for output in outputs if isinstance(output, FrameRejected)]


def sent(outputs: list[Output]) -> list[bytes]:
    return [output.data for output in outputs if isinstance(output, Send)]


def only_reading(
    record: bytes, profile: Profile | None = None, order: bytes = ORDER, header: bytes = HEADER
) -> Reading:
    """Return the one reading of a message with this R record."""
    outputs = passive(ENQ + frame(1, header + order + record + b"\r" + END) + EOT, profile)
    (reading,) = readings(outputs)
    return reading
