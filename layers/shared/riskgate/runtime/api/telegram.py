"""The proof that an update comes from Telegram, and the update itself."""

import hmac
import secrets as randomness
from typing import Any

from pydantic import ValidationError

from riskgate.adapters.aws.bucket import S3Objects
from riskgate.adapters.aws.clients import dynamodb_client, s3_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.dynamodb.commands import DynamoCommandStore
from riskgate.adapters.telegram_bot import TelegramBot, bot_of
from riskgate.app.access.verify_totp import verify_totp
from riskgate.app.operators.refuse_webhook import refuse_webhook
from riskgate.app.operators.session import OperatorSession
from riskgate.app.ports.operators import ChartDrawer
from riskgate.app.statements.describe_performance import performance_body
from riskgate.core.errors import InvalidRequest, Transient, Unauthorized
from riskgate.core.statements.view import BookView
from riskgate.runtime import wiring
from riskgate.runtime.api.principal import source_ip_of
from riskgate.runtime.api.routes import Request
from riskgate.runtime.risk import reports
from riskgate.runtime.settings import ApiSettings, Name, Settings, load
from riskgate.schemas.http.answers.performance import PerformanceAnswer
from riskgate.schemas.http.headers import single_header
from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES, read_text
from riskgate.schemas.http.requests.base import validation_problem
from riskgate.schemas.http.requests.telegram import TelegramUpdate
from riskgate.schemas.secrets.telegram import TelegramAccess, read_telegram_access, read_telegram_secret

NONCE_BYTES = 16


class TelegramWebhookSettings(Settings, frozen=True):
    """Settings of the Telegram webhook, beside those of the APIs."""

    telegram_secret_id: Name
    statement_bucket: Name


@lazy
def commands() -> DynamoCommandStore:
    """Return where updates and pending commands are kept."""
    return DynamoCommandStore(dynamodb_client(), load(ApiSettings).state_table)


def statements() -> S3Objects:
    """Return where daily statements are kept."""
    return S3Objects(s3_client(), load(TelegramWebhookSettings).statement_bucket)


def drawer() -> ChartDrawer:
    """Return what draws charts."""
    # Whoever asks for no picture does not wait for what draws one.
    from riskgate.adapters.chart_png import PngDrawer  # noqa: PLC0415

    return PngDrawer()


def _read_secret(*, refresh: bool = False) -> str:
    return wiring.secrets().get_text(load(TelegramWebhookSettings).telegram_secret_id, refresh=refresh)


def bot() -> TelegramBot:
    """Return the bot that answers in the chats."""
    secret = read_telegram_secret(_read_secret())
    if not secret.token:
        raise Transient("the Telegram secret names no token: the bot is off", code="TELEGRAM_OFF")
    return bot_of(secret.token, secret.api_url)


def prove(request: Request[Any]) -> TelegramAccess:
    """Return who may command, once the request has brought Telegram's secret.

    A secret that does not fit is tried against a fresh one, so that a rotated one works at once.

    Raises Unauthorized: code WEBHOOK_SECRET_INVALID; it is written down.
    """
    given = (request.secret or "").encode()
    for refresh in (False, True):
        access = read_telegram_access(_read_secret(refresh=refresh))
        if hmac.compare_digest(access.webhook_secret.encode(), given):
            return access
    ip = source_ip_of(request.event)
    refuse_webhook(ip, deps=request.deps, commands=commands(), now=request.now)
    raise Unauthorized("the request does not carry the webhook's secret", code="WEBHOOK_SECRET_INVALID")


def read_update(request: Request[Any]) -> TelegramUpdate:
    """Return the update a request carries; what the gateway does not know of it is left out.

    Raises InvalidRequest, PayloadTooLarge, UnsupportedMediaType: it carries none.
    """
    event = request.event
    body = event.get("body")
    if not body:
        raise InvalidRequest("the request has no body", code="BODY_MISSING")
    headers, multi = event.get("headers"), event.get("multiValueHeaders")
    text = read_text(
        body,
        is_base64=bool(event.get("isBase64Encoded")),
        content_type=single_header(headers, multi, "Content-Type"),
        content_encoding=single_header(headers, multi, "Content-Encoding"),
        max_bytes=BATCH_BODY_MAX_BYTES,
    )
    try:
        return TelegramUpdate.model_validate_json(text)
    except ValidationError as error:
        raise validation_problem(error) from error


def operator_session(request: Request[Any], access: TelegramAccess) -> OperatorSession:
    """Return everything a command may need."""

    def check_code(operator: str, code: str) -> int:
        return verify_totp(
            operator=operator,
            code=code,
            now=request.now,
            operators=wiring.operators(),
            secrets=wiring.secrets(),
            secret_id=wiring.admin_settings().totp_secret_id,
        )

    def earned(view: BookView, days: int) -> PerformanceAnswer:
        records = reports().list_var_records(view.state.account_id, request.now, days=days)
        return performance_body(view, records, statements(), days=days)

    return OperatorSession(
        deps=request.deps,
        commands=commands(),
        chat=bot(),
        access=access,
        check_code=check_code,
        permits=wiring.permits,
        queue=wiring.queue,
        now=request.now,
        new_nonce=lambda: randomness.token_urlsafe(NONCE_BYTES),
        earned=earned,
        drawer=drawer,
    )
