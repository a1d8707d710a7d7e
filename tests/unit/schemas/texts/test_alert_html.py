"""Alerts for people: whole HTML, exact figures, pages that Telegram takes; the written samples are up to date."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.simulators.telegram.markup import count_units, read_html
from riskgate.core.alerts.alerts import Alert, AlertKind
from riskgate.core.severity import Severity
from riskgate.schemas.texts.alert_html import (
    PAGE_UNITS_MAX,
    alert_html,
    alert_line,
    alert_plain,
    alert_subject,
    split_pages,
    summary_pages,
)
from tests.support import alert_samples as samples
from tests.support.sample_pages import assert_up_to_date

AT = datetime(2026, 3, 4, 12, tzinfo=UTC)
BASE = Alert(
    id="demo:1:0", kind=AlertKind.LIMIT_LEVEL, severity=Severity.RED, account="demo", title="Limit reached", at=AT
)
#: Any text a JSON string can hold, markup and other planes among it.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80) | st.sampled_from(
    ["<b>", "</i>", "&amp;", "&", "<script>alert(1)</script>", "😀" * 20, "a\nb", "\x00"]
)
amounts = st.decimals("-99999999", "99999999", places=6) | st.none()
alerts = st.builds(
    Alert,
    id=texts,
    kind=st.sampled_from(list(AlertKind)),
    severity=st.sampled_from(list(Severity)),
    account=texts,
    title=texts,
    at=st.just(AT),
    name=texts,
    observed=amounts,
    limit=amounts,
    unit=st.sampled_from(["", "fraction", "bps", "times", "positions", "orders", "base_currency"]),
    currency=texts,
    subject=texts,
    amount=amounts,
    stopped=texts,
    action=texts,
    detail=texts,
    actor=texts,
    audit_sequence=st.integers(0, 10**6),
)


@given(alert=alerts)
def test_alert_when_written_as_html_then_telegram_reads_it_and_every_text_is_shown_as_it_is(alert: Alert) -> None:
    shown = read_html(alert_html(alert))

    for text in (alert.title, alert.stopped, alert.action):
        assert unescape(text) in unescape(shown)
    read_html(alert_line(alert))


@given(many=st.lists(alerts, min_size=1, max_size=80))
def test_summary_when_of_any_alerts_then_every_page_is_whole_and_short_enough(many: list[Alert]) -> None:
    for page in summary_pages(many):
        assert count_units(page) <= PAGE_UNITS_MAX
        read_html(page)


@given(lines=st.lists(st.text("ab😀", min_size=1, max_size=30), min_size=1), units_max=st.integers(64, 200))
def test_pages_when_joined_then_no_line_is_lost_and_the_order_is_kept(lines: list[str], units_max: int) -> None:
    pages = split_pages(lines, units_max)

    assert "\n".join(pages).split("\n") == lines
    assert all(count_units(page) <= units_max for page in pages)


def test_line_when_it_is_longer_than_a_page_then_it_is_cut_as_text() -> None:
    (page,) = split_pages(["<b>" + "&lt;" * 5_000 + "</b>"])

    assert count_units(page) <= PAGE_UNITS_MAX
    assert read_html(page).endswith("…")


@pytest.mark.parametrize(
    ("facts", "figures"),
    [
        ({"observed": "0.0302", "limit": "0.03", "unit": "fraction"}, "3.02 % ≥ 3.00 %"),
        # A limit that is not reached must not look as if it were.
        ({"observed": "0.0299999", "limit": "0.03", "unit": "fraction"}, "2.99 % of 3.00 %"),
        ({"observed": "10", "limit": "10", "unit": "positions"}, "10 positions ≥ 10 positions"),
        ({"observed": "31.257", "limit": "50", "unit": "bps"}, "31.25 bps of 50 bps"),
        ({"observed": "0", "limit": "1234567.5", "unit": "base_currency", "currency": "USDT"},
         "0.00 USDT, was 1,234,567.50 USDT"),
    ],
)  # fmt: skip
def test_figures_when_shown_then_exact_and_never_rounded_up(facts: dict[str, str], figures: str) -> None:
    numbers = {name: Decimal(value) if name in {"observed", "limit"} else value for name, value in facts.items()}

    assert f"<b>{figures}</b>" in alert_html(replace(BASE, **numbers)).splitlines()
    assert figures in alert_plain(replace(BASE, **numbers)).splitlines()


def test_figures_when_the_limit_is_a_floor_then_it_says_so() -> None:
    alert = replace(BASE, name="LIQUIDATION_DISTANCE", observed=Decimal("0.083"), limit=Decimal("0.1"), unit="fraction")
    assert "8.30 % of at least 10.00 %" in read_html(alert_html(alert))


def test_detail_when_long_then_a_phone_shows_its_beginning() -> None:
    assert count_units(alert_html(replace(BASE, detail="x" * 100_000))) < 1_000


def test_subject_when_of_any_text_then_sns_takes_it() -> None:
    subject = alert_subject(replace(BASE, title="Größe\n<b>" * 40))

    assert len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable()


def test_samples_when_listed_then_every_kind_has_one() -> None:
    assert {alert.kind for alert in samples.list_samples()} == set(AlertKind)


def test_samples_when_rendered_then_the_file_is_up_to_date() -> None:
    assert_up_to_date("alerts.md", samples.render())


def test_samples_when_read_by_telegram_then_taken_and_each_says_who_what_and_when() -> None:
    for alert in samples.list_samples():
        text = read_html(alert_html(alert))
        assert (alert.account or "gateway") in text
        assert "UTC" in text
        assert count_units(text) < 600, "longer texts are limited sooner"


def test_alert_when_it_has_a_new_field_then_the_samples_show_it() -> None:
    """A fact nobody renders is a fact nobody reads."""
    hidden = {"id", "kind", "severity", "unit", "audit_sequence"}
    shown = {f.name for f in fields(Alert)} - hidden
    assert shown <= {
        "account", "title", "at", "name", "observed", "limit", "currency", "subject", "amount", "stopped", "action",
        "detail", "actor", "trace_id",
    }  # fmt: skip
