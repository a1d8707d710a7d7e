"""Run the emulator with changes: layers, functions' start and end, rights on messages, rows, buckets, streams, routes.

MiniStack unpacks all layers of a function into a fresh folder whenever it starts a worker,
and it starts one for each published version, each call in parallel and after each handler
error (an authorizer's refusal is one). Unpacking takes longer than the function's own start.
Layers are read-only on AWS too, so the workers can share one copy. Each published version
(SnapStart) is started at once; all of them together would keep the first request waiting. A
function's time is limited for AWS's processors, not for a busy machine's: it is ended later here. A
batch of messages would need a right that IAM does not know; AWS asks for the single call's.
Roles are limited to rows by their partition keys, which the emulator does not tell them. And it
knows no batching window of a stream: a function that is called once a minute on AWS would be
called for each change. It is reached over plain HTTP on this machine alone, which a bucket
that wants TLS refuses. An API that is imported loses the route for all methods. An alarm on an
expression is refused: it is taken for one on the metric in it.

Runs on the emulator's own interpreter, with its packages alone.
"""

import hashlib
import json
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# A deployment starts a worker of every function at once: the first unpacks, the others wait for it.
_UNPACKING = threading.Lock()
# How many times its own a function's time is before it is ended.
PATIENCE = 10


class SharedLayerZip(zipfile.ZipFile):
    """An archive whose content, when it is a layer, is linked to from a shared copy."""

    @property
    def is_layer(self) -> bool:
        """Tell whether the emulator is about to unpack one of a function's layers."""
        return Path(str(self.filename)).name.startswith("layer_")

    def namelist(self) -> list[str]:
        """List nothing of a layer: checking thousands of paths per worker costs more than starting it."""
        return [] if self.is_layer else super().namelist()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """Link `path` to the shared copy of a layer; unpack anything else as usual."""
        if path is None or not self.is_layer:
            super().extractall(path, members, pwd)
            return
        digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        shared = Path(tempfile.gettempdir()) / "layers" / digest
        with _UNPACKING:
            if not shared.is_dir():
                shared.parent.mkdir(exist_ok=True)
                staging = Path(tempfile.mkdtemp(dir=shared.parent))
                super().extractall(staging, super().namelist(), pwd)
                staging.rename(shared)
        for entry in shared.iterdir():
            (Path(path) / entry.name).symlink_to(entry)


def share_layers() -> None:
    """Make the emulator's workers use `SharedLayerZip`."""
    from ministack.core import lambda_runtime  # noqa: PLC0415 - only the emulator's environment has it

    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedLayerZip})


def start_versions_one_by_one() -> None:
    """Make published versions wait for each other; a call starts its function without waiting."""
    from ministack.services import lambda_svc  # noqa: PLC0415 - only the emulator's environment has it

    start, turn = lambda_svc.ensure_spawned, threading.Lock()

    def start_in_turn(worker: Any) -> None:
        with turn:
            start(worker)

    lambda_svc.ensure_spawned = start_in_turn


def end_functions_late() -> None:
    """Give functions more time to answer than they are told they have."""
    from ministack.core import lambda_runtime  # noqa: PLC0415 - only the emulator's environment has it

    worker_type = lambda_runtime.Worker
    spawn, invoke = worker_type._spawn, worker_type.invoke  # noqa: SLF001

    def spawn_with_own_time(worker: Any) -> None:
        known = worker.config
        worker.config = getattr(worker, "own_config", known)
        try:
            spawn(worker)
        finally:
            worker.config = known

    def invoke_patiently(worker: Any, *arguments: Any, **keywords: Any) -> Any:
        if not hasattr(worker, "own_config"):
            worker.own_config = worker.config
            worker.config = {**worker.config, "Timeout": PATIENCE * worker.config["Timeout"]}
        return invoke(worker, *arguments, **keywords)

    worker_type._spawn, worker_type.invoke = spawn_with_own_time, invoke_patiently  # noqa: SLF001


def authorize_batches_as_aws_does() -> None:
    """Make a batch of messages ask for the single call's right: IAM knows no action of its own for it."""
    from ministack.core import iam_actions  # noqa: PLC0415 - only the emulator's environment has it

    name_action = iam_actions.extract_iam_action

    def name_as_iam_does(*arguments: Any) -> str | None:
        action: str | None = name_action(*arguments)
        return action.removesuffix("Batch") if action is not None and action.startswith("sqs:") else action

    iam_actions.extract_iam_action = name_as_iam_does


class PartOfTransaction(str):
    """The action of one part of a transaction, with the partition keys it is for."""

    __slots__ = ("keys",)
    keys: list[str]

    @classmethod
    def of(cls, action: str, keys: list[str]) -> "PartOfTransaction":
        """Return the action with its keys."""
        part = cls(action)
        part.keys = keys
        return part


