"""What both sides of webhooks need: where they are kept, and the key that signing keys come from."""

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.dynamodb.webhooks import DynamoWebhookStore
from riskgate.runtime import wiring
from riskgate.runtime.settings import AuthorizerSettings, load


@lazy
def webhooks() -> DynamoWebhookStore:
    """Return where webhooks are kept."""
    return DynamoWebhookStore(dynamodb_client(), load(AuthorizerSettings).control_table)


def master_key() -> bytes:
    """Return the key that signing keys are derived from. Raises Unprocessable: this deployment routes no orders."""
    permits = wiring.permits()
    return permits.keys.get_text(permits.secret_id).encode()
