"""How a decimal number is written on the wire."""

import re
from decimal import Decimal

# 15 integer digits and 12 decimals are 27 digits: exact in the risk context's 28 and in DynamoDB's 38.
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,12})?")


def parse_decimal(text: str) -> Decimal | None:
    """Return the number `text` spells, or None where it is not in the gateway's one notation.

    The notation: ASCII digits, at most 15 before and 12 after the point, no exponent, no leading zero,
    no plus sign, no minus zero. The value is exact; it never passes through float.
    """
    if _DECIMAL.fullmatch(text) is None:
        return None
    value = Decimal(text)
    return None if text[0] == "-" and not value else value