def tell_roles_the_rows() -> None:
    """Give each check of a role the partition keys of its request, of a transaction part by part."""
    from ministack.core import iam_actions, iam_evaluator  # noqa: PLC0415 - only the emulator's environment has it

    sys.path.append(str(Path(__file__).parents[2]))
    from infra.local.rows import list_leading_keys, list_reaches  # noqa: PLC0415

    describe, list_parts = iam_actions.dynamodb_service_context, iam_actions.dynamodb_transaction_checks
    enforce = iam_evaluator.enforce

    def describe_rows(body: bytes) -> dict[str, Any]:
        keys = list_leading_keys(json.loads(body or b"{}"))
        return {**describe(body), **({"dynamodb:LeadingKeys": keys} if keys else {})}

    def list_parts_with_rows(action: str, body: bytes, *place: Any) -> list[tuple[str, str]]:
        parts = list_parts(action, body, *place)
        if not parts:
            return []
        reaches = list_reaches(action.removeprefix("dynamodb:"), json.loads(body))
        return [
            (PartOfTransaction.of(part, reach.keys), arn) for (part, arn), reach in zip(parts, reaches, strict=True)
        ]

    def enforce_with_rows(access_key: str, action: str, *arguments: Any, **keywords: Any) -> Any:
        if isinstance(action, PartOfTransaction):
            context = keywords.pop("service_context", None) or {}
            keywords["service_context"] = {**context, "dynamodb:LeadingKeys": action.keys}
        return enforce(access_key, action, *arguments, **keywords)

    iam_actions.dynamodb_service_context = describe_rows
    iam_actions.dynamodb_transaction_checks = list_parts_with_rows
    iam_evaluator.enforce = enforce_with_rows


def count_requests_as_tls() -> None:
    """Let policies take every request for one over TLS: none leaves this machine."""
    from ministack.core import iam_evaluator  # noqa: PLC0415 - only the emulator's environment has it

    note_origin = iam_evaluator.pin_request_origin
    iam_evaluator.pin_request_origin = lambda address, _is_tls: note_origin(address, True)


class Rests(dict[str, float]):
    """Until when a stream's function is left alone: for as long as its batching window, after each batch it took."""

    def __init__(self, windows: dict[str, float]) -> None:
        super().__init__()
        self._windows = windows

    def pop(self, source: str, *default: Any) -> Any:
        """Let a source that served a batch rest; the emulator forgets its failures by this."""
        window = self._windows.get(source, 0)
        if window:
            self[source] = time.time() + window
            return None
        return super().pop(source, *default)


def let_batches_gather() -> None:
    """Call the functions of streams no more often than their batching windows say."""
    from ministack.services import lambda_svc  # noqa: PLC0415 - only the emulator's environment has it

    windows: dict[str, float] = {}
    choose = lambda_svc._apply_filter_criteria  # noqa: SLF001

    def choose_and_note(records: list[Any], source: dict[str, Any]) -> Any:
        windows[source["UUID"]] = float(source.get("MaximumBatchingWindowInSeconds") or 0)
        return choose(records, source)

    lambda_svc._apply_filter_criteria = choose_and_note  # noqa: SLF001
    lambda_svc._esm_backoff_until = Rests(windows)  # noqa: SLF001


def import_routes_for_all_methods() -> None:
    """Take in an API's routes for all methods, too: the emulator serves them, but overlooks them in a definition."""
    from ministack.services import apigateway_v1  # noqa: PLC0415 - only the emulator's environment has it

    written, import_operation = "x-amazon-apigateway-any-method", apigateway_v1._import_operation  # noqa: SLF001

    def import_any(api: str, resource: str, method: str, *arguments: Any) -> None:
        import_operation(api, resource, "ANY" if method == written.upper() else method, *arguments)

    apigateway_v1._OPENAPI_HTTP_METHODS.add(written)  # noqa: SLF001
    apigateway_v1._import_operation = import_any  # noqa: SLF001


def take_alarms_on_expressions() -> None:
    """Take in an alarm on an expression as one on the metric in it: nobody throttles a table here."""
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415 - only the emulator's environment has it

    record = provisioners._cw_metric_alarm_record  # noqa: SLF001

    def record_any(name: str, properties: dict[str, Any]) -> Any:
        read = [query["MetricStat"] for query in properties.get("Metrics") or [] if "MetricStat" in query]
        if len(read) != 1:
            return record(name, properties)
        own = {**properties, **read[0]["Metric"], "Period": read[0]["Period"], "Statistic": read[0]["Stat"]}
        del own["Metrics"]
        return record(name, own)

    provisioners._cw_metric_alarm_record = record_any  # noqa: SLF001


def main() -> None:
    """Start the emulator."""
    share_layers()
    start_versions_one_by_one()
    end_functions_late()
    authorize_batches_as_aws_does()
    tell_roles_the_rows()
    count_requests_as_tls()
    let_batches_gather()
    import_routes_for_all_methods()
    take_alarms_on_expressions()
    from ministack.app import main as run  # noqa: PLC0415

    run()


if __name__ == "__main__":
    main()
