"""What the authorizer needs; apart from `wiring`, whose imports it should not pay for."""

from riskgate.adapters.aws.clients import decision_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.runtime.settings import AuthorizerSettings, load


@lazy
def tokens() -> DynamoTokenStore:
    """Return where issued tokens are kept."""
    return DynamoTokenStore(decision_client(), load(AuthorizerSettings).control_table)
