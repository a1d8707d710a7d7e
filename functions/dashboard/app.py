"""Dashboard: one page that shows every account live and steers it. It holds no data and may read none.

The page asks the API for all it shows, with the token that whoever looks at it types in.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.api.replies import Reply
from riskgate.runtime.api.routes import Api, Request

FOLDER = Path(__file__).with_name("page")
STYLES = ("vendor/uPlot.min.css", "style.css")
#: In the order they need each other.
SCRIPTS = (
    "vendor/uPlot.iife.min.js",
    "format.js",
    "api.js",
    "elements.js",
    "account.js",
    "orders.js",
    "risk.js",
    "log.js",
    "actions.js",
    "main.js",
)

api = Api()


class Page(NamedTuple):
    """The page's text and the policy under which a browser runs it."""

    html: str
    policy: str


@api.route("getDashboard")
def get_dashboard(_request: Request[None]) -> Reply[str]:
    """Get the page."""
    page = build_page()
    headers = {
        "Content-Security-Policy": page.policy,
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    return Reply(status=200, body=page.html, headers=headers, content_type="text/html; charset=utf-8")


@cache
def build_page() -> Page:
    """Return the page with its styles and scripts inside; nothing else may run in it, by their hashes."""
    style, script = _join(STYLES), _join(SCRIPTS)
    html = (FOLDER / "index.html").read_text(encoding="utf-8")
    html = html.replace("/* styles */", style).replace("/* scripts */", script)
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    return Page(html, policy)


def _join(names: tuple[str, ...]) -> str:
    return "\n".join((FOLDER / name).read_text(encoding="utf-8").strip() for name in names)


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return api.resolve(event, context)
