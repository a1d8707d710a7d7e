"""Instants as the control table's items hold them."""

from __future__ import annotations

from datetime import UTC, datetime


def format_instant(at: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC, whole seconds: all of one length, so they sort as text."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str) -> datetime:
    """Read an RFC 3339 instant; one without offset is a ValueError."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("instants carry their time zone")
    return at.astimezone(UTC)
