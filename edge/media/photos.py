"""Photographs that people take at the station's screen: they come by the desk in pieces, and lie in the media store
before the event that names them is recorded.

A photograph is named by the sha256 of its bytes, so a piece or a file that is sent twice is nothing new."""

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from edge.media.errors import MediaError
from edge.media.store import MediaStore
from edge.samples.asked import Asked, Hash
from edge.samples.desk import Request
from edge.samples.errors import Reason, RefusedError
from process.language import t

MOST = 2 << 20
_DRAFTS = 2
_BEGIN, _END = b"\xff\xd8\xff", b"\xff\xd9"


class PhotoPiece(Asked):
    """Piece of a JPEG file: its bytes from `offset` on, in base64. `photo`: sha256 of the whole file."""

    photo: Hash
    size: Annotated[int, Field(ge=1, le=MOST)]
    offset: Annotated[int, Field(ge=0, le=MOST)]
    data: Annotated[str, Field(min_length=1, max_length=60_000)]


@dataclass(slots=True)
class Photos:
    """Photographs in the making, for one thread: the desk's."""

    store: MediaStore
    _drafts: dict[str, bytearray] = field(default_factory=dict)

    def requests(self) -> dict[str, Request]:
        """Return the request of the desk."""
        return {"photo": Request(PhotoPiece, self.take)}

    def take(self, asked: PhotoPiece) -> dict[str, Any]:
        """Take a piece, and return where the file stands; the last one keeps it. Raises RefusedError."""
        draft = self._drafts.setdefault(asked.photo, bytearray())
        while len(self._drafts) > _DRAFTS:  # whoever began before has given up
            del self._drafts[next(iter(self._drafts))]
        if asked.offset == len(draft):
            try:
                draft += base64.b64decode(asked.data, validate=True)
            except ValueError as exc:
                raise _refused() from exc
        if len(draft) < asked.size:
            return {"offset": len(draft), "is_kept": False}
        data = bytes(self._drafts.pop(asked.photo))
        is_jpeg = data.startswith(_BEGIN) and data.endswith(_END)
        if len(data) != asked.size or not is_jpeg or hashlib.sha256(data).hexdigest() != asked.photo:
            raise _refused()
        try:
            self.store.put(data, "image/jpeg", None)
        except MediaError as exc:
            raise RefusedError(Reason.NO_ROOM, str(exc)) from exc
        return {"offset": len(data), "is_kept": True}


def _refused() -> RefusedError:
    return RefusedError(Reason.BAD_REQUEST, t("this is no whole JPEG file", "不是完整的 JPEG 文件"))
