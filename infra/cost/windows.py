"""How often a schedule's expression goes off."""

import re

MONTH_HOURS = 730
_UNITS = {"minute": MONTH_HOURS * 60, "hour": MONTH_HOURS, "day": MONTH_HOURS / 24}


def ticks_in_month(expression: str) -> float:
    """Return the ticks of a month. Raises ValueError: neither a rate nor a cron of one tick an hour or a day."""
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return _UNITS[rate[2]] / int(rate[1])
    if re.fullmatch(r"cron\(\d+ \* \* \* \? \*\)", expression):
        return _UNITS["hour"]
    if re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", expression):
        return _UNITS["day"]
    raise ValueError(f"unknown schedule: {expression}")
