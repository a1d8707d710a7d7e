"""The authorizer: which tokens pass, what it answers, and that nothing else ever comes out of it."""

from __future__ import annotations

import hmac
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from functions.authorizer import app
from riskgate.adapters.aws import clients as aws_clients
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.dynamodb.tokens import DynamoTokenStore, to_item, token_key
from riskgate.core.access.tokens import TOKEN_RANDOM_BYTES, Scope, Token, new_token
from riskgate.core.errors import Conflict, Forbidden, NotFound, StateCorrupt, Transient, Unauthorized
from riskgate.observability import metrics
from riskgate.runtime.api.principal import principal_from
from riskgate.schemas.http.routes import ROUTES

if TYPE_CHECKING:
    from tests.support.aws import Aws, LambdaContext

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
STAGE_ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/v1"
SOURCE_IP = "198.51.100.7"

type Call = Callable[..., dict[str, Any]]


def make_token(seed: int = 1, **changes: Any) -> tuple[Token, str]:
    arguments: dict[str, Any] = {
        "random_bytes": bytes((seed * 7 + i) % 256 for i in range(TOKEN_RANDOM_BYTES)),
        "scopes": [Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ],
        "accounts": ["demo"],
        "operator": "alice",
        "expires_at": NOW + timedelta(days=30),
        "created_at": NOW - timedelta(days=1),
    }
    return new_token(**(arguments | changes))


def make_event(
    authorization: str | Sequence[str] | None, *, route: str = "POST/accounts/demo/orders", source_ip: str = SOURCE_IP
) -> dict[str, Any]:
    values = [authorization] if isinstance(authorization, str) else list(authorization or ())
    method, _, path = route.partition("/")
    return {
        "type": "REQUEST",
        "methodArn": f"{STAGE_ARN}/{route}",
        "resource": f"/{path}",
        "path": f"/{path}",
        "httpMethod": method,
        "headers": {"Host": "example.org", **({"Authorization": values[-1]} if values else {})},
        "multiValueHeaders": {"Host": ["example.org"], **({"Authorization": values} if values else {})},
        "queryStringParameters": None,
        "requestContext": {
            "requestId": "5a7b1e9c-1f2e-4a3b-8c4d-9e5f6a7b8c9d",
            "identity": {"sourceIp": source_ip},
            "stage": "v1",
        },
    }


@pytest.fixture
def store(aws: Aws) -> DynamoTokenStore:
    return DynamoTokenStore(aws.dynamodb, aws.control_table)


