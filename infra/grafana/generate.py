"""Write the dashboards as Grafana imports them (`python -m infra.grafana.generate`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import bargauge, dashboard, gauge, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    DynamicConfigValue,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)

from infra.grafana import from_cloudwatch
from infra.grafana.panels import BOARDS, Board, Draw, Panel, Query, Unit

FOLDER = Path(__file__).parent / "dashboards"
FOLDER_CLOUDWATCH = Path(__file__).parent / "cloudwatch"
_SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")
_KINDS: dict[Draw, Any] = {
    Draw.LINES: timeseries.Panel,
    Draw.NUMBER: stat.Panel,
    Draw.GAUGE: gauge.Panel,
    Draw.BARS: bargauge.Panel,
    Draw.TABLE: table.Panel,
}


def write_board(board: Board) -> str:
    """Return a dashboard as JSON."""
    made = (
        dashboard.Dashboard(f"Risk gateway: {board.title}")
        .uid(board.uid)
        .tags(["riskgate"])
        .refresh("30s")
        .time("now-24h", "now")
        .timezone("utc")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("source").label("Prometheus").type("prometheus"))
    )
    if board.by_account:
        made = made.with_variable(
            dashboard.QueryVariable("account")
            .label("Account")
            .datasource(_SOURCE)
            .query("label_values(riskgate_account_info, account)")
            .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        )
    for panel in board.panels:
        made = made.with_panel(_draw(panel))
    text: str = JSONEncoder(sort_keys=True, indent=2).encode(made.build())
    return text + "\n"


def _draw(panel: Panel) -> Any:
    made = (
        _KINDS[panel.draw]()
        .title(panel.title)
        .datasource(_SOURCE)
        .unit(panel.unit.value)
        .span(panel.width)
        .height(panel.height)
    )
    if panel.may_be_empty:
        made = made.no_value(panel.may_be_empty)
    if panel.unit is Unit.FRACTION and panel.draw in {Draw.GAUGE, Draw.BARS} and "limit" in panel.queries[0].expr:
        made = made.min(0).max(1).thresholds(_levels())
    for number, asked in enumerate(panel.queries):
        query = prometheus.Dataquery().expr(asked.expr).legend_format(asked.legend).ref_id("ABCDEF"[number])
        made = made.with_target(query if panel.draw is Draw.LINES else query.instant())
        if asked.color:
            made = made.override_by_name(asked.legend, _look(asked))
    return made


def _look(asked: Query) -> list[DynamicConfigValue]:
    """Return how one line of a panel differs from the others."""
    found = [DynamicConfigValue("color", {"mode": "fixed", "fixedColor": asked.color})]
    return found + ([DynamicConfigValue("custom.fillBelowTo", asked.down_to)] if asked.down_to else [])


def _levels() -> Any:
    """Return the alert levels of a limit as colours: yellow from half, orange from three quarters, red at it."""
    steps = ((None, "green"), (0.5, "yellow"), (0.75, "orange"), (1.0, "red"))
    return (
        dashboard.ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(value=value, color=color) for value, color in steps])
    )


def list_files() -> dict[Path, str]:
    """Return the text of every dashboard by its file."""
    ours = {FOLDER / f"{board.uid}.json": write_board(board) for board in BOARDS}
    return ours | {
        FOLDER_CLOUDWATCH / f"{uid}.json": from_cloudwatch.write_board(uid) for uid in from_cloudwatch.BOARDS
    }


if __name__ == "__main__":
    for path, text in list_files().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
