"""Exchange keys: how a venue's secret is written, and where it is read.

The secret is a JSON object: ``apiKey``, ``secret`` and whatever else the venue wants (``password``, ``uid``...), and
optionally ``exchange`` (ccxt class when the venue has another name), ``urls``, ``options`` and ``sandbox``, so that a
test endpoint is a matter of the secret alone.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from riskgate.adapters.aws.secrets import SecretCache
from riskgate.core.errors import SecretUnreadable

#: What ccxt calls the parts of a key.
_KEY_NAMES = frozenset(
    {"apiKey", "secret", "password", "uid", "accountId", "login", "privateKey", "walletAddress", "token", "twofa"}
)
_SETTING_NAMES = frozenset({"exchange", "urls", "options", "sandbox"})
#: Options under which an order would mean something else than it says.
_REFUSED_OPTIONS = frozenset(
    {
        "createMarketBuyOrderRequiresPrice",
        "maxRetriesOnFailure",
        "defaultType",
        "test",
        "approvedBuilderFee",
        "builder",
    }
)
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?(/|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueCredentials:
    """One venue's secret; `keys` are never shown."""

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    exchange: str | None = None
    urls: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sandbox: bool = False

    def place(self, venue: str) -> tuple[object, ...]:
        """Return what tells one endpoint of a venue from another."""
        return (self.exchange or venue, self.urls, self.sandbox)


#: Returns the current credentials; True asks for a fresh look because the venue refused the last ones.
type CredentialsSource = Callable[[bool], VenueCredentials]


def no_credentials(_refresh: bool) -> VenueCredentials:
    """Return credentials without a key: public data only."""
    return VenueCredentials()


def parse_credentials(text: str) -> VenueCredentials:
    """Read a venue's secret.

    Raises SecretUnreadable: it has another form, unknown fields, options that change what orders mean, or an endpoint
    that is neither https nor on this machine. Its content is never part of the error.
    """
    try:
        body = json.loads(text)
    except ValueError:
        # The decoder's error holds the whole text.
        raise _unreadable("it is not JSON") from None
    if not isinstance(body, dict) or set(body) - _KEY_NAMES - _SETTING_NAMES:
        raise _unreadable("it has unknown fields")
    keys = {name: value for name, value in body.items() if name in _KEY_NAMES}
    if not all(isinstance(value, str) and value for value in keys.values()):
        raise _unreadable("a part of the key is not text")
    exchange, sandbox = body.get("exchange"), body.get("sandbox", False)
    urls, options = body.get("urls", {}), body.get("options", {})
    if not isinstance(exchange, str | None) or not isinstance(sandbox, bool):
        raise _unreadable("exchange must be text, sandbox true or false")
    if not isinstance(urls, dict) or not isinstance(options, dict):
        raise _unreadable("urls and options must be objects")
    if _REFUSED_OPTIONS & set(options):
        raise _unreadable("it sets an option that changes what orders mean")
    if not all(url.startswith("https://") or _LOOPBACK.match(url) for url in _texts(urls)):
        raise _unreadable("an endpoint is not https")
    return VenueCredentials(keys=keys, exchange=exchange, urls=urls, options=options, sandbox=sandbox)


class SecretCredentials:
    """Read a venue's credentials from the secret cache, by the secret's name or ARN."""

    def __init__(self, cache: SecretCache, secret_name: str) -> None:
        self._cache = cache
        self._secret_name = secret_name

    def __call__(self, refresh: bool) -> VenueCredentials:
        """Return the current credentials. Raises Transient: Secrets Manager did not answer."""
        return parse_credentials(self._cache.get_text(self._secret_name, refresh=refresh))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for entry in value.values():
            yield from _texts(entry)
    else:
        # A number or a list is no endpoint: its text fails the check.
        yield str(value)


def _unreadable(reason: str) -> SecretUnreadable:
    return SecretUnreadable(f"an exchange secret is invalid: {reason}")
