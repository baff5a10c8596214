"""How long a value must be back in its range before that is told: one rule for the station and the centre. Pure.

Two minutes. Each new alarm within an hour of the last one doubles that time, up to half an hour: a value that swings
around its limit makes a handful of alarms, and none of them comes later.
"""

import math

BACK_S = 120.0
_LONGEST_S = 1800.0
_CALM_S = 3600.0


def next_patience(before_s: float, calm_s: float = math.inf) -> float:
    """Return the patience of an alarm that begins now. `before_s`: that of the last one, which ended `calm_s` ago."""
    return BACK_S if calm_s > _CALM_S else min(_LONGEST_S, 2 * before_s)
