"""Secrets from Secrets Manager, remembered for a few minutes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from riskgate.adapters.aws.outcomes import say
from riskgate.core.errors import SecretUnreadable, Transient

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHE_SECONDS = 300.0
#: A refresh on demand reads again only what is older, so that wrong codes cannot flood Secrets Manager.
REFRESH_SECONDS = 5.0


class SecretMissing(Transient):
    """There is no such secret, or none yet."""


class SecretCache:
    """Read secrets and remember them for `CACHE_SECONDS`. `clock`: monotonic seconds."""

    def __init__(self, client: SecretsManagerClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._texts: dict[str, tuple[float, str]] = {}
        self._missing: dict[str, float] = {}

    def get_text(self, secret_id: str, *, refresh: bool = False) -> str:
        """Return a secret's current text; with `refresh`, read again what is older than `REFRESH_SECONDS`.

        Raises SecretMissing: there is no such secret; Transient: Secrets Manager did not answer; a remembered value is
        not used past its time.
        """
        age_max = REFRESH_SECONDS if refresh else CACHE_SECONDS
        now = self._clock()
        read_at, text = self._texts.get(secret_id, (None, ""))
        if read_at is not None and now - read_at < age_max:
            return text
        try:
            text = self._client.get_secret_value(SecretId=secret_id)["SecretString"]
        except self._client.exceptions.ResourceNotFoundException as error:
            raise SecretMissing("a secret does not exist") from error
        except (ClientError, BotoCoreError) as error:
            raise Transient(f"the secrets cannot be read: {say(error)}") from error
        except KeyError:
            raise _unreadable() from None
        self._texts[secret_id] = (now, text)
        return text

    def find_text(self, secret_id: str, *, refresh: bool = False) -> str | None:
        """Return a secret's current text, None where there is none, which is remembered too; see `get_text`."""
        age_max = REFRESH_SECONDS if refresh else CACHE_SECONDS
        missing_since = self._missing.get(secret_id)
        if missing_since is not None and self._clock() - missing_since < age_max:
            return None
        self._missing.pop(secret_id, None)
        try:
            return self.get_text(secret_id, refresh=refresh)
        except SecretMissing:
            self._missing[secret_id] = self._clock()
            return None

    def get_json(self, secret_id: str, *, refresh: bool = False) -> Mapping[str, str]:
        """Return a secret that is a JSON object of strings; see `get_text`."""
        try:
            fields = json.loads(self.get_text(secret_id, refresh=refresh))
        except ValueError:
            # The decoder's error holds the whole text.
            raise _unreadable() from None
        if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
            raise _unreadable()
        return fields

    def clear(self) -> None:
        """Forget every secret."""
        self._texts.clear()
        self._missing.clear()


def _unreadable() -> SecretUnreadable:
    return SecretUnreadable("a secret does not have the expected form")
