"""Seams of the scheduled jobs: what they compute, collect and keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from riskgate.core.correlations import PackedCorrelations
    from riskgate.core.figures import CorrelationRow, RiskReport
    from riskgate.core.instrument import MarketType
    from riskgate.core.market.closes import DailyCloses, JumpMeaning
    from riskgate.core.risk.report import StressRecord, StressReport, VarRecord, VarReport


class Reports(Protocol):
    """Risk reports: the latest of each kind, a record per day, and what the gate reads."""

    def put_report(self, report: VarReport | StressReport) -> bool:
        """Store the latest report of its kind; tell whether none newer was there."""

    def put_record(self, account_id: str, record: VarRecord | StressRecord) -> bool:
        """Store the day's record, unless there is one."""

    def put_gate_report(self, account_id: str, report: RiskReport) -> bool:
        """Store what the gate reads of an account, unless a newer one is there."""

    def put_rows(self, rows: Sequence[CorrelationRow]) -> None:
        """Store what the gate reads of each asset; newer rows stay."""

    def put_correlations(self, correlations: PackedCorrelations) -> None:
        """Store the correlations between all assets; newer ones stay."""

    def read_latest(self, account_id: str) -> tuple[VarReport | None, StressReport | None]:
        """Return the latest reports (consistent)."""

    def list_var_records(self, account_id: str, now: datetime) -> tuple[VarRecord, ...]:
        """Return the records of the last year, oldest first."""

    def list_close_assets(self) -> tuple[str, ...]:
        """Return the assets whose daily closes are stored."""


class MostTraded(Protocol):
    """The most traded markets of each venue, for accounts that permit every symbol."""

    def get(self, venue: str, market_type: MarketType) -> tuple[str, ...]:
        """Return the symbols listed last; none before the first list."""

    def put(self, venue: str, market_type: MarketType, symbols: Sequence[str]) -> None:
        """Replace the list of a venue."""


class Closes(Protocol):
    """Daily closes by asset."""

    def get(self, assets: Iterable[str]) -> dict[str, DailyCloses]:
        """Return the closes of those assets that have any stored (consistent)."""

    def confirm_jump(self, asset: str, day: date, meaning: JumpMeaning) -> None:
        """Write down what a jump of an asset's closes is."""

    def put(self, series: DailyCloses) -> bool:
        """Write one asset's closes, unless what is stored was asked for later; tell whether it was written."""


class Objects(Protocol):
    """Files that are kept: statements."""

    def get(self, key: str) -> bytes | None:
        """Return an object, None where there is none, or raise Transient."""

    def put(self, key: str, data: bytes, *, content_type: str, replace: bool = False) -> bool:
        """Store an object unless one is there (or `replace`); tell whether it was stored, or raise Transient."""
