"""The page as it is served: whole in one answer, and nothing in it that could come from elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from tests.support.gateway import Answer, Gateway


@pytest.fixture
def page(gateway: Gateway) -> Answer:
    """Return the page as whoever is not signed in gets it."""
    answer = gateway.call("GET", "/dashboard", caller=None)
    assert answer.status == 200
    return answer


class Elements(HTMLParser):
    """What could load or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_page_when_served_then_its_policy_allows_its_own_script_and_style_and_nothing_else(page: Answer) -> None:
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = dict(part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";"))
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        (text,) = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page.text, re.DOTALL)
        assert policy[name] == f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_page_when_served_then_nothing_in_it_is_fetched_from_elsewhere(page: Answer) -> None:
    elements = Elements()
    elements.feed(page.text)
    assert len(elements.found) > 20
    for tag, attributes in elements.found:
        for name in ("src", "href", "action"):
            value = attributes.get(name) or ""
            assert value.startswith(("#", "data:")) or not value, (tag, value)
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag


def test_page_when_scripts_write_then_never_as_markup(page: Answer) -> None:
    own = page.text.partition("uPlot=function")[2].partition("\n")[2]
    assert "sessionStorage" in own
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage"):
        assert forbidden not in own, forbidden


def test_page_when_asked_for_with_a_body_then_refused(gateway: Gateway) -> None:
    answer = gateway.call("GET", "/dashboard", {"a": 1}, caller=None)
    assert (answer.status, answer.code) == (400, "BODY_UNEXPECTED")
