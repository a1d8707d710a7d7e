"""Calls that change how the account is set up at the venue: done already, or refused.

Leverage, margin type and position mode are the account's, whoever else trades on it: the gateway's limits rely on
them, and no bot changes them. One that asks for what is so anyway gets the venue's own answer to that.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from riskgate.core.front_door.refusals import Refusal, missing, not_offered
from riskgate.schemas.front_door.parameters import Parameters

#: What reads a setting: a path of the venue's API and its parameters.
type Ask = Callable[[str, dict[str, str]], Any]

_SYMBOL_CONFIG, _POSITION_MODE = "/fapi/v1/symbolConfig", "/fapi/v1/positionSide/dual"
_BY_PEOPLE = "It is set at the exchange, by people: the risk gateway lets no bot change it."


def serve_setting(path: str, parameters: Parameters, ask: Ask) -> dict[str, Any]:
    """Return the venue's answer where the setting is so already. Raises Refusal: it is another, or not offered."""
    name = path.rpartition("/v1/")[2]
    if name == "leverage":
        return _leverage(parameters, ask)
    if name == "marginType":
        return _margin_type(parameters, ask)
    if name == "positionSide/dual":
        return _position_mode(parameters, ask)
    raise not_offered(f"This setting is not offered. {_BY_PEOPLE}")


def _leverage(parameters: Parameters, ask: Ask) -> dict[str, Any]:
    symbol, wanted = parameters.required("symbol"), parameters.integer("leverage")
    if wanted is None:
        raise missing("leverage")
    parameters.refuse_unread()
    config = _symbol_config(symbol, ask)
    if wanted != int(config["leverage"]):
        raise Refusal(-4028, f"Leverage {wanted} is not valid: it is {config['leverage']}. {_BY_PEOPLE}")
    most = str(config.get("maxNotionalValue", "0"))
    return {"leverage": int(config["leverage"]), "maxNotionalValue": most, "symbol": symbol}


def _margin_type(parameters: Parameters, ask: Ask) -> dict[str, Any]:
    symbol, wanted = parameters.required("symbol"), parameters.required("marginType").upper()
    parameters.refuse_unread()
    found = str(_symbol_config(symbol, ask)["marginType"]).upper()
    wanted = "CROSSED" if wanted == "CROSS" else wanted
    if wanted == ("CROSSED" if found == "CROSS" else found):
        raise Refusal(-4046, "No need to change margin type.")
    raise Refusal(-4048, f"Margin type cannot be changed: it is {found}. {_BY_PEOPLE}")


def _position_mode(parameters: Parameters, ask: Ask) -> dict[str, Any]:
    wanted = parameters.flag("dualSidePosition")
    parameters.refuse_unread()
    if wanted is bool(ask(_POSITION_MODE, {})["dualSidePosition"]):
        raise Refusal(-4059, "No need to change position side.")
    raise Refusal(-4068, f"Position side cannot be changed. {_BY_PEOPLE}")


def _symbol_config(symbol: str, ask: Ask) -> dict[str, Any]:
    rows = ask(_SYMBOL_CONFIG, {"symbol": symbol})
    config: dict[str, Any] = rows[0]
    return config
