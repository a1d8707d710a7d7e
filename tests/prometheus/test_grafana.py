"""Every panel of the dashboards against a real Prometheus that scraped the gateway: none is empty."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from infra.grafana.generate import FOLDER, list_files
from infra.grafana.panels import BOARDS, Panel
from tests.component.riskctl.conftest import ACCOUNT, Gateway
from tests.prometheus.conftest import Query, wait_for
from tests.prometheus.test_scrape import trade


def test_dashboards_when_imported_then_every_panel_asks_the_chosen_source_and_has_a_unit() -> None:
    for text in (text for path, text in list_files().items() if path.parent == FOLDER):
        board: Any = json.loads(text)
        assert board["panels"]
        for panel in board["panels"]:
            assert panel["datasource"]["uid"] == "${source}"
            assert panel["fieldConfig"]["defaults"]["unit"]
            assert all(target["expr"] for target in panel["targets"])


def test_panels_when_a_book_is_traded_then_none_is_empty(gateway: Gateway, prometheus: Query) -> None:
    trade(gateway)
    realized = f'riskgate_account_pnl{{account="{ACCOUNT}",period="day",part="realized"}} == 10'
    wait_for(lambda: bool(prometheus(realized)))

    def ask(panel: Panel) -> bool:
        return all(prometheus(query.expr.replace("$account", ACCOUNT)) for query in panel.queries)

    panels = [panel for board in BOARDS for panel in board.panels]
    for panel in panels:
        if panel.may_be_empty:
            ask(panel)  # it parses: Prometheus answers
        else:
            # Rates and recorded figures come with the next evaluations.
            wait_for(lambda panel=panel: ask(panel))  # type: ignore[misc]


def test_var_panel_when_a_book_is_traded_then_the_loss_and_its_limit_are_amounts_of_the_account(
    gateway: Gateway, prometheus: Query
) -> None:
    trade(gateway)
    [panel] = [panel for board in BOARDS for panel in board.panels if panel.title == "VaR against P&L"]
    asked = {query.legend: query.expr.replace("$account", ACCOUNT) for query in panel.queries}
    account = gateway.api.get(f"/accounts/{ACCOUNT}")
    [var] = [row for row in account["limits"] if row["name"] == "var_fraction_max"]
    equity = Decimal(account["equity"])
    expected = {
        "P&L today": Decimal(account["pnl"][0]["total"]),
        "VaR of one day": -Decimal(var["value"]) * equity,
        "half of the limit": -Decimal(var["limit"]) * equity / 2,
        "three quarters": -Decimal(var["limit"]) * equity * Decimal("0.75"),
        "VaR limit": -Decimal(var["limit"]) * equity,
    }

    for legend, figure in expected.items():
        wait_for(lambda legend=legend, figure=figure: _is_shown(prometheus(asked[legend]), figure))  # type: ignore[misc]


def _is_shown(found: Any, figure: Decimal) -> bool:
    return len(found) == 1 and float(found[0]["value"][1]) == pytest.approx(float(figure), rel=1e-9)


def test_panels_when_listed_then_few_may_be_empty() -> None:
    panels = [panel for board in BOARDS for panel in board.panels]

    assert sum(bool(panel.may_be_empty) for panel in panels) <= len(panels) // 5


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_board_when_listed_then_its_panels_have_names_of_their_own(board: Any) -> None:
    titles = [panel.title for panel in board.panels]

    assert len(set(titles)) == len(titles)
