"""Record the examples of the OpenAPI document from what the gateway was asked and answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from infra.openapi.build import EXAMPLES
from tests.contract.checker import Answer, ContractChecker

#: Longer lists are cut: an example shows the shape, not every check.
ITEMS_MAX = 2
PROBLEMS = "problems"
#: The document is no example of itself; the page and metrics are no JSON.
LEFT_OUT = frozenset({"getDashboard", "getMetrics", "getOpenApi"})

type Recorded = dict[str, dict[str, dict[str, Any]]]


class ExampleRecorder(ContractChecker):
    """A judge that keeps, per route and status, the answer that shows most; and per status and code, a problem."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(document)
        self.recorded: Recorded = {PROBLEMS: {}}

    def check(self, method: str, path: str, sent: str | None, answer: Answer, *, by_gateway: bool = False) -> None:
        """Judge as the base does, then keep what was seen."""
        super().check(method, path, sent, answer, by_gateway=by_gateway)
        found = self.find(method, path)
        if found is None or found[1]["operationId"] in LEFT_OUT or not answer.text:
            return
        body, operation_id = json.loads(answer.text), found[1]["operationId"]
        if answer.status < HTTPStatus.BAD_REQUEST:
            self._keep(operation_id, str(answer.status), "example", body)
            if sent and "requestBody" in found[1]:
                self._keep(operation_id, "request", "example", json.loads(sent))
        elif "decision" in body:
            self._keep(operation_id, str(answer.status), body["code"], body)
        elif body["code"] not in self.recorded[PROBLEMS].get(str(answer.status), {}):
            self._keep(PROBLEMS, str(answer.status), body["code"], body)

    def _keep(self, file: str, place: str, name: str, body: Any) -> None:
        examples = self.recorded.setdefault(file, {}).setdefault(place, {})
        shortened = _shorten(body)
        if name not in examples or len(json.dumps(shortened)) > len(json.dumps(examples[name])):
            examples[name] = shortened


def read_stored() -> Recorded:
    """Return the examples as they are stored."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in EXAMPLES.glob("*.json")}


def store(recorded: Recorded) -> None:
    """Replace the stored examples."""
    for path in EXAMPLES.glob("*.json"):
        path.unlink()
    for name, examples in recorded.items():
        text = json.dumps(examples, indent=2, sort_keys=True, ensure_ascii=False)
        (EXAMPLES / f"{name}.json").write_text(f"{text}\n", "utf-8")


def _shorten(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _shorten(item) for name, item in value.items()}
    return [_shorten(item) for item in value[:ITEMS_MAX]] if isinstance(value, list) else value
