"""The live view: the requests of the centre to a station, and the way of pictures to it.

A command (JSON) asks for one mode of one camera for at most a minute; the centre says it again while somebody watches,
so that a lost centre ends the sending by itself. Pictures are MQTT 5 publishes of QoS 0: the content type says what the
body is, user properties say the rest. A picture that is larger than the broker's packets goes in pieces with one
sequence number; when one of them is lost, so is the picture.

- `image/jpeg`: a preview
- `video/mp4`: fragmented MP4 (ISO/IEC 14496-12): `part` is `init` (ftyp, moov) or `fragment` (moof, mdat)
- `application/json`: why nothing is sent (`Refusal`)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from wire import strict
from wire.kinds.envelope import Model
from wire.strict import Moment

Mode = Literal["preview", "video"]
Part = Literal["preview", "init", "fragment", "refusal"]
LONGEST_S = 60.0
MOST_FPS = 5.0
MOST_BYTES = 8 << 20
MOST_PIECES = 256
PIECE = 60 * 1024
_CONTENT_TYPES: dict[str, str] = {
    "preview": "image/jpeg",
    "init": "video/mp4",
    "fragment": "video/mp4",
    "refusal": "application/json",
}


class LiveError(ValueError):
    """The bytes are no command or no part of a picture."""


class LiveCommand(Model):
    """Command of one viewing server: its wish `id` for one mode of one camera. Said again it goes on, with `none` it
    ends."""

    command: Literal["live"] = "live"
    id: UUID
    camera: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
    mode: Literal["preview", "video", "none"]
    fps: Annotated[float, Field(gt=0, le=MOST_FPS, description="previews a second, at most")] = 2.0
    for_s: Annotated[float, Field(gt=0, le=LONGEST_S, description="it ends by itself after this")] = 15.0
    at: Moment


class Refusal(Model):
    """Refusal of a wish. `reason`: `unknown_camera`, `privacy` (the site does not allow this mode), `codec` (MP4 does
    not hold it), `too_many` (wishes for one camera)."""

    mode: Mode
    reason: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


def encode(command: LiveCommand) -> bytes:
    return command.model_dump_json().encode()


def decode(body: bytes) -> LiveCommand:
    """Decode a command. Raises LiveError."""
    try:
        strict.load(body)
        return LiveCommand.model_validate_json(body, strict=True)
    except (ValueError, RecursionError) as exc:
        raise LiveError(f"no command: {exc}") from exc


def decode_refusal(body: bytes) -> Refusal:
    """Decode a refusal. Raises LiveError."""
    try:
        strict.load(body)
        return Refusal.model_validate_json(body, strict=True)
    except (ValueError, RecursionError) as exc:
        raise LiveError(f"no refusal: {exc}") from exc


@dataclass(frozen=True, slots=True)
class Head:
    """Head of a picture, beside its bytes. `at_ms`: the station's clock, milliseconds since 1970. `codec`: for
    `MediaSource.isTypeSupported` (RFC 6381), of video only. `is_key`: a decoder may begin here."""

    part: Part
    sequence: int
    at_ms: int
    codec: str = ""
    is_key: bool = True
    piece: int = 0
    pieces: int = 1

    @property
    def mode(self) -> Mode:
        return "preview" if self.part == "preview" else "video"

    @property
    def content_type(self) -> str:
        return _CONTENT_TYPES[self.part]

    def for_piece(self, piece: int, pieces: int) -> "Head":
        """Return the head of one piece."""
        return replace(self, piece=piece, pieces=pieces)

    def properties(self) -> list[tuple[str, str]]:
        """Return the MQTT user properties; those with their usual value are left out."""
        said = [("part", self.part), ("n", str(self.sequence)), ("at", str(self.at_ms))]
        if self.codec:
            said.append(("codec", self.codec))
        if not self.is_key:
            said.append(("key", "0"))
        if self.pieces > 1:
            said += [("piece", str(self.piece)), ("pieces", str(self.pieces))]
        return said

    @classmethod
    def parse(cls, content_type: str, properties: Iterable[tuple[str, str]]) -> "Head":
        """Parse the properties. Raises LiveError."""
        said = dict(properties)
        part = _part(said.get("part", ""))
        if _CONTENT_TYPES[part] != content_type:
            raise LiveError(f"{part!r} as {content_type[:60]!r}")
        head = cls(
            part,
            _number(said, "n", None, 1 << 53),
            _number(said, "at", None, 1 << 53),
            said.get("codec", "")[:100],
            said.get("key", "1") != "0",
            _number(said, "piece", 0, MOST_PIECES),
            _number(said, "pieces", 1, MOST_PIECES),
        )
        if head.piece >= head.pieces:
            raise LiveError(f"piece {head.piece} of {head.pieces}")
        return head


def _part(text: str) -> Part:
    match text:
        case "preview" | "init" | "fragment" | "refusal":
            return text
    raise LiveError(f"no part {text[:40]!r}")


def _number(said: dict[str, str], name: str, usual: int | None, most: int) -> int:
    text = said.get(name)
    if text is None and usual is not None:
        return usual
    if text is None or not (text.isascii() and text.isdigit() and len(text) < 17 and int(text) <= most):
        raise LiveError(f"{name} = {(text or '')[:40]!r}")
    return int(text)


def pieces(body: bytes, largest: int) -> Sequence[bytes]:
    """Cut `body` into pieces of at most `largest` bytes; an empty sequence when it is too much to send at all."""
    size = max(1, min(largest, PIECE))
    if len(body) > min(MOST_BYTES, size * MOST_PIECES):
        return ()
    return [body[at : at + size] for at in range(0, len(body), size)] or [b""]


class Joiner:
    """Joiner of the pieces of one camera's pictures. Pieces come in order; at most one picture a part waits."""

    def __init__(self) -> None:
        self._waiting: dict[Part, tuple[Head, list[bytes]]] = {}
        self.lost = 0

    def take(self, head: Head, body: bytes) -> bytes | None:
        """Take a piece. Return the whole picture with its last piece, else None. `lost` counts those that came in
        part."""
        if head.pieces == 1:
            return body
        known = self._waiting.get(head.part)
        if head.piece == 0:
            self.lost += known is not None
            self._waiting[head.part] = (head, [body])
            return None
        if known is None:
            return None
        first, got = known
        is_next = (head.sequence, head.pieces, head.piece) == (first.sequence, first.pieces, len(got))
        if not is_next or sum(map(len, got)) + len(body) > MOST_BYTES:
            del self._waiting[head.part]
            self.lost += 1
            return None
        got.append(body)
        if len(got) < head.pieces:
            return None
        del self._waiting[head.part]
        return b"".join(got)
