"""Routes, access, errors and limits of the REST API."""

import json
from typing import Any

import pytest

from riskgate.runtime.api.routes import WAITED_SHORTER_SECONDS
from riskgate.schemas.http.routes import ROUTES as CODE_ROUTES
from tests.template.reading import Resources

ORDERS = "/accounts/{account_id}/orders"
ORDER = f"{ORDERS}/{{client_order_id}}"

# The HTTP contract (DESIGN 3): route to function.
ROUTES = {
    ("POST", ORDERS): "OrderApiFunction",
    ("GET", ORDERS): "OrderApiFunction",
    ("POST", f"{ORDERS}/check"): "OrderApiFunction",
    ("POST", f"{ORDERS}/batch"): "OrderApiFunction",
    ("GET", ORDER): "OrderApiFunction",
    ("PATCH", ORDER): "OrderApiFunction",
    ("POST", f"{ORDER}/fills"): "OrderApiFunction",
    ("POST", f"{ORDER}/placed"): "OrderApiFunction",
    ("POST", f"{ORDER}/cancel"): "OrderApiFunction",
    ("POST", "/accounts/{account_id}/snapshots"): "AdminApiFunction",
    ("PUT", "/accounts/{account_id}"): "AdminApiFunction",
    ("GET", "/accounts/{account_id}"): "AdminApiFunction",
    ("GET", "/accounts/{account_id}/limits"): "AdminApiFunction",
    ("PUT", "/accounts/{account_id}/limits"): "AdminApiFunction",
    ("POST", "/accounts/{account_id}/transfers"): "AdminApiFunction",
    ("POST", "/accounts/{account_id}/breakers/{name}/reset"): "AdminApiFunction",
    ("GET", "/accounts/{account_id}/audit"): "AdminApiFunction",
    ("POST", "/accounts/{account_id}/alerts/{alert}/acknowledge"): "AdminApiFunction",
    ("POST", "/accounts/{account_id}/exits"): "AdminApiFunction",
    ("GET", "/accounts/{account_id}/exits/{exit_id}"): "AdminApiFunction",
    ("GET", "/accounts/{account_id}/locks"): "AdminApiFunction",
    ("DELETE", "/accounts/{account_id}/locks/{lock_id}"): "AdminApiFunction",
    ("GET", "/accounts/{account_id}/risk"): "AdminApiFunction",
    ("GET", "/accounts/{account_id}/scenarios"): "AdminApiFunction",
    ("PUT", "/accounts/{account_id}/scenarios"): "AdminApiFunction",
    ("GET", "/accounts/{account_id}/reconciliation"): "AdminApiFunction",
    ("POST", "/accounts/{account_id}/reconciliation/{break_id}/resolve"): "AdminApiFunction",
    ("PUT", "/accounts/{account_id}/positions/{market}/stop"): "OrderApiFunction",
    ("PUT", "/accounts/{account_id}/heartbeats/{strategy}"): "OrderApiFunction",
    ("DELETE", "/accounts/{account_id}/heartbeats/{strategy}"): "OrderApiFunction",
    ("POST", "/accounts/{account_id}/hedges"): "HedgeFunction",
    ("POST", "/accounts/{account_id}/stress"): "RiskApiFunction",
    ("GET", "/accounts"): "ViewApiFunction",
    ("GET", "/accounts/{account_id}/performance"): "ViewApiFunction",
    ("GET", "/metrics"): "ViewApiFunction",
    ("POST", "/telegram"): "TelegramWebhookFunction",
    ("POST", "/webhooks/{webhook}"): "WebhooksFunction",
    ("POST", "/webhooks/{webhook}/{webhook_secret}"): "WebhooksFunction",
    ("GET", "/webhooks"): "AdminApiFunction",
    ("GET", "/webhooks/{webhook}"): "AdminApiFunction",
    ("PUT", "/webhooks/{webhook}"): "AdminApiFunction",
    ("DELETE", "/webhooks/{webhook}"): "AdminApiFunction",
    ("PUT", "/market/instruments"): "AdminApiFunction",
    ("PUT", "/market/quotes"): "AdminApiFunction",
    ("PUT", "/market/close-jumps"): "AdminApiFunction",
    ("GET", "/kill-switch"): "AdminApiFunction",
    ("PUT", "/kill-switch"): "AdminApiFunction",
    ("GET", "/health"): "AdminApiFunction",
    ("GET", "/openapi.json"): "AdminApiFunction",
    ("GET", "/dashboard"): "DashboardFunction",
}
#: Every method of every path that none of these takes: our own 405 and 404, from the function that only reads.
OTHERWISE = ("X-AMAZON-APIGATEWAY-ANY-METHOD", "/{proxy+}")
SERVED = {**ROUTES, OTHERWISE: "RiskApiFunction"}
#: Telegram and webhooks show secrets of their own; who asks for these needs none.
OPEN_ROUTES = {
    ("GET", "/health"),
    ("GET", "/openapi.json"),
    ("GET", "/dashboard"),
    ("POST", "/telegram"),
    ("POST", "/webhooks/{webhook}"),
    ("POST", "/webhooks/{webhook}/{webhook_secret}"),
}

