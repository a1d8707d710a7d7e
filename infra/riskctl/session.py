"""What one run of the command line shares: the target, its API, its tables."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import httpx
import typer

from infra.riskctl.api import ApiClient
from infra.riskctl.errors import CliError
from infra.riskctl.target import Connection, Target, resolve_target

if TYPE_CHECKING:
    from infra.riskctl.aws import Aws
    from infra.riskctl.one_time_codes import OneTimeCodes

type Body = Mapping[str, Any]


class Session:
    """Connect on first use, so that help needs no stack; without a `transport` over the network."""

    def __init__(self, connection: Connection, transport: httpx.BaseTransport | None = None) -> None:
        self._connection = connection
        self._transport = transport

    @cached_property
    def target(self) -> Target:
        """Return the gateway to work on."""
        return resolve_target(self._connection)

    @cached_property
    def api(self) -> ApiClient:
        """Return the client of its API."""
        if self.target.token is None:
            raise CliError("no token: pass --token or set RISKCTL_TOKEN")
        return self.connect(self.target.token)

    def connect(self, token: str) -> ApiClient:
        """Return a client of the API with another token."""
        if self.target.api_url is None:
            raise CliError("no API address: pass --api-url")
        return ApiClient(self.target.api_url, token, self._transport)

    @cached_property
    def aws(self) -> Aws:
        """Return its tables and secrets."""
        # Most commands ask the API alone: they do not wait for what else is loaded.
        from infra.riskctl.aws import Aws  # noqa: PLC0415

        return Aws(self.target)

    @property
    def region(self) -> str | None:
        """Return the region of AWS that the gateway runs in, None where that is not known or is no region of AWS."""
        if self.target.endpoint_url is not None or self.target.stack_name is None:
            return None
        return self.target.session.region_name

    def account(self, given: str | None) -> str:
        """Return the account a command is about."""
        account = given or self.target.account_id
        if account is None:
            raise CliError("no account: pass --account or set RISKCTL_ACCOUNT")
        return account

    def codes(self, given: str | None) -> OneTimeCodes:
        """Return where one-time codes come from."""
        from infra.riskctl.one_time_codes import OneTimeCodes  # noqa: PLC0415

        return OneTimeCodes(given=given, seed=self.target.totp_seed)

    def confirm(self, totp: str | None, method: str, path: str, body: Body | None = None) -> dict[str, Any]:
        """Call a route that wants a one-time code, and return its answer."""
        return self.codes(totp).run(lambda code: self.api.call(method, path, body, totp=code)).body


def session_of(context: typer.Context) -> Session:
    """Return the session of a command."""
    # The root command puts it there.
    return cast("Session", context.obj)
