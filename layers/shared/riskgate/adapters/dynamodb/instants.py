"""Instants as items hold them: whole seconds where people edit the item or it expires, else microseconds."""

from __future__ import annotations

from datetime import UTC, datetime


def format_seconds(at: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC, whole seconds: all of one length, so they sort as text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def format_microseconds(at: datetime) -> str:
    """Write an instant in UTC as RFC 3339, to the microsecond: all of one length too."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant; one without offset is a ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("instants carry their time zone")
    return at.astimezone(UTC)