STATUS_OF_RESPONSE = {
    "UNAUTHORIZED": 401,
    "ACCESS_DENIED": 403,
    "WAF_FILTERED": 403,
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "RESOURCE_NOT_FOUND": 404,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "THROTTLED": 429,
    "QUOTA_EXCEEDED": 429,
    "AUTHORIZER_FAILURE": 503,
    "INTEGRATION_TIMEOUT": 504,
    "INTEGRATION_FAILURE": 504,
    "DEFAULT_4XX": 400,
    "DEFAULT_5XX": 500,
}


@pytest.fixture(scope="module")
def body(resources: Resources) -> dict[str, Any]:
    """The API definition that SAM writes."""
    definition: dict[str, Any] = resources["Api"]["Properties"]["Body"]
    return definition


@pytest.fixture(scope="module")
def operations(body: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in body["paths"].items()
        for method, operation in methods.items()
    }


def test_the_routes_are_those_of_the_contract(operations: dict[tuple[str, str], Any]) -> None:
    def function_of(operation: dict[str, Any]) -> str:
        uri = json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
        [name] = {name for name in set(ROUTES.values()) if f"{name}.Alias" in uri or f"{name}Aliaslive" in uri}
        return name

    assert {route: function_of(operation) for route, operation in operations.items()} == SERVED


def test_the_routes_are_those_that_the_code_serves() -> None:
    assert {(route.method, route.path) for route in CODE_ROUTES} == set(ROUTES)
    assert {(route.method, route.path) for route in CODE_ROUTES if route.scope is None} == OPEN_ROUTES


def test_a_route_has_one_name(template: dict[str, Any]) -> None:
    named = {
        (event["Properties"]["Method"].upper(), event["Properties"]["Path"]): name
        for resource in template["Resources"].values()
        for name, event in resource["Properties"].get("Events", {}).items()
    }
    assert named.pop(("ANY", OTHERWISE[1])) == "Otherwise"
    assert named == {
        (route.method, route.path): route.operation_id[0].upper() + route.operation_id[1:] for route in CODE_ROUTES
    }


def test_only_listed_routes_are_open(operations: dict[tuple[str, str], Any]) -> None:
    security = {route: operation.get("security") for route, operation in operations.items()}
    is_open = {route for route, schemes in security.items() if schemes == [{"NONE": []}]}
    guarded = {route for route, schemes in security.items() if schemes == [{"TokenAuthorizer": []}]}
    assert is_open == OPEN_ROUTES | {OTHERWISE}
    assert guarded == set(ROUTES) - OPEN_ROUTES


def test_the_authorizer_reads_the_authorization_header_and_is_cached_a_minute_at_most(
    body: dict[str, Any], template: dict[str, Any]
) -> None:
    [scheme] = [s for name, s in body["components"]["securitySchemes"].items() if name == "TokenAuthorizer"]
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    assert authorizer["type"] == "request"
    assert authorizer["identitySource"] == "method.request.header.Authorization"
    assert authorizer["authorizerResultTtlInSeconds"] == 30
    parameter = template["Parameters"]["AuthorizerCacheSeconds"]
    assert (parameter["Default"], parameter["MinValue"], parameter["MaxValue"]) == (30, 0, 60)


def test_a_function_outlasts_its_caller(operations: dict[tuple[str, str], Any], functions: Resources) -> None:
    """Where a function is ended first, API Gateway answers with an error that no document names."""
    behind_the_api = {*ROUTES.values(), "AuthorizerFunction"}
    # One also talks to Telegram, one reads many accounts and statements; nobody's order waits for them.
    slow = {"TelegramWebhookFunction", "ViewApiFunction"}
    assert {functions[name]["Timeout"] for name in behind_the_api - slow} == {6}
    for route, operation in operations.items():
        milliseconds = operation["x-amazon-apigateway-integration"]["timeoutInMillis"]
        assert milliseconds == 1000 * functions[SERVED[route]]["Timeout"] - 2000


def test_the_front_doors_function_ends_before_the_api_stops_waiting(resources: Resources, functions: Resources) -> None:
    """Then a bot of Binance gets a 500, an unknown outcome to it; some 503s it takes as not done."""
    waits = resources["FrontDoorIntegration"]["Properties"]["TimeoutInMillis"]
    assert functions["VenueApiFunction"]["Timeout"] * 1000 < waits


