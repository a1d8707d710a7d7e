"""Where alerts go: the notifier's FIFO queue, in order per account, and the topic that anybody may subscribe to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from riskgate.core.alerts.alerts import Alert
from riskgate.core.errors import Transient
from riskgate.schemas.codec import sha256_hex
from riskgate.schemas.messages.alert import ALL_ACCOUNTS, alert_attributes, write_alert
from riskgate.schemas.texts.alert_html import alert_plain, alert_subject

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


class AlertQueue:
    """Send alerts to the notifier."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def send(self, alert: Alert) -> None:
        """Append an alert to its account's lane; the same again within five minutes is dropped.

        Raises Transient: it may not have arrived; sending it again is safe.
        """
        try:
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=write_alert(alert),
                MessageGroupId=alert.account or ALL_ACCOUNTS,
                MessageDeduplicationId=sha256_hex(alert.id.encode()),
            )
        except (ClientError, BotoCoreError) as error:
            raise Transient(f"the alert queue did not accept the alert: {type(error).__name__}") from error


class AlertTopic:
    """Publish alerts to whoever subscribed: JSON for programs, text for e-mail."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client, self._topic_arn = client, topic_arn

    def send(self, alert: Alert) -> None:
        """Publish an alert with the attributes that subscribers filter by.

        Raises Transient: it may not have been published.
        """
        attributes = alert_attributes(alert)
        try:
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=alert_subject(alert),
                Message=json.dumps({"default": write_alert(alert), "email": alert_plain(alert)}),
                MessageStructure="json",
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            )
        except (ClientError, BotoCoreError) as error:
            raise Transient(f"the alert topic did not accept the alert: {type(error).__name__}") from error
