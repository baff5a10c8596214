"""JSON documents in a stream without any framing: a document ends with the bracket that closes its first one.

Rules
- Bytes are read as tokens, each once, however they arrive: a document of n bytes costs n steps. Brackets within strings
  count for nothing.
- A document is an object, or an array of objects or arrays; within it an array may hold anything (a curve). It has at
  most 64 KiB, 16 levels and strings of 4 KiB: more is `too_long`.
- A byte that cannot be JSON ends a candidate at once. The candidate is rejected (`record`) when it had a whole key,
  else noise.
- Behind the first byte of a cut or broken candidate the search goes on, so whole objects within are documents. Each
  must then stand for itself (see `records`).
- UTF-8 only, and all of it: a byte of a hanzi can then never look like a bracket.
- White space between documents, and the host's READ in a capture, are passed over.
"""

import re
from dataclasses import dataclass, field

from firmware_adapters.asking import exactly
from firmware_adapters.framing import FOREIGN, Broken, Judgement, Mark, More, Stateless, Whole

READ = b"READ"
REQUESTS = (exactly("read", READ),)

LONGEST = 64 * 1024
_LONGEST_STRING = 4096
_DEEPEST = 16
_TOKEN = re.compile(
    rb'[ \t\n\r]+|"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"|[{}\[\],:]'
    rb"|(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?=[ \t\n\r,\]}])"
)
_BEGUN = re.compile(
    rb'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*(?:\\(?:u[0-9a-fA-F]{0,3})?)?'
    rb"|t(?:r(?:ue?)?)?|f(?:a(?:l(?:se?)?)?)?|n(?:u(?:ll?)?)?|-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:[eE][+-]?\d*)?)?"
)
_SPACE = re.compile(rb"\s+")
# What may follow: a set of the kinds of token, by what stands before.
_AFTER_OPEN = {ord("{"): b'"}', ord("["): b"{[]"}
_CLOSES = {ord("}"): ord("{"), ord("]"): ord("[")}


@dataclass(slots=True)
class _Progress:
    """Progress in reading a candidate. `wanted` are the bytes that the next token may begin with."""

    offset: int
    place: int = 0
    wanted: bytes = b"{["
    stack: list[int] = field(default_factory=list)
    is_key: bool = False
    has_key: bool = False


class _IllegalError(ValueError):
    """No JSON, or more of it than is believed."""


class DocumentGrammar(Stateless):
    """Grammar of JSON documents; the rules stand in the module's text."""

    heads = re.compile(rb"[{\[\sR]")

    def __init__(self) -> None:
        self._progress = _Progress(-1)

    def judge(self, buffer: bytearray, offset: int, /) -> Judgement:
        if found := _SPACE.match(buffer):
            return Mark(found.end(), "space")
        if buffer[:1] == b"R":
            if buffer[:4] == READ:
                return Mark(4, "host")
            return More(is_ours=False) if READ.startswith(buffer) else FOREIGN
        return self._judge_document(buffer, offset)

    def _judge_document(self, buffer: bytearray, offset: int) -> Judgement:
        if self._progress.offset != offset:
            self._progress = _Progress(offset)
        progress = self._progress
        try:
            is_whole = _advance(progress, buffer)
        except _IllegalError as exc:
            reason = "too_long" if str(exc).startswith("more") else "record"
            return Broken(reason, max(1, progress.place), str(exc)) if progress.has_key else FOREIGN
        if not is_whole:
            return More(is_ours=progress.has_key)
        try:
            buffer[: progress.place].decode("utf-8")
        except UnicodeDecodeError as exc:
            return Broken("record", progress.place, str(exc))
        return Whole(progress.place, "document")


def _advance(progress: _Progress, buffer: bytearray) -> bool:
    """Read the tokens that are whole. True when the document is. Raises _IllegalError."""
    while progress.place < len(buffer):
        token = _TOKEN.match(buffer, progress.place)
        if token is None:
            begun = _BEGUN.match(buffer, progress.place)
            if begun is None or begun.end() < len(buffer):
                raise _IllegalError("no JSON")
            if begun.end() - begun.start() > _LONGEST_STRING:
                raise _IllegalError("more than a string may have")
            return False
        if not token[0].isspace():
            _follow(progress, token[0][0])
        progress.place = token.end()
        if progress.place > LONGEST:
            raise _IllegalError("more than a document may have")
        if not progress.stack:
            return True
    return False


def _follow(progress: _Progress, first: int) -> None:
    """Take a token that begins with `first`."""
    kind = b"0"[0] if first not in b'{}[],:"' else first
    if kind not in progress.wanted:
        raise _IllegalError("no JSON")
    match chr(kind):
        case "{" | "[":
            more = b'"0' if progress.stack and kind == ord("[") else b""
            progress.stack.append(kind)
            progress.wanted, progress.is_key = _AFTER_OPEN[kind] + more, kind == ord("{")
            if len(progress.stack) > _DEEPEST:
                raise _IllegalError("more levels than a document may have")
        case "}" | "]":
            if progress.stack.pop() != _CLOSES[kind]:
                raise _IllegalError("no JSON")
            progress.wanted, progress.is_key = b",}]", False
        case ",":
            is_object = progress.stack[-1] == ord("{")
            progress.wanted, progress.is_key = (b'"', True) if is_object else (b'{["0', False)
        case ":":
            progress.wanted, progress.is_key, progress.has_key = b'{["0', False, True
        case _:
            progress.wanted = b":" if progress.is_key else b",}]"
