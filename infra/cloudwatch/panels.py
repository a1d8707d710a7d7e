"""What the functions measure, in panels. CloudWatch's dashboard and Grafana's draw the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NAMESPACE = "RiskGateway"
JOBS = ("monitor", "market_data", "reconcile", "hedge", "var", "stress", "audit_seal")


class Unit(StrEnum):
    """Grafana's names of units."""

    MILLISECONDS = "ms"
    SECONDS = "s"
    FRACTION = "percentunit"
    COUNT = "short"
    AMOUNT = "locale"


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """One metric of the gateway's own; `by_venue` gives one line for each venue."""

    name: str
    service: str
    statistic: str = "Sum"
    by_venue: bool = False

    @property
    def label(self) -> str:
        """What the line is called."""
        return f"{self.name} {self.statistic if self.statistic.startswith('p') else ''} {self.service}".replace(
            "  ", " "
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Panel:
    """Metrics of one unit in one picture."""

    title: str
    unit: Unit
    metrics: tuple[Metric, ...]


def _sums(service: str, *names: str) -> tuple[Metric, ...]:
    return tuple(Metric(name=name, service=service) for name in names)


def _percentiles(service: str, name: str) -> tuple[Metric, ...]:
    return tuple(Metric(name=name, service=service, statistic=statistic) for statistic in ("p50", "p99"))


def _most(service: str, *names: str) -> tuple[Metric, ...]:
    return tuple(Metric(name=name, service=service, statistic="Maximum") for name in names)


def _of_venues(statistic: str, name: str, *services: str) -> tuple[Metric, ...]:
    return tuple(Metric(name=name, service=one, statistic=statistic, by_venue=True) for one in services)


EXECUTION = (
    Panel(title="Time of a decision", unit=Unit.MILLISECONDS, metrics=_percentiles("order_api", "RequestDuration")),
    Panel(
        title="Orders approved and denied",
        unit=Unit.COUNT,
        metrics=_sums("order_api", "OrdersApproved", "OrdersDenied"),
    ),
    Panel(
        title="Time of a message to the order worker",
        unit=Unit.MILLISECONDS,
        metrics=_percentiles("order_worker", "OrderMessageDuration"),
    ),
    Panel(
        title="Slowest call with orders, by venue",
        unit=Unit.MILLISECONDS,
        metrics=_of_venues("Maximum", "VenueLatency", "order_worker"),
    ),
    Panel(
        title="Slowest call for market data, by venue",
        unit=Unit.MILLISECONDS,
        metrics=_of_venues("Maximum", "VenueLatency", "market_data"),
    ),
    Panel(
        title="Failed calls, by venue",
        unit=Unit.COUNT,
        metrics=_of_venues("Sum", "VenueErrors", "order_worker", "market_data", "monitor"),
    ),
    Panel(
        title="Venues' limits: refusals, readings put off, orders held",
        unit=Unit.COUNT,
        metrics=(
            *_of_venues("Sum", "VenueRateLimited", "order_worker", "market_data", "monitor"),
            *_of_venues("Sum", "VenueReadingsHeld", "market_data", "monitor"),
            *_of_venues("Sum", "VenueOverBudget", "order_worker"),
            *_sums("order_worker", "OrdersHeldByVenue"),
        ),
    ),
    Panel(
        title="Orders in doubt, or tried again",
        unit=Unit.COUNT,
        metrics=_sums("order_worker", "OrdersUnresolved", "OrderMessagesReturned", "OrderMessagesDropped"),
    ),
    Panel(
        title="From a stop to its last cancel",
        unit=Unit.MILLISECONDS,
        metrics=_most("order_worker", "KillCancelDuration", "BreakerCancelDuration"),
    ),
)

FAILURES = Panel(
    title="Fills after a stop, stops and exits that failed",
    unit=Unit.COUNT,
    metrics=(
        *(Metric(name="FillsAfterStop", service=one) for one in ("order_api", "order_worker", "monitor", "reconcile")),
        *_sums("order_worker", "StopsNotPlaced", "ExitsFailed"),
    ),
)

BOOK = (
    Panel(
        title="Nearest liquidation",
        unit=Unit.FRACTION,
        metrics=(Metric(name="LiquidationDistance", service="monitor", statistic="Minimum"),),
    ),
    Panel(title="Oldest equity", unit=Unit.SECONDS, metrics=_most("monitor", "EquityAgeSeconds")),
    Panel(title="Open breaks of the books", unit=Unit.COUNT, metrics=_most("reconcile", "ReconciliationBreaks")),
    Panel(title="Money at issue in one account", unit=Unit.AMOUNT, metrics=_most("reconcile", "MoneyAtIssue")),
    FAILURES,
    Panel(
        title="VaR that is missing or too small",
        unit=Unit.COUNT,
        metrics=_sums("var", "VarUnavailable", "BacktestsRed"),
    ),
    Panel(
        title="Hedges",
        unit=Unit.COUNT,
        metrics=_sums("hedge", "HedgesProposed", "HedgesPlaced", "HedgeLegsDenied", "HedgePoliciesBlocked"),
    ),
    Panel(title="Venues down", unit=Unit.COUNT, metrics=_most("monitor", "VenueDown")),
)

RUNNING = (
    Panel(
        title="Alerts, from event to phone",
        unit=Unit.SECONDS,
        metrics=(
            *_percentiles("telegram_notifier", "AlertDeliverySeconds"),
            *_most("telegram_notifier", "AlertPathSeconds"),
        ),
    ),
    Panel(
        title="Alerts delivered and held up",
        unit=Unit.COUNT,
        metrics=_sums("telegram_notifier", "AlertsDelivered", "AlertsHeldUp", "ChatUnreachable", "DeliveryFailures"),
    ),
    Panel(
        title="Runs of the jobs",
        unit=Unit.COUNT,
        metrics=tuple(Metric(name="JobRuns", service=service) for service in JOBS),
    ),
    Panel(
        title="Requests the order API could not answer",
        unit=Unit.COUNT,
        metrics=_sums("order_api", "RequestsFailed", "DatabaseUnavailable", "StateCorrupt"),
    ),
    Panel(
        title="Refused requests and commands",
        unit=Unit.COUNT,
        metrics=(
            *_sums("authorizer", "AuthorizationRefused", "AuthorizerFailures"),
            *_sums("telegram_webhook", "OperatorCommandsRefused", "TelegramWebhookRefused"),
            *_sums("webhooks", "WebhooksRefused", "WebhooksUnusable"),
        ),
    ),
)
