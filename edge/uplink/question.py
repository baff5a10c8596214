"""The question of a status, and the proof in its answer.

Receipts overtake each other, so that one which says less than an earlier one proves nothing. The answer to a status is
read from the database after the status came: whatever had its receipt before the status was sent is in it, unless the
centre has lost it.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from wire.receipts import Receipt


class Question:
    """The newest status and what the centre had said before it."""

    def __init__(self) -> None:
        self._id: UUID | None = None
        self._known = 0

    def ask(self, known: int) -> UUID:
        """Return the name of a new question. `known`: up to where the centre has said that it has our stream."""
        self._id, self._known = uuid7(), known
        return self._id

    def drop(self) -> None:
        """Expect no answer: another one would say the same again."""
        self._id = None

    def shows_behind(self, receipt: Receipt) -> bool:
        """Tell whether `receipt` is the answer and ends below what the centre had said before."""
        return self._id is not None and receipt.answers == self._id and receipt.through < self._known
