"""Small readers of a CloudFormation template."""

from typing import Any

Resources = dict[str, dict[str, Any]]


def of_type(resources: Resources, kind: str) -> Resources:
    """The properties of every resource of one type, by logical id."""
    return {name: resource["Properties"] for name, resource in resources.items() if resource["Type"] == kind}


def as_list(value: Any) -> list[Any]:
    """A policy's value that may be one or several."""
    return value if isinstance(value, list) else [value]
