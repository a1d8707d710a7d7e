"""Twelve bugs of the kinds that gateways have had, each put into the source, and the test that finds it.

Beside those of the simulation (`tests/simulation/planted.py`): they show that its invariants see; these show that the
tests of each commit do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "layers" / "shared"


@dataclass(frozen=True, kw_only=True)
class Bug:
    """One change of one place in a module, the test that fails by it, and what that says."""

    module: str
    before: str
    after: str
    caught_by: str
    shows: str = ""

    def plant(self) -> str:
        """Return the module's source with the bug."""
        source = (SOURCES / (self.module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
        assert source.count(self.before) == 1, f"{self.module} has changed: {self.before}"
        return source.replace(self.before, self.after)


BUGS: dict[str, Bug] = {
    "dropped condition: an order is written whatever became of it": Bug(
        module="riskgate.adapters.dynamodb.transaction",
        before='"Item": items.order_item(record, version)} | _unchanged(record)}',
        after='"Item": items.order_item(record, version)}}',
        caught_by="tests/component/ledger/test_torn_reads.py::test_fill_when_the_order_is_read_before_the_last_fill_then_none_is_lost[boto3]",
        shows="I11 order-0 reserves 0.03",
    ),
    "dropped condition: an id's marker replaces another": Bug(
        module="riskgate.adapters.dynamodb.transaction",
        before='actions.append({"Put": {"TableName": state_table, "Item": item} | _absent("pk")})',
        after='actions.append({"Put": {"TableName": state_table, "Item": item}})',
        caught_by="tests/unit/adapters/dynamodb/test_transaction.py::test_markers_then_each_is_written_once",
    ),
    "missing version bump": Bug(
        module="riskgate.core.ledger.apply",
        before="version = state.version + 1 if state is not None else 1",
        after="version = state.version if state is not None else 1",
        caught_by="tests/component/audit/test_stored_corpus.py::test_scenario_when_read_by_this_version_then_all_is_as_it_was_written",
    ),
    "money as float": Bug(
        module="riskgate.core.money",
        before="return amount.quantize(MONEY_QUANTUM, ROUND_UP)",
        after="return Decimal(float(amount)).quantize(MONEY_QUANTUM, ROUND_UP)",
        caught_by="tests/component/orders/test_order_journey.py::test_amount_when_a_json_number_then_exact",
        shows="'5000.001000000001' == '5000.001'",
    ),
    "rounded towards the trader": Bug(
        module="riskgate.core.money",
        before="return amount.quantize(MONEY_QUANTUM, ROUND_UP)",
        after='return amount.quantize(MONEY_QUANTUM, "ROUND_DOWN")',
        caught_by="tests/unit/core/test_money.py::test_amount_when_quantized_then_away_from_zero_by_less_than_a_quantum",
    ),
    "forgotten release: an ended order keeps its reservation": Bug(
        module="riskgate.core.ledger.apply",
        before="    state = release(state, event.client_order_id)\n",
        after="",
        caught_by="tests/component/ledger/test_wire_count.py::test_change_when_recorded_then_no_more_than_three[boto3]",
        shows="I11 open orders []",
    ),
    "forgotten release: a filled part stays reserved": Bug(
        module="riskgate.core.orders.fills",
        before="        quantity=remaining,\n        increasing_quantity=min(",
        after="        quantity=order.quantity,\n        increasing_quantity=min(",
        caught_by="tests/unit/core/orders/test_fills.py::test_order_when_partly_filled_then_the_rest_stays_reserved",
    ),
    "off-by-one day: a day's loss is forgotten a day late": Bug(
        module="riskgate.core.safeguards.breakers",
        before="state.day.day + timedelta(days=1)",
        after="state.day.day + timedelta(days=2)",
        caught_by="tests/unit/core/safeguards/test_breakers.py::test_daily_loss_when_the_next_utc_day_begins_then_clears_and_not_before",
    ),
    "lost stop: what vanished at the venue is not placed again": Bug(
        module="riskgate.core.routing.stop_plan",
        before="if target is not None and not existing:",
        after="if target is not None and not kept and not state.working_orders:",
        caught_by="tests/unit/core/routing/test_stop_plan.py::test_orders_when_they_are_not_the_gateways_then_left_alone",
    ),
    "lost stop: an addition takes the first entry's": Bug(
        module="riskgate.core.orders.fills",
        before="return take_stop(added, held, _stop_of(event)), ZERO",
        after="return replace(added, kept_stop=None), ZERO",
        caught_by="tests/unit/core/account/test_stops.py::test_entry_when_more_of_it_fills_then_a_stop_that_was_tightened_since_stays",
    ),
    "wrong sign of a fee: it is earned": Bug(
        module="riskgate.core.orders.fills",
        before="gain = booked.gain - charged.taken",
        after="gain = booked.gain + charged.taken",
        caught_by="tests/unit/core/orders/test_fills.py::test_equity_when_filled_away_from_the_mark_then_moves_by_the_difference_and_the_fee",
    ),
    "a fill twice: the same execution under the same id": Bug(
        module="riskgate.app.ledger.once",
        before="        if marker is None:\n",
        after='        if marker is None or self.kind == "FILL":\n',
        caught_by="tests/component/ledger/test_faults_routes.py::test_fill_when_the_reply_is_lost_then_201_and_counted_once[boto3]",
    ),
    "stale cache of the switch: as it was at the first order": Bug(
        module="riskgate.adapters.dynamodb.snapshot",
        before="    guard = parse_guard(at(guard_key(account_id), control))\n",
        after="    flags = keep_encoded.__dict__.setdefault(str(scopes), flags)\n    guard = None\n",
        caught_by="tests/component/safeguards/test_kill_switch.py::test_flag_when_flipped_in_the_table_then_the_very_next_order_obeys[global-None-GLOBAL]",
    ),
    "unreadable switch taken for released": Bug(
        module="riskgate.core.kill_switch",
        before="return self.engaged is not False",
        after="return self.engaged is True",
        caught_by="tests/component/safeguards/test_kill_switch.py::test_flag_when_its_attribute_is_missing_or_its_reason_is_no_text_then_denied",
    ),
    "timeout taken for a refusal": Bug(
        module="riskgate.adapters.dynamodb.errors",
        before='            raise OutcomeUnknown(f"the write was not confirmed: {_name(error)}") from error',
        after='            raise Transient(f"the write was not confirmed: {_name(error)}") from error',
        caught_by="tests/unit/adapters/dynamodb/test_errors.py::test_write_when_no_answer_came_then_its_outcome_is_unknown",
    ),
    "deposit taken for profit": Bug(
        module="riskgate.core.account.transfers",
        before="    return replace(scaled, peak_equity=max(after, scaled.peak_equity), week=week)",
        after="    return replace(moved, peak_equity=max(after, moved.peak_equity))",
        caught_by="tests/unit/core/account/test_transfers.py::test_loss_when_money_moves_after_it_then_stays_the_fraction_it_was",
    ),
}
