"""What one approval touches of the items that all accounts share: measured on the wire."""

from __future__ import annotations

from tests.component.cost.test_units import hold
from tests.support.gateway import BTC, VENUE, Gateway
from tests.support.meter import bill
from tests.support.wire import COMMIT, READ, Sent, Wire


def test_approval_then_it_touches_what_accounts_share_as_kept(gateway: Gateway, wire: Wire) -> None:
    gateway.submit()
    gateway.refresh_quotes()
    wire.sent.clear()
    assert gateway.submit(quantity="0.05").status == 201
    (read,) = [sent for sent in wire.sent if sent.operation == READ]
    (commit,) = [sent for sent in wire.sent if sent.operation == COMMIT]
    keys = [(table, key) for table, asked in read.body["RequestItems"].items() for key in asked["Keys"]]

    def read_units(pk: str, sk: str = "") -> int:
        """Return what reading those keys of a partition costs."""
        of_pk = [(table, key) for table, key in keys if key["pk"]["S"] == pk and key["sk"]["S"].startswith(sk)]
        asked = {table: {"Keys": [key for of, key in of_pk if of == table]} for table, _ in of_pk}
        return bill(gateway.aws.dynamodb, [Sent(operation=READ, parameters={"RequestItems": asked})]).read_units

    (check,) = [action for action in commit.body["TransactItems"] if "ConditionCheck" in action]
    guard = check["ConditionCheck"]["Key"]["pk"]["S"]
    written = bill(gateway.aws.dynamodb, [Sent(operation=COMMIT, parameters={"TransactItems": [check]})])
    hold(
        "partitions",
        {
            "kill_switch_read_units": read_units("KILL_SWITCH"),
            "global_read_units": read_units("KILL_SWITCH", "GLOBAL"),
            "guard_check_units": written.write_units,
            "guard_read_units": read_units(guard),
            "market_read_units": read_units("MARKET"),
            "quote_read_units": read_units("MARKET", f"QUOTE#{VENUE}:{BTC}"),
        },
    )
