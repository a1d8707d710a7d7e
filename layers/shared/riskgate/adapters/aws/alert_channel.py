"""Where alerts go: the notifier's FIFO queue, in order per account, and the topic that anybody may subscribe to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from riskgate.adapters.aws.fifo_queue import FifoQueue, text_attributes
from riskgate.adapters.aws.outcomes import say
from riskgate.core.alerts.alerts import Alert
from riskgate.core.errors import Transient
from riskgate.schemas.codec import sha256_hex
from riskgate.schemas.messages.alert import ALL_ACCOUNTS, alert_attributes, write_alert
from riskgate.schemas.texts.alert_html import alert_plain, alert_subject

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class AlertQueue(FifoQueue):
    """Send alerts to the notifier."""

    def send(self, alert: Alert) -> None:
        """Append an alert to its account's lane, as `append` does."""
        identity = sha256_hex(alert.id.encode())
        self.append(
            write_alert(alert),
            lane=alert.account or ALL_ACCOUNTS,
            deduplication_id=identity,
            trace_id=alert.trace_id,
        )


class AlertTopic:
    """Publish alerts to whoever subscribed: JSON for programs, text for e-mail."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client, self._topic_arn = client, topic_arn

    def send(self, alert: Alert) -> None:
        """Publish an alert with the attributes that subscribers filter by.

        Raises Transient: it may not have been published.
        """
        try:
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=alert_subject(alert),
                Message=json.dumps({"default": write_alert(alert), "email": alert_plain(alert)}),
                MessageStructure="json",
                MessageAttributes=text_attributes(alert_attributes(alert)),
            )
        except (ClientError, BotoCoreError) as error:
            raise Transient(f"the alert topic did not accept the alert: {say(error)}") from error
