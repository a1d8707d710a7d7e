"""How a venue's public data is reached: the endpoint that its accounts' secrets agree on, without their keys."""

from collections.abc import Sequence
from dataclasses import replace

from riskgate.adapters.aws.secrets import SecretCache
from riskgate.adapters.exchange.credentials import VenueCredentials, parse_credentials
from riskgate.core.errors import GatewayError
from riskgate.observability import logger

SECRET_LEFT_OUT = "venue_secret_left_out"  # noqa: S105 a log event


class MarketCredentials:
    """Credentials for public data of one venue, from all secrets (at least one) that accounts give for it.

    Prices are stored by the venue's name, for all accounts: where one account's secret names a test endpoint and
    another's the real one, either would be valued at the other's prices, so then nothing is collected.
    """

    def __init__(self, cache: SecretCache, venue: str, secret_names: Sequence[str]) -> None:
        self._cache = cache
        self._venue = venue
        self._secret_names = secret_names

    def __call__(self, refresh: bool) -> VenueCredentials:
        """Return the endpoint's settings, without a key.

        Raises GatewayError: code VENUE_AMBIGUOUS, the secrets name different endpoints; or none of them is readable.
        """
        found: list[VenueCredentials] = []
        failure: GatewayError | None = None
        for name in self._secret_names:
            try:
                found.append(parse_credentials(self._cache.get_text(name, refresh=refresh)))
            except GatewayError as error:
                # No order of its account can be sent either: it must not hold up the others.
                failure = error
                logger.warning(SECRET_LEFT_OUT, secret_name=name, code=error.code, detail=error.detail)
        if not found:
            raise failure or GatewayError("no secret sets this venue's endpoint", code="SECRET_UNREADABLE")
        first, *others = found
        if any(other.place(self._venue) != first.place(self._venue) for other in others):
            raise GatewayError("the accounts' secrets set different endpoints for this venue", code="VENUE_AMBIGUOUS")
        return replace(first, keys={})
