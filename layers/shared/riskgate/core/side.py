"""Direction of an order."""

from enum import StrEnum


class Side(StrEnum):
    """Direction of an order."""

    BUY = "buy"
    SELL = "sell"

    def __init__(self, value: str) -> None:
        #: +1 for a buy, -1 for a sell.
        self.sign = 1 if value == "buy" else -1