@pytest.mark.parametrize("kind", STATUS_OF_RESPONSE)
def test_the_gateways_own_errors_are_problem_documents(kind: str, body: dict[str, Any]) -> None:
    response = body["x-amazon-apigateway-gateway-responses"][kind]
    problem = json.loads(response["responseTemplates"]["application/json"])
    assert set(problem) == {"type", "title", "status", "detail", "instance", "code"}
    assert int(response["statusCode"]) == problem["status"] == STATUS_OF_RESPONSE[kind]
    assert problem["type"] == f"urn:riskgate:problem:{problem['code'].lower().replace('_', '-')}"
    assert problem["instance"] == "$context.requestId"
    headers = response["responseParameters"]
    assert headers["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
    assert headers["gatewayresponse.header.X-Request-Id"] == "context.requestId"
    assert headers["gatewayresponse.header.Cache-Control"] == "'no-store'"
    assert ("gatewayresponse.header.Retry-After" in headers) == (problem["status"] in {429, 503, 504})
    assert ("gatewayresponse.header.WWW-Authenticate" in headers) == (problem["status"] == 401)


def test_every_gateway_response_is_checked(body: dict[str, Any]) -> None:
    assert set(body["x-amazon-apigateway-gateway-responses"]) == set(STATUS_OF_RESPONSE)


def test_the_stage_is_traced_logged_and_throttled(resources: Resources) -> None:
    [stage] = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::ApiGateway::Stage"]
    assert stage["StageName"] == "v1"
    assert stage["TracingEnabled"] is True
    assert stage["AccessLogSetting"]["DestinationArn"] == {"Fn::GetAtt": ["ApiLogGroup", "Arn"]}
    assert set(json.loads(stage["AccessLogSetting"]["Format"])) >= {
        *("request_id", "route", "status", "token_id"),
        *("error", "error_message", "authorizer_error", "integration_error", "waf"),
    }
    settings = {(s["ResourcePath"], s["HttpMethod"]): s for s in stage["MethodSettings"]}
    assert settings["/*", "*"]["ThrottlingRateLimit"] == {"Ref": "ThrottleRate"}
    assert settings["/*", "*"]["ThrottlingBurstLimit"] == {"Ref": "ThrottleBurst"}
    for setting in settings.values():
        assert setting["DataTraceEnabled"] is False, "bodies and tokens must not reach the logs"
        # Execution logs go to a group that API Gateway makes itself: without our key and without an end.
        assert setting["LoggingLevel"] == "OFF"


def test_a_flood_of_orders_does_not_hold_up_cancels_and_the_kill_switch(
    resources: Resources, operations: dict[tuple[str, str], Any]
) -> None:
    [stage] = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::ApiGateway::Stage"]
    own = {
        (s["HttpMethod"], s["ResourcePath"].removeprefix("/").replace("~1", "/"))
        for s in stage["MethodSettings"]
        if s["ResourcePath"] != "/*"
    }
    assert own == {
        ("POST", f"{ORDER}/cancel"),
        ("POST", "/accounts/{account_id}/exits"),
        ("PUT", "/kill-switch"),
        ("POST", "/webhooks/{webhook}"),
        ("POST", "/webhooks/{webhook}/{webhook_secret}"),
        ("*", OTHERWISE[1]),
    }
    assert own - {("*", OTHERWISE[1])} <= set(operations)


@pytest.mark.parametrize("name", ["ApiGatewayLogsRole", "ApiGatewayAccount"])
def test_the_regions_role_for_logs_when_its_stack_is_deleted_then_the_others_log_on(
    name: str, resources: Resources
) -> None:
    assert resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resources[name]["Condition"] == "ManagesApiGatewayAccount"


def test_the_endpoint_is_regional(resources: Resources) -> None:
    api = resources["Api"]["Properties"]
    assert api["EndpointConfiguration"] == {"Types": ["REGIONAL"]}


def test_function_when_api_gateway_waits_for_it_then_so_much_shorter_than_it_may_run(template: dict[str, Any]) -> None:
    """An invocation ends its own requests by what remains of its time, less this."""
    usual = template["Globals"]["Function"]["Timeout"]
    waits = {
        (name, function.get("Timeout", usual), event["Properties"]["TimeoutInMillis"])
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
        for function in [resource["Properties"]]
        for event in function.get("Events", {}).values()
        if event["Type"] == "Api"
    }
    assert len(waits) > 5
    assert {name for name, runs, waited in waits if runs - waited / 1000 != WAITED_SHORTER_SECONDS} == set()
