"""The problems of media, as people and stations are told."""

from dataclasses import replace

from server.problems import Kind, ProblemError

NO_TICKET = Kind(
    401,
    "station-ticket-needed",
    "A ticket signed by the station's key is needed.",
    "需要由检测点密钥签名的凭证。",
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
HOURLY = Kind(
    429,
    "media-over-budget",
    "This station has brought what it may bring within an hour; go on in the next one.",
    "该检测点本小时的上传量已达上限，请下一小时再继续。",
)
UNFINISHED = Kind(
    429,
    "media-too-many-uploads",
    "Too many uploads of this station are under way; finish some first.",
    "该检测点同时进行的上传过多，请先完成已有上传。",
    {"Retry-After": "30"},
)
NO_ROOM = Kind(
    507,
    "media-no-room",
    "The centre's disk is nearly full; try again later.",
    "中心磁盘空间不足，请稍后再试。",
    {"Retry-After": "300"},
)
AWAY = Kind(
    503,
    "media-away",
    "The store of pictures does not answer at the moment; try again.",
    "图片存储暂时没有响应，请重试。",
    {"Retry-After": "10"},
)


def over_budget(wait_s: int) -> ProblemError:
    """Return the refusal that lasts until the next hour."""
    return ProblemError(replace(HOURLY, headers={"Retry-After": str(max(1, wait_s))}))


class OffsetError(ProblemError):
    """Upload that continues at the wrong place; `offset` is the right one."""

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
