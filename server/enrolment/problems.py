"""The answers to a station that does not come in. Of a code that is not right nothing more is said than that."""

from server.problems import Kind

WRONG_CODE = Kind(
    403,
    "wrong-code",
    "This code is not right. After five wrong ones it ends.",
    "登记码不正确。连续输错五次后该登记码失效。",
)
LATE_CODE = Kind(
    403,
    "late-code",
    "This code has expired: ask for a new one (shian station rekey).",
    "登记码已过期：请重新获取（shian station rekey）。",
)
ENDED_CODE = Kind(
    403,
    "ended-code",
    "This code was used or replaced: ask for a new one (shian station rekey).",
    "登记码已使用或已被替换：请重新获取（shian station rekey）。",
)
BAD_REQUEST = Kind(
    422,
    "bad-certificate-request",
    "The request for a certificate is not sound, or not signed by the station's key.",
    "证书申请无效，或未由本检测点的密钥签名。",
)
NOT_KNOWN = Kind(
    403,
    "station-not-known",
    "No enrolled station is known by this key: enrol it anew.",
    "没有以此密钥登记的检测点：请重新登记。",
)
NO_AUTHORITY = Kind(
    404,
    "no-authority",
    "This centre issues no certificates.",
    "本中心不签发证书。",
)
ENOUGH = Kind(
    429,
    "enough-certificates",
    "This station got many certificates today.",
    "该检测点今天已签发多张证书。",
    {"Retry-After": "3600"},
)
