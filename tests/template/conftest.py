"""The template as written and as SAM turns it into CloudFormation."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from infra.local.settings import ROOT
from tests.support.yaml_files import read_yaml
from tests.template.reading import Resources, of_type

ASSET = "s3://bucket/key"


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    """``template.yaml`` with every intrinsic in its long form."""
    parsed: dict[str, Any] = read_yaml(ROOT / "template.yaml")
    return parsed


@pytest.fixture(scope="session")
def alarms() -> dict[str, Any]:
    """``infra/alarms.yaml``, the nested stack of alarms."""
    parsed: dict[str, Any] = read_yaml(ROOT / "infra" / "alarms.yaml")
    return parsed


@pytest.fixture(scope="session")
def translate(template: dict[str, Any]) -> Callable[..., Resources]:
    """Return the resources that CloudFormation gets with these parameters: the template after the SAM transform."""

    def translate(**parameters: Any) -> Resources:
        source = json.loads(json.dumps(template))
        source["Globals"]["Function"]["CodeUri"] = ASSET  # local folders become assets at `sam package`
        for resource in source["Resources"].values():
            if resource["Type"] == "AWS::Serverless::LayerVersion":
                resource["Properties"]["ContentUri"] = ASSET
        session = boto3.Session(region_name="us-east-1")
        translator = Translator({}, Parser(), None, session)
        defaults = {name: parameter["Default"] for name, parameter in template["Parameters"].items()}
        translated = translator.translate(source, {**defaults, **parameters})
        found: Resources = translated["Resources"]
        return found

    return translate


@pytest.fixture(scope="session")
def resources(translate: Callable[..., Resources]) -> Resources:
    """The resources with every parameter's default."""
    return translate()


@pytest.fixture(scope="session")
def functions(resources: Resources) -> Resources:
    """The Lambda functions' properties by logical id."""
    return of_type(resources, "AWS::Lambda::Function")
