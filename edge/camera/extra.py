"""Checks that the extra `vision` is installed, without loading it."""

from importlib.util import find_spec

from edge.camera.errors import VisionMissingError
from process.language import t

_NEEDED = ("av", "cv2", "numpy")


def check_vision() -> None:
    """Raise VisionMissingError, which names the missing packages, unless the extra is installed."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        names = ", ".join(missing)
        raise VisionMissingError(
            t(
                f"cameras need the extra vision: pip install 'shian[edge,vision]' (missing: {names})",
                f"使用摄像头需安装 vision 组件：pip install 'shian[edge,vision]'（缺少：{names}）",
            )
        )
