"""Read what a sender posted: the body as it came, and as JSON; chart services declare it as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from riskgate.core.errors import InvalidRequest
from riskgate.schemas.http.headers import single_header
from riskgate.schemas.http.json_body import BODY_MAX_BYTES, JSON_OR_TEXT, parse_text, read_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One request to a webhook that nothing is proven of yet: `text` is the body, `fields` the JSON in it."""

    name: str
    path_secret: str | None = field(repr=False)
    text: str = field(repr=False)
    fields: Mapping[str, Any] = field(repr=False)
    source_ip: str
    event: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def header(self, name: str) -> str:
        """Return a header, empty without it. Raises InvalidRequest: given twice."""
        return single_header(self.event.get("headers"), self.event.get("multiValueHeaders"), name) or ""


def read_delivery(event: Mapping[str, Any], path: Mapping[str, str], source_ip: str) -> Delivery:
    """Return a request's body, read before anything is looked up: what is no JSON object costs no read of a table.

    Raises InvalidRequest, PayloadTooLarge, UnsupportedMediaType.
    """
    body = event.get("body")
    if not body:
        raise InvalidRequest("the request has no body", code="BODY_MISSING")
    headers, multi = event.get("headers"), event.get("multiValueHeaders")
    text = read_text(
        body,
        is_base64=bool(event.get("isBase64Encoded")),
        content_type=single_header(headers, multi, "Content-Type"),
        content_encoding=single_header(headers, multi, "Content-Encoding"),
        max_bytes=BODY_MAX_BYTES,
        media_types=JSON_OR_TEXT,
    )
    return Delivery(
        name=path["webhook"],
        path_secret=path.get("webhook_secret"),
        text=text,
        fields=parse_text(text),
        source_ip=source_ip,
        event=event,
    )
