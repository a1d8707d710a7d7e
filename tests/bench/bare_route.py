"""The least a decision could cost on the same stack: a route whose function writes three items in one transaction.

No authorizer, no layer, nothing decided; the function prints one line, as the emulator is slow with silent ones.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import ClientError

NAME = "riskgate-bench-bare"
ROLE_ARN = f"arn:aws:iam::000000000000:role/{NAME}"
_SOURCE = """
import itertools, json, os, uuid
import boto3
CLIENT, TABLE, NUMBERS = boto3.client("dynamodb"), os.environ["TABLE"], itertools.count()
PREFIX = uuid.uuid4().hex

def handler(event, context):
    number = f"{PREFIX}-{next(NUMBERS)}"
    put = lambda sk: {"Put": {"TableName": TABLE, "Item": {"pk": {"S": number}, "sk": {"S": sk}, "n": {"N": "1"}},
                              "ConditionExpression": "attribute_not_exists(pk)"}}
    CLIENT.transact_write_items(TransactItems=[put("a"), put("b"), put("c")])
    print(json.dumps({"message": "written"}))
    return {"statusCode": 201, "headers": {"Content-Type": "application/json"}, "body": "{}"}
"""


@contextmanager
def deploy(client: Callable[[str], Any]) -> Iterator[str]:
    """Deploy the route and give its id in the emulator's URLs; remove it afterwards.

    Parameters
    ----------
    client : gives the emulator's client of a service.
    """
    dynamodb, functions, gateway, iam = (client(name) for name in ("dynamodb", "lambda", "apigateway", "iam"))
    _remove(dynamodb, functions, iam)  # what a run left that was ended
    dynamodb.create_table(
        TableName=NAME,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(_TRUST))
    iam.put_role_policy(RoleName=NAME, PolicyName="write", PolicyDocument=json.dumps(_PERMISSIONS))
    function = functions.create_function(
        FunctionName=NAME,
        Runtime="python3.13",
        Role=ROLE_ARN,
        Handler="app.handler",
        Code={"ZipFile": _zip()},
        Environment={"Variables": {"TABLE": NAME}},
        MemorySize=1024,
        Timeout=3,
    )
    api = gateway.create_rest_api(name=NAME)["id"]
    try:
        _add_route(gateway, api, function["FunctionArn"])
        yield api
    finally:
        gateway.delete_rest_api(restApiId=api)
        _remove(dynamodb, functions, iam)


def _remove(dynamodb: Any, functions: Any, iam: Any) -> None:
    for remove in (
        lambda: functions.delete_function(FunctionName=NAME),
        lambda: iam.delete_role_policy(RoleName=NAME, PolicyName="write"),
        lambda: iam.delete_role(RoleName=NAME),
        lambda: dynamodb.delete_table(TableName=NAME),
    ):
        with suppress(ClientError):  # it is not there
            remove()


_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
_PERMISSIONS = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": f"arn:aws:dynamodb:*:*:table/{NAME}"}],
}


def _add_route(gateway: Any, api: str, function_arn: str) -> None:
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    resource = gateway.create_resource(restApiId=api, parentId=root, pathPart="bare")["id"]
    gateway.put_method(restApiId=api, resourceId=resource, httpMethod="POST", authorizationType="NONE")
    region = function_arn.split(":")[3]
    gateway.put_integration(
        restApiId=api,
        resourceId=resource,
        httpMethod="POST",
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function_arn}/invocations",
    )
    gateway.create_deployment(restApiId=api, stageName="v1")


def _zip() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("app.py", _SOURCE)
    return archive.getvalue()
