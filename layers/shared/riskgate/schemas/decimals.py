"""How a decimal number is written on the wire."""

import re
from decimal import Decimal

from riskgate.core.money import plain

# 15 integer digits and 12 decimals are 27 digits: exact in the risk context's 28 and in DynamoDB's 38.
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,12})?")
#: More digits than a float has, and larger exponents than any number here, are not worth spelling out.
_WITH_EXPONENT = re.compile(r"-?[0-9](?:\.[0-9]{1,27})?[eE][+-]?[0-9]{1,2}")


def parse_decimal(text: str) -> Decimal | None:
    """Return the number `text` spells, or None where it is not in the gateway's one notation.

    The notation: ASCII digits, at most 15 before and 12 after the point, no exponent, no leading zero,
    no plus sign, no minus zero. The value is exact; it never passes through float.
    """
    if _DECIMAL.fullmatch(text) is None:
        return None
    value = Decimal(text)
    return None if text[0] == "-" and not value else value


def parse_json_number(text: str) -> Decimal | None:
    """Return the number a JSON number token spells, or None where the gateway cannot hold it exactly.

    Programs write small floats with an exponent (Python's json: 5e-05). Such a token is read as the digits it stands
    for, and those are bound by the one notation.
    """
    if _WITH_EXPONENT.fullmatch(text) is None:
        return parse_decimal(text)
    value = Decimal(text)
    return parse_decimal(plain(value)) if value or text[0] != "-" else None
