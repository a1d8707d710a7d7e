"""What of the template grows with the parameter `JobScale`."""

from collections.abc import Mapping
from typing import Any

from infra.template.generate import Tagged

JOB_SCALE = "JobScale"


def read_at_scale(value: Any, mappings: Mapping[str, Any], scale: str) -> int:
    """Return a number of the template, or the one that a mapping has for this scale."""
    if isinstance(value, Tagged) and value.tag == "FindInMap":
        mapping, row, _ = value.value
        return int(mappings[mapping][row][scale])
    return int(value)