@pytest.fixture
def call(aws: Aws, lambda_context: LambdaContext, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the handler at `NOW`."""
    assert aws.control_table
    monkeypatch.setattr(app, "utc_now", lambda: NOW)

    def call_handler(event: Any) -> dict[str, Any]:
        answer: dict[str, Any] = app.lambda_handler(event, lambda_context)
        return answer

    return call_handler


def assert_unauthorized(call: Call, event: Any, text: str = "Unauthorized") -> None:
    """Check that the handler raises what API Gateway turns into 401: this text, no cause, nothing more."""
    with pytest.raises(Exception, match=rf"^{text}$") as caught:
        call(event)
    assert type(caught.value) is Exception
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def log_codes(log_output: io.StringIO) -> list[str]:
    return [json.loads(line).get("code", "") for line in log_output.getvalue().splitlines()]


def allows(answer: dict[str, Any], arn: str) -> bool:
    (statement,) = answer["policyDocument"]["Statement"]
    patterns = [re.escape(resource).replace(r"\*", ".*") for resource in statement["Resource"]]
    return statement["Effect"] == "Allow" and any(re.fullmatch(pattern, arn) for pattern in patterns)


class TestGoodToken:
    def test_authorizer_when_token_is_bound_to_strategies_then_the_context_names_them(
        self, call: Call, store: DynamoTokenStore, aws: Aws
    ) -> None:
        token, text = make_token(strategies=["trend", "carry"])
        store.put_token(token)
        assert call(make_event(f"Bearer {text}"))["context"]["strategies"] == "carry,trend"

        # Stored before tokens named strategies.
        aws.dynamodb.update_item(
            TableName=aws.control_table, Key=token_key(token.token_id), UpdateExpression="REMOVE strategies"
        )
        assert call(make_event(f"Bearer {text}"))["context"]["strategies"] == "*"

    def test_authorizer_when_token_is_good_then_policy_and_flat_context(
        self, call: Call, store: DynamoTokenStore, log_output: io.StringIO
    ) -> None:
        token, text = make_token(accounts=["demo", "second"])
        store.put_token(token)

        answer = call(make_event(f"Bearer {text}"))

        assert answer["principalId"] == token.token_id
        assert answer["context"] == {
            "token_id": token.token_id,
            "operator": "alice",
            "scopes": "accounts:read orders:write",
            "accounts": "demo,second",
            "cidrs": "*",
            "strategies": "*",
        }
        assert all(type(value) is str for value in answer["context"].values())
        lines = [json.loads(line) for line in log_output.getvalue().splitlines()]
        assert [(line["message"], line["token_id"]) for line in lines] == [("request_authorized", token.token_id)]

    def test_authorizer_when_answer_is_reused_then_admits_exactly_the_tokens_routes(
        self, call: Call, store: DynamoTokenStore
    ) -> None:
        token, text = make_token()
        store.put_token(token)

        # What API Gateway caches for one route is evaluated for all others.
        cached = call(make_event(f"Bearer {text}", route="GET/accounts/demo"))

        for route in ROUTES:
            if route.scope is None:
                continue
            for account_id in ("demo", "other"):
                path = re.sub(r"\{[^}]+\}", "x", route.path.replace("{account_id}", account_id))
                permitted = account_id == "demo" or "{account_id}" not in route.path
                expected = route.scope in token.scopes and permitted
                assert allows(cached, f"{STAGE_ARN}/{route.method}{path}") == expected, (route.method, path)

    def test_authorizer_when_called_for_another_route_then_same_answer(
        self, call: Call, store: DynamoTokenStore
    ) -> None:
        token, text = make_token()
        store.put_token(token)

        first = call(make_event(f"Bearer {text}", route="GET/accounts/demo"))
        second = call(make_event(f"Bearer {text}", route="PUT/kill-switch"))

        assert first == second

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    def test_authorizer_when_scheme_is_spelled_otherwise_then_accepted(
        self, call: Call, store: DynamoTokenStore, scheme: str
    ) -> None:
        token, text = make_token()
        store.put_token(token)

        assert call(make_event(f"{scheme} {text}"))["principalId"] == token.token_id

    def test_authorizer_when_header_name_is_lower_case_then_accepted(self, call: Call, store: DynamoTokenStore) -> None:
        token, text = make_token()
        store.put_token(token)
        event = make_event(None)
        event["headers"]["authorization"] = f"Bearer {text}"
        event["multiValueHeaders"]["authorization"] = [f"Bearer {text}"]

        assert call(event)["principalId"] == token.token_id

    @pytest.mark.parametrize("source_ip", ["203.0.113.1", "203.0.113.254", "::ffff:203.0.113.9"])
    def test_authorizer_when_address_lies_in_the_network_then_accepted(
        self, call: Call, store: DynamoTokenStore, source_ip: str
    ) -> None:
        token, text = make_token(cidrs=["203.0.113.0/24"])
        store.put_token(token)

        assert call(make_event(f"Bearer {text}", source_ip=source_ip))["principalId"] == token.token_id


class TestRefusedToken:
    @pytest.mark.parametrize(
        ("code", "changes"),
        [
            ("TOKEN_EXPIRED", {"expires_at": NOW}),
            ("TOKEN_EXPIRED", {"expires_at": NOW - timedelta(seconds=1)}),
            ("TOKEN_REVOKED", {"revoked": True}),
            ("SOURCE_NOT_PERMITTED", {"cidrs": ("203.0.113.0/24",)}),
            ("TOKEN_INVALID", {"token_hash": "0" * 64}),
        ],
    )
    def test_authorizer_when_token_may_not_be_used_then_unauthorized(
        self, call: Call, store: DynamoTokenStore, log_output: io.StringIO, code: str, changes: dict[str, Any]
    ) -> None:
        token, text = make_token()
        store.put_token(replace(token, **changes))

        assert_unauthorized(call, make_event(f"Bearer {text}"))
        assert log_codes(log_output) == [code]

    def test_authorizer_when_token_is_unknown_then_unauthorized(self, call: Call, log_output: io.StringIO) -> None:
        assert_unauthorized(call, make_event(f"Bearer {make_token()[1]}"))
        assert log_codes(log_output) == ["TOKEN_INVALID"]

    def test_authorizer_when_secret_is_wrong_then_unauthorized(
        self, call: Call, store: DynamoTokenStore, log_output: io.StringIO
    ) -> None:
        token, text = make_token()
        store.put_token(token)
        wrong = text[:-1] + ("A" if text[-1] != "A" else "B")

        assert_unauthorized(call, make_event(f"Bearer {wrong}"))
        assert log_codes(log_output) == ["TOKEN_INVALID"]

    def test_authorizer_when_token_is_revoked_between_calls_then_next_call_is_unauthorized(
        self, call: Call, store: DynamoTokenStore
    ) -> None:
        token, text = make_token()
        store.put_token(token)
        assert call(make_event(f"Bearer {text}"))

        store.revoke_token(token.token_id)

        assert_unauthorized(call, make_event(f"Bearer {text}"))

    def test_authorizer_when_token_id_is_unknown_then_same_steps_as_for_a_wrong_secret(
        self, call: Call, store: DynamoTokenStore, aws: Aws, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        known, text = make_token(1)
        store.put_token(known)
        steps: list[str] = []
        compare = hmac.compare_digest

        def compare_and_note(a: bytes, b: bytes) -> bool:
            steps.append(f"compare {len(a)} with {len(b)}")
            return compare(a, b)

        monkeypatch.setattr(hmac, "compare_digest", compare_and_note)
        client = aws_clients.dynamodb_client()
        client.meta.events.register("before-call.dynamodb", lambda model, **_: steps.append(model.name))

        assert_unauthorized(call, make_event(f"Bearer {text[:-1]}{'A' if text[-1] != 'A' else 'B'}"))
        wrong_secret, steps[:] = list(steps), []
        assert_unauthorized(call, make_event(f"Bearer {make_token(2)[1]}"))

        assert wrong_secret == steps == ["GetItem", "compare 64 with 64"]
        assert len(aws.items(aws.control_table)) == 1

    @pytest.mark.parametrize(
        ("code", "authorization"),
        [
            ("TOKEN_MISSING", None),
            ("TOKEN_MISSING", ""),
            ("TOKEN_MALFORMED", "Bearer"),
            ("TOKEN_MALFORMED", "Bearer "),
            ("TOKEN_MALFORMED", "Bearer rg_short"),
            ("TOKEN_MALFORMED", "{token}"),
            ("TOKEN_MALFORMED", "Basic {token}"),
            ("TOKEN_MALFORMED", "Token {token}"),
            ("TOKEN_MALFORMED", "Bearer {token} {token}"),
            ("TOKEN_MALFORMED", "Bearer {token}, Bearer {token}"),
            ("TOKEN_MALFORMED", "Bearer {token}="),
            ("TOKEN_MALFORMED", "Bearer\u00a0{token}"),
            ("TOKEN_MALFORMED", "Bearer rg_" + "a" * 10_240),
            ("TOKEN_MALFORMED", "Bearer " + " " * 10_240 + "{token}"),
        ],
        ids=range(14),
    )
    def test_authorizer_when_header_is_malformed_then_refused_before_any_lookup(
        self, call: Call, store: DynamoTokenStore, log_output: io.StringIO, code: str, authorization: str | None
    ) -> None:
        token, text = make_token()
        store.put_token(token)
        requests: list[str] = []
        aws_clients.dynamodb_client().meta.events.register(
            "before-call.dynamodb", lambda model, **_: requests.append(model.name)
        )

        header = authorization.replace("{token}", text) if authorization else authorization
        assert_unauthorized(call, make_event(header))

        assert log_codes(log_output) == [code]
        assert requests == []

    def test_authorizer_when_authorization_is_given_twice_then_unauthorized(
        self, call: Call, store: DynamoTokenStore, log_output: io.StringIO
    ) -> None:
        token, text = make_token()
        store.put_token(token)

        assert_unauthorized(call, make_event([f"Bearer {text}", f"Bearer {text}"]))
        assert_unauthorized(call, make_event(["Bearer rg_x", f"Bearer {text}"]))
        spelled_twice = make_event(f"Bearer {text}")
        spelled_twice["headers"]["authorization"] = f"Bearer {make_token(2)[1]}"
        assert_unauthorized(call, spelled_twice)

        assert log_codes(log_output) == ["HEADER_REPEATED"] * 3

    def test_authorizer_when_token_is_in_the_query_then_unauthorized(self, call: Call, store: DynamoTokenStore) -> None:
        token, text = make_token()
        store.put_token(token)
        event = make_event(None)
        event["queryStringParameters"] = {"token": text, "Authorization": f"Bearer {text}"}

        assert_unauthorized(call, event)

    def test_authorizer_when_a_header_claims_another_address_then_not_believed(
        self, call: Call, store: DynamoTokenStore
    ) -> None:
        token, text = make_token(cidrs=["203.0.113.0/24"])
        store.put_token(token)
        event = make_event(f"Bearer {text}")
        event["headers"]["X-Forwarded-For"] = "203.0.113.1"

        assert_unauthorized(call, event)


class TestFailures:
    @pytest.mark.parametrize(
        "broken",
        [
            {},
            {"headers": None, "multiValueHeaders": None},
            {"headers": "x"},
            {"headers": {"Authorization": 7}},
            {"headers": {"Authorization": ["a", "b"]}},
            {"multiValueHeaders": {"Authorization": None}},
            {"requestContext": None, "headers": {}},
        ],
        ids=range(7),
    )
    def test_authorizer_when_event_is_broken_then_unauthorized(self, call: Call, broken: dict[str, Any]) -> None:
        assert_unauthorized(call, broken)

    @pytest.mark.parametrize("arn", [None, "", "arn:aws:execute-api", 7])
    def test_authorizer_when_method_arn_is_broken_then_unauthorized(
        self, call: Call, store: DynamoTokenStore, arn: object
    ) -> None:
        token, text = make_token()
        store.put_token(token)

        assert_unauthorized(call, {**make_event(f"Bearer {text}"), "methodArn": arn})

    def test_authorizer_when_database_does_not_answer_then_unavailable_logged_and_counted(
        self, call: Call, log_output: io.StringIO, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def refuse(**_: object) -> None:
            raise ConnectTimeoutError(endpoint_url="https://dynamodb.example")

        aws_clients.dynamodb_client().meta.events.register("before-send.dynamodb", refuse)

        # A bot whose key is called wrong stops; one that is told to ask again does.
        assert_unauthorized(call, make_event(f"Bearer {make_token()[1]}"), "Unavailable")

        (line,) = [json.loads(line) for line in log_output.getvalue().splitlines()]
        assert (line["message"], line["level"]) == ("authorizer_failed", "ERROR")
        assert json.loads(capsys.readouterr().out)["AuthorizerFailures"] == [1.0]

    def test_authorizer_when_table_is_not_configured_then_unauthorized(
        self, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("CONTROL_TABLE")
        forget()

        assert_unauthorized(call, make_event(f"Bearer {make_token()[1]}"))

    @pytest.mark.parametrize(
        "changes",
        [
            {"token_hash": None},
            {"scopes": {"S": "admin"}},
            {"accounts": None},
            {"expires_at": {"S": "tomorrow"}},
            {"expires_at": {"S": "2026-12-01T00:00:00"}},
            {"expires_at": None},
            {"revoked": {"S": "false"}},
            {"revoked": None},
            {"cidrs": None},
            {"cidrs": {"L": [{"N": "1"}]}},
        ],
        ids=str,
    )
    def test_authorizer_when_stored_token_is_unreadable_then_unauthorized(
        self, call: Call, store: DynamoTokenStore, aws: Aws, changes: dict[str, Any]
    ) -> None:
        token, text = make_token()
        item: dict[str, Any] = {**to_item(token), **changes}
        aws.dynamodb.put_item(
            TableName=aws.control_table, Item={name: value for name, value in item.items() if value is not None}
        )

        assert_unauthorized(call, make_event(f"Bearer {text}"))
        with pytest.raises(StateCorrupt):
            store.get_token(token.token_id)

    def test_authorizer_when_anything_happens_then_no_secret_is_written(
        self,
        call: Call,
        store: DynamoTokenStore,
        aws: Aws,
        log_output: io.StringIO,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        token, text = make_token()
        store.put_token(token)
        secret = text.rpartition(f"{token.token_id}_")[2]
        events = [
            make_event(f"Bearer {text}"),
            make_event(text),
            make_event(f"Basic {text}"),
            make_event([f"Bearer {text}", f"Bearer {text}"]),
            make_event(f"Bearer {text}x", source_ip=f"Bearer {text}"),
            {**make_event(f"Bearer {text}"), "methodArn": text},
            {"headers": {"Authorization": [f"Bearer {text}"]}},
        ]

        def leak(**_: object) -> None:
            raise RuntimeError(f"sent Authorization: Bearer {text} to https://example.org/?signature={secret}")

        call(events[0])
        for event in events[1:]:
            assert_unauthorized(call, event)
        monkeypatch.setattr(DynamoTokenStore, "get_token", leak)
        assert_unauthorized(call, make_event(f"Bearer {text}"))

        captured = capsys.readouterr()
        written = log_output.getvalue() + captured.out + captured.err + json.dumps(aws.items(aws.control_table))
        assert "authorizer_failed" in written
        assert secret not in written
        assert token.token_hash not in log_output.getvalue() + captured.out

    def test_authorizer_when_called_then_counts_refusals(
        self, call: Call, store: DynamoTokenStore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        token, text = make_token()
        store.put_token(token)

        call(make_event(f"Bearer {text}"))
        assert_unauthorized(call, make_event(None))

        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
        assert [line["AuthorizationRefused"] for line in lines] == [[0.0], [1.0]]
        assert [line["AuthorizerFailures"] for line in lines] == [[0.0], [0.0]]
        assert {line["_aws"]["CloudWatchMetrics"][0]["Namespace"] for line in lines} == {"RiskGateway"}
        assert metrics.metric_set == {}


class TestPrincipal:
    """What the API functions make of the authorizer's context."""

    def proxy_event(self, answer: dict[str, Any], source_ip: str = SOURCE_IP) -> dict[str, Any]:
        return {
            "headers": {"X-Token-Id": "evil", "X-Operator": "mallory"},
            "body": json.dumps({"token_id": "evil", "operator": "mallory", "accounts": "*"}),
            "requestContext": {
                "authorizer": {**answer["context"], "principalId": answer["principalId"], "integrationLatency": 7},
                "identity": {"sourceIp": source_ip},
            },
        }

    def test_principal_when_read_then_the_tokens_and_nothing_the_caller_says(
        self, call: Call, store: DynamoTokenStore
    ) -> None:
        token, text = make_token()
        store.put_token(token)

        principal = principal_from(self.proxy_event(call(make_event(f"Bearer {text}"))))

        assert (principal.token_id, principal.operator) == (token.token_id, "alice")
        principal.require(Scope.ORDERS_WRITE, "demo")
        with pytest.raises(Forbidden, match="account"):
            principal.require(Scope.ORDERS_WRITE, "other")
        with pytest.raises(Forbidden, match="scope"):
            principal.require(Scope.ADMIN, "demo")

    def test_principal_when_cached_answer_is_used_from_another_address_then_unauthorized(
        self, call: Call, store: DynamoTokenStore
    ) -> None:
        token, text = make_token(cidrs=["198.51.100.0/24"])
        store.put_token(token)
        answer = call(make_event(f"Bearer {text}"))

        assert principal_from(self.proxy_event(answer)).token_id == token.token_id
        with pytest.raises(Unauthorized):
            principal_from(self.proxy_event(answer, source_ip="203.0.113.1"))

    @pytest.mark.parametrize(
        "event",
        [
            {},
            {"requestContext": None},
            {"requestContext": {}},
            {"requestContext": {"authorizer": None}},
            {"requestContext": {"authorizer": {}}},
            {"requestContext": {"authorizer": {"principalId": "x", "token_id": "x", "scopes": "admin"}}},
            {"headers": {"token_id": "x"}, "requestContext": {"identity": {"sourceIp": "198.51.100.7"}}},
        ],
        ids=range(7),
    )
    def test_principal_when_the_authorizer_said_nothing_then_unauthorized(self, event: dict[str, Any]) -> None:
        with pytest.raises(Unauthorized):
            principal_from(event)


class TestTokenStore:
    def test_store_when_put_and_read_then_the_same_token(self, store: DynamoTokenStore) -> None:
        token, _ = make_token(cidrs=["203.0.113.0/24", "2001:db8::/32"], accounts=["*"])
        store.put_token(token)

        assert store.get_token(token.token_id) == token
        assert store.get_token("zzzzzzzzzzzz") is None

    def test_store_when_put_then_item_has_the_documented_shape(self, store: DynamoTokenStore, aws: Aws) -> None:
        token, _ = make_token()
        store.put_token(token)

        assert aws.items(aws.control_table) == [
            {
                "pk": {"S": "TOKEN"},
                "sk": {"S": token.token_id},
                "token_hash": {"S": token.token_hash},
                "scopes": {"L": [{"S": "accounts:read"}, {"S": "orders:write"}]},
                "accounts": {"L": [{"S": "demo"}]},
                "operator": {"S": "alice"},
                "expires_at": {"S": "2026-12-21T09:00:00Z"},
                "revoked": {"BOOL": False},
                "cidrs": {"L": []},
                "created_at": {"S": "2026-11-20T09:00:00Z"},
                "strategies": {"L": [{"S": "*"}]},
                "schema": {"N": "1"},
                "oldest_reader": {"N": "1"},
            }
        ]

    def test_store_when_id_is_taken_then_conflict_and_unchanged(self, store: DynamoTokenStore) -> None:
        token, _ = make_token()
        store.put_token(token)

        with pytest.raises(Conflict):
            store.put_token(replace(token, scopes=frozenset({"admin"})))

        assert store.get_token(token.token_id) == token

    def test_store_when_revoked_then_only_that_changes(self, store: DynamoTokenStore) -> None:
        token, _ = make_token()
        store.put_token(token)

        store.revoke_token(token.token_id)
        store.revoke_token(token.token_id)

        assert store.get_token(token.token_id) == replace(token, revoked=True)

    def test_store_when_unknown_token_is_revoked_then_not_found_and_nothing_made(
        self, store: DynamoTokenStore, aws: Aws
    ) -> None:
        with pytest.raises(NotFound):
            store.revoke_token("zzzzzzzzzzzz")

        assert aws.items(aws.control_table) == []

    def test_store_when_listed_then_tokens_alone_in_order(self, store: DynamoTokenStore, aws: Aws) -> None:
        tokens = [make_token(seed)[0] for seed in range(5)]
        for token in tokens:
            store.put_token(token)
        aws.dynamodb.put_item(TableName=aws.control_table, Item={"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}})

        assert store.list_tokens() == sorted(tokens, key=lambda token: token.token_id)

    def test_store_when_table_is_gone_then_transient(self, store: DynamoTokenStore, aws: Aws) -> None:
        aws.dynamodb.delete_table(TableName=aws.control_table)

        with pytest.raises(Transient):
            store.get_token("zzzzzzzzzzzz")


class TestClients:
    def test_clients_when_made_then_time_budget_and_shared(self, aws: Aws) -> None:
        assert aws.control_table
        for make in (aws_clients.dynamodb_client, aws_clients.secretsmanager_client):
            config: Any = make().meta.config
            assert (config.connect_timeout, config.read_timeout, config.tcp_keepalive) == (0.5, 0.8, True)
            assert config.retries["total_max_attempts"] == 2
            assert config.retries["mode"] == "standard"
            assert make() is make()

    def test_clients_when_forgotten_then_made_anew(self, aws: Aws) -> None:
        assert aws.control_table
        before = aws_clients.dynamodb_client()

        forget()

        assert aws_clients.dynamodb_client() is not before
