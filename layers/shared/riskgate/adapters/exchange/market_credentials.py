"""How a venue's public data is reached: by a secret of its own, without any account's key, or at its known address."""

from riskgate.adapters.aws.secrets import SecretCache
from riskgate.adapters.exchange.credentials import CredentialsSource, VenueCredentials, parse_credentials
from riskgate.core.errors import GatewayError


class MarketCredentials:
    """Credentials for the public data of one venue: of the secret ``<prefix><venue>``, or where there is none, none.

    The secret names an endpoint other than the venue's own, as a test one, and a key only where the venue wants one for
    public data: one that reads nothing else.
    """

    def __init__(self, cache: SecretCache, venue: str, *, prefix: str) -> None:
        self._cache = cache
        self._secret_name = f"{prefix}{venue}"

    def __call__(self, refresh: bool) -> VenueCredentials:
        """Return the current credentials.

        Raises Transient: Secrets Manager did not answer; GatewayError: the secret has another form.
        """
        text = self._cache.find_text(self._secret_name, refresh=refresh)
        return parse_credentials(text) if text is not None else VenueCredentials()


class PricedCredentials:
    """An account's credentials for a venue, as long as its prices come from the same place.

    Prices are stored by the venue's name, for all accounts. An account whose key is for a test endpoint would otherwise
    be valued at the real one's prices, or the other way round.
    """

    def __init__(self, account: CredentialsSource, market: CredentialsSource, venue: str) -> None:
        self._account, self._market, self._venue = account, market, venue

    def __call__(self, refresh: bool) -> VenueCredentials:
        """Return the account's credentials. Raises GatewayError: code VENUE_AMBIGUOUS, the two places differ."""
        found = self._account(refresh)
        if found.place(self._venue) != self._market(refresh).place(self._venue):
            raise GatewayError(
                "the account's secret and the venue's market data set different endpoints", code="VENUE_AMBIGUOUS"
            )
        return found
