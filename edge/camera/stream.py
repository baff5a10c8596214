"""A camera's stream, opened and read with time-outs: RTSP over TCP, a USB camera, or a file. Blocking.

PyAV's time-outs interrupt a blocking read. But after one, FFmpeg's parser may still hand out the picture that it was
holding, and only the next read fails (measured with a stopped server: 8 s instead of 4). So this module also measures
the time of every read. FFmpeg's own messages name the URL with its password: only their last words are passed on."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import av
import av.error
from av import VideoFrame
from av.container import InputContainer
from av.video.stream import VideoStream

from edge.camera.errors import StreamLostError, StreamUnavailableError
from edge.camera.packets import StreamInfo
from edge.camera.slices import Joiner, VideoPacket

_NETWORK = ("rtsp", "rtsps", "rtmp", "http", "https")
_RTSP_OPTIONS = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",  # a camera whose sound goes on while its picture stalls is stalled
    "analyzeduration": "2000000",
}
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (av.error.HTTPUnauthorizedError, "wrong_password"),
    (av.error.HTTPForbiddenError, "forbidden"),
    (av.error.HTTPNotFoundError, "not_found"),
    (av.error.HTTPError, "refused_by_camera"),
    (av.error.ConnectionRefusedError, "connection_refused"),
    (av.error.FileNotFoundError, "not_found"),
    (av.error.PermissionError, "no_permission"),
    (av.error.ExitError, "no_answer"),
    (av.error.TimeoutError, "no_answer"),
    (av.error.InvalidDataError, "not_a_stream"),
    (av.error.ProtocolNotFoundError, "unknown_protocol"),
    (OSError, "unreachable"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """The origin of a stream. `url` holds no secret. `is_looped`: a file begins again when it ends."""

    url: str
    username: str = ""
    password_file: Path | None = None
    open_s: float = 4.0
    read_s: float = 4.0
    is_looped: bool = False

    @property
    def is_live(self) -> bool:
        """Tell whether the camera sets the pace; a file does not."""
        return urlsplit(self.url).scheme in _NETWORK or self.is_device

    @property
    def is_device(self) -> bool:
        return self.url.startswith("/dev/")

    def login(self) -> tuple[str, str]:
        """Return user and password, which are never stored. Raises StreamUnavailableError."""
        if not self.username or not self.password_file:
            return self.username, ""
        try:
            return self.username, self.password_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            why = exc.strerror if isinstance(exc, OSError) else "not UTF-8"
            raise StreamUnavailableError("password_file", f"{self.password_file}: {why}") from exc


class Stream:
    """An open stream. Use it from one thread, and `close` it."""

    def __init__(self, container: InputContainer, video: VideoStream, source: Source) -> None:
        self._container = container
        self._video = video
        self._source = source
        context = video.codec_context
        rate = video.average_rate or video.guessed_rate
        self.frame_s = float(1 / rate) if rate else None
        self.info = StreamInfo(
            context.name, context.width, context.height, context.extradata or b"", video.time_base or Fraction(1, 90000)
        )

    def packets(self, monotonic: Callable[[], float] = time.monotonic) -> Iterator[VideoPacket]:
        """Yield packets as they come, each with a whole picture, until StreamLostError is raised. A file that is not
        looped ends that way, too."""
        while True:
            yield from self._once(monotonic)
            if not self._source.is_looped or self._source.is_live:
                raise StreamLostError("ended", "the camera closed it" if self._source.is_live else "end of the file")
            # The decoder must forget the end of the file before it is given the beginning.
            self._video.codec_context.flush_buffers()
            self._container.seek(0)

    def _once(self, monotonic: Callable[[], float]) -> Iterator[VideoPacket]:
        packets = self._container.demux(self._video)
        joiner = Joiner(self.info.codec, self._video)
        while True:
            asked_s = monotonic()
            try:
                packet = next(packets, None)
            except av.error.ExitError as exc:
                raise StreamLostError("stalled", f"silent for {self._source.read_s:g} s") from exc
            except (av.error.FFmpegError, OSError) as exc:
                raise StreamLostError(_named(exc, "read_error"), _words(exc)) from exc
            if self._source.is_live and monotonic() - asked_s >= self._source.read_s:
                raise StreamLostError("stalled", f"silent for {self._source.read_s:g} s")
            if packet is None:
                yield from joiner.rest()
                return
            if packet.size:  # the last ones, which flush, are empty; so are those of some broken cameras
                yield from joiner.take(packet)

    def decode(self, packet: VideoPacket) -> list[VideoFrame]:
        """Decode one packet. Raises av.error.FFmpegError for a damaged packet; the next ones may be whole."""
        return packet.decode()

    def close(self) -> None:
        self._container.close()


def open_stream(source: Source, monotonic: Callable[[], float] = time.monotonic) -> Stream:
    """Open a stream. Raises StreamUnavailableError."""
    address, asked_s = _address(source), monotonic()
    kind = "v4l2" if source.is_device else None
    options = _RTSP_OPTIONS if urlsplit(source.url).scheme.startswith("rtsp") else {}
    try:
        container = av.open(address, format=kind, options=options, timeout=(source.open_s, source.read_s))
    except (av.error.FFmpegError, OSError, ValueError) as exc:
        is_late = monotonic() - asked_s >= source.open_s
        reason = "no_answer" if is_late else _named(exc, "cannot_be_opened")
        # `from None`: the text of FFmpeg's exception names the URL with the password.
        raise StreamUnavailableError(reason, f"after {source.open_s:g} s" if is_late else _words(exc)) from None
    try:
        return _with_video(container, source)
    except BaseException:
        container.close()
        raise


def _with_video(container: InputContainer, source: Source) -> Stream:
    if not container.streams.video:
        raise StreamUnavailableError("no_video", "there is no video in this stream")
    video = container.streams.video[0]
    if video.codec_context is None:
        raise StreamUnavailableError("unknown_codec", "there is no decoder for this video")
    # More threads decode no cheaper, hold more pictures, and take the other cameras' turn.
    video.codec_context.thread_count = 1
    return Stream(container, video, source)


def _address(source: Source) -> str:
    """Return the URL with user and password. Raises StreamUnavailableError."""
    user, password = source.login()
    if not user:
        return source.url
    parts = urlsplit(source.url)
    secret = f":{quote(password, safe='')}" if password else ""
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}{secret}@{parts.netloc}"))


def _named(exc: Exception, otherwise: str) -> str:
    return next((reason for kind, reason in _REASONS if isinstance(exc, kind)), otherwise)


def _words(exc: Exception) -> str:
    """Return a description of the error without the address."""
    return str(getattr(exc, "strerror", None) or type(exc).__name__)
