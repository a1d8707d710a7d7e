"""Examples of every route for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from riskgate.schemas.openapi.examples.accounts import ACCOUNT_EXAMPLES
from riskgate.schemas.openapi.examples.control import CONTROL_EXAMPLES
from riskgate.schemas.openapi.examples.hedges import HEDGE_EXAMPLES
from riskgate.schemas.openapi.examples.orders import ORDER_EXAMPLES
from riskgate.schemas.openapi.examples.reconciliation import RECONCILIATION_EXAMPLES
from riskgate.schemas.openapi.examples.risk import RISK_EXAMPLES

#: Examples by operation id, then ``request`` or status, then name.
EXAMPLES: dict[str, dict[str, dict[str, Any]]] = RECONCILIATION_EXAMPLES | {
    **ACCOUNT_EXAMPLES,
    **ORDER_EXAMPLES,
    **CONTROL_EXAMPLES,
    **HEDGE_EXAMPLES,
    **RISK_EXAMPLES,
}
