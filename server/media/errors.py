"""What can be wrong with media, as people and stations are told."""

from server.problems import Kind, ProblemError

NO_TICKET = Kind(
    401,
    "station-ticket-needed",
    "A ticket signed by the station's key is needed.",
    "需要由检测站密钥签名的凭证。",
    {"WWW-Authenticate": 'Bearer realm="shian-media"'},
)
NOT_EXPECTED = Kind(
    404,
    "media-not-expected",
    "No accepted event of this station names this; try again later.",
    "该站尚无已接收的事件引用此内容，请稍后再试。",
)
TOO_LARGE = Kind(413, "media-too-large", "This is larger than what is taken in.", "内容超过允许的大小。")
NOT_THAT = Kind(
    422,
    "media-not-that",
    "The bytes do not have this hash, or are neither a JPEG picture nor an MP4 clip; what came was dropped.",
    "内容与摘要不符，或既非 JPEG 图片也非 MP4 视频；已丢弃。",
)
BAD_OFFSET = Kind(
    422, "media-bad-offset", "Upload-Offset and Upload-Length must be numbers.", "上传偏移和长度须为数字。"
)
AWAY = Kind(
    503,
    "media-away",
    "The store of pictures does not answer at the moment; try again.",
    "图片存储暂时没有响应，请重试。",
    {"Retry-After": "10"},
)


class OffsetError(ProblemError):
    """Somebody continues at the wrong place; `offset` is the right one."""

    def __init__(self, offset: int) -> None:
        super().__init__(
            Kind(
                409,
                "media-wrong-offset",
                f"The upload stands at {offset}.",
                f"上传应从 {offset} 处继续。",
                {"Upload-Offset": str(offset)},
            )
        )
        self.offset = offset
