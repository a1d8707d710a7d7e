"""Hold every answer of the API against its OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, cached_property
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import quote

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from riskgate.schemas.http.trace import TRACEPARENT_HEADER

_URI = "urn:riskgate:openapi"
#: Text in Rust holds no surrogates, and its patterns may not name them: a range of them begins behind.
_SURROGATES = (r"\\ud800-", r"\\ue000-")
_METHODS = frozenset({"get", "put", "post", "patch", "delete"})


class Answer(Protocol):
    """What the checker looks at."""

    @property
    def status(self) -> int:
        """Return the HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the headers."""

    @property
    def text(self) -> str:
        """Return the body as sent."""


class ContractChecker:
    """The OpenAPI document as a judge of answers; `seen` collects (operation id, status) of what it judged."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.seen: set[tuple[str, int]] = set()
        resource = Resource.from_contents(dict(document), default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(_URI, resource)
        # Says in microseconds what is valid; why something is not, the Python validator words better.
        quick = json.loads(json.dumps(document).replace(*_SURROGATES))
        self._quick_registry = jsonschema_rs.Registry([(_URI, quick)], draft=jsonschema_rs.Draft202012)
        self._quick: dict[str, jsonschema_rs.Draft202012Validator] = {}

    def check(self, method: str, path: str, sent: str | None, answer: Answer, *, by_gateway: bool = False) -> None:
        """Fail where an answer, or a request that was accepted, is not as documented.

        An answer `by_gateway` is API Gateway's own, which has no W3C trace. A path that the document does not know must be answered 404, a method 405 with those that it does.
        """
        found = self.find(method, path)
        if found is None:
            self._check_unknown(method, path, answer)
            return
        template, operation = found
        where = f"{operation['operationId']} {answer.status}"
        self.seen.add((operation["operationId"], answer.status))
        assert str(answer.status) in operation["responses"], f"{where} is not documented: {answer.text[:500]}"
        at = f"{_URI}#/paths/{_escape(template)}/{method.lower()}"
        response = self._follow(operation["responses"][str(answer.status)])
        pointer = operation["responses"][str(answer.status)].get("$ref")
        at_response = f"{_URI}{pointer}" if pointer else f"{at}/responses/{answer.status}"
        media_type = answer.headers["Content-Type"]
        if "content" not in response:
            assert not answer.text, f"{where} has a body"
            return
        assert media_type in response["content"], f"{where} came as {media_type}"
        for name in response.get("headers", {}):
            may_miss = name == "Idempotent-Replayed" or (by_gateway and name == TRACEPARENT_HEADER)
            assert may_miss or name in answer.headers, f"{where} came without {name}"
        told = answer.text if media_type.startswith("text/") else json.loads(answer.text)
        self._require_valid(f"{at_response}/content/{_escape(media_type)}/schema", told, where)
        if sent and answer.status < HTTPStatus.BAD_REQUEST:
            schema = f"{at}/requestBody/content/application~1json/schema"
            self._require_valid(schema, json.loads(sent), f"{where}: request")

    def _check_unknown(self, method: str, path: str, answer: Answer) -> None:
        allowed = self.list_methods(path)
        expected = HTTPStatus.METHOD_NOT_ALLOWED if allowed else HTTPStatus.NOT_FOUND
        assert answer.status == expected, f"{method} {path} is undocumented and answered {answer.status}"
        if allowed:
            assert answer.headers["Allow"] == ", ".join(allowed), f"{method} {path} does not say what it takes"
        problem = f"{_URI}#/components/schemas/Problem"
        self._require_valid(problem, json.loads(answer.text), "the answer to an unknown route")

    def list_methods(self, path: str) -> list[str]:
        """Return the methods that a path is documented with."""
        template = next((template for pattern, template in self._patterns if pattern.fullmatch(path)), None)
        methods = _METHODS & set(self.document["paths"][template]) if template else set()
        return sorted(method.upper() for method in methods)

    def find(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """Return template and operation of a path, or None."""
        for pattern, template in self._patterns:
            operation = self.document["paths"][template].get(method.lower())
            if operation is not None and pattern.fullmatch(path):
                return template, operation
        return None

    def list_documented(self) -> set[tuple[str, int]]:
        """Return (operation id, status) of every documented answer."""
        return {
            (operation["operationId"], int(status))
            for methods in self.document["paths"].values()
            for method, operation in methods.items()
            if method in _METHODS
            for status in operation["responses"]
        }

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        # A literal segment wins over a parameter: /orders/check is no order of that id.
        templates = sorted(self.document["paths"], key=lambda template: (template.count("{"), template))
        return [(re.compile(re.sub(r"\{[a-z_]+\}", "[^/]+", template)), template) for template in templates]

    def _follow(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
        pointer = node.get("$ref")
        if pointer is None:
            return node
        found: Any = self.document
        for part in pointer.removeprefix("#/").split("/"):
            found = found[part]
        return dict(found)

    def _require_valid(self, uri: str, value: Any, where: str) -> None:
        if uri not in self._quick:
            self._quick[uri] = jsonschema_rs.Draft202012Validator({"$ref": uri}, registry=self._quick_registry)
        if self._quick[uri].is_valid(value):
            return
        error = best_match(Draft202012Validator({"$ref": uri}, registry=self._registry).iter_errors(value))
        assert error is None, f"{where}: at {error.json_path}: {error.message[:500]}"


@cache
def load_checker() -> ContractChecker:
    """Return the judge built from the document as the code builds it now."""
    from infra.openapi.build import build_openapi  # noqa: PLC0415 only where answers are judged

    return ContractChecker(build_openapi())


def _escape(part: str) -> str:
    """Write one step of a JSON pointer inside a URI fragment."""
    return quote(part.replace("~", "~0").replace("/", "~1"))
