"""The order queue: one message group per lane."""

from riskgate.adapters.aws.fifo_queue import FifoQueue
from riskgate.schemas.messages.order import OrderMessage
from riskgate.schemas.messages.text import write_message


class SqsQueue(FifoQueue):
    """Send to the order queue."""

    def send(self, message: OrderMessage) -> None:
        """Append a message to its lane, as `append` does: an order is submitted once."""
        self.append(
            write_message(message),
            lane=message.lane,
            deduplication_id=message.deduplication_id,
            trace_id=message.trace_id,
        )
