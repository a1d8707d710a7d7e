"""One-time codes on the control table: accepted once, counted, locked, also when requests interleave."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pyotp import TOTP

from riskgate.adapters.aws import clients as aws_clients
from riskgate.adapters.aws.secrets import CACHE_SECONDS, REFRESH_SECONDS, SecretCache
from riskgate.adapters.dynamodb.operators import DynamoOperatorStore, operator_key
from riskgate.app.access.verify_totp import verify_totp
from riskgate.core.access.totp import OperatorRecord
from riskgate.core.errors import GatewayError, StateCorrupt, TooManyAttempts, Transient
from riskgate.observability import metrics

if TYPE_CHECKING:
    from tests.support.aws import Aws

NOW = datetime(2026, 11, 21, 9, 0, 5, tzinfo=UTC)
STEP = timedelta(seconds=30)
MINUTE = timedelta(minutes=1)


class Clock:
    """Monotonic seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Gate:
    """Verify codes as the admin API does, against the emulated account."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.clock = Clock()
        self.secrets = SecretCache(aws_clients.secretsmanager_client(), self.clock)
        self.operators = DynamoOperatorStore(aws_clients.dynamodb_client(), aws.control_table)
        self.secret_reads = 0
        aws_clients.secretsmanager_client().meta.events.register("before-call.secrets-manager", self._count)

    def _count(self, **_: object) -> None:
        self.secret_reads += 1

    def code(self, at: datetime = NOW, seed: str | None = None) -> str:
        return TOTP(seed or self.aws.totp_seed).at(at)

    def wrong(self, at: datetime = NOW) -> str:
        near = {self.code(at + steps * STEP) for steps in (-1, 0, 1)}
        return next(text for text in ("000000", "111111", "222222", "333333") if text not in near)

    def verify(self, code: str | None, *, at: datetime = NOW, operator: str = "alice", operators: Any = None) -> int:
        return verify_totp(
            operator=operator,
            code=code,
            now=at,
            operators=operators or self.operators,
            secrets=self.secrets,
            secret_id=self.aws.totp_secret_id,
        )

    def outcome(self, code: str | None, **options: Any) -> str:
        try:
            self.verify(code, **options)
        except GatewayError as error:
            return f"{error.status} {error.code}"
        return "ok"

    def item(self) -> dict[str, Any]:
        key: Any = operator_key("alice")
        item: dict[str, Any] = dict(
            self.aws.dynamodb.get_item(TableName=self.aws.control_table, Key=key).get("Item", {})
        )
        return {name: next(iter(value.values())) for name, value in item.items() if name not in {"pk", "sk"}}


@pytest.fixture
def gate(aws: Aws) -> Gate:
    metrics.clear_metrics()
    return Gate(aws)


class TestSingleUse:
    @pytest.mark.parametrize(
        ("steps", "expected"),
        [(-2, "401 TOTP_INVALID"), (-1, "ok"), (0, "ok"), (1, "ok"), (2, "401 TOTP_INVALID")],
    )
    def test_totp_when_clock_is_off_then_one_step_is_accepted(self, gate: Gate, steps: int, expected: str) -> None:
        assert gate.outcome(gate.code(NOW + steps * STEP)) == expected

    def test_totp_when_accepted_then_its_step_is_stored(self, gate: Gate) -> None:
        step = gate.verify(gate.code())

        assert step == int(NOW.timestamp()) // 30
        assert gate.item() == {"last_used_step": str(step)}

    def test_totp_when_used_again_then_replayed(self, gate: Gate) -> None:
        code = gate.code()

        assert [gate.outcome(code) for _ in range(3)] == ["ok", "401 TOTP_REPLAYED", "401 TOTP_REPLAYED"]
        assert gate.outcome(code, at=NOW + STEP) == "401 TOTP_REPLAYED"

    def test_totp_when_an_earlier_step_follows_a_later_then_replayed(self, gate: Gate) -> None:
        assert gate.outcome(gate.code(NOW + STEP)) == "ok"
        assert gate.outcome(gate.code(NOW)) == "401 TOTP_REPLAYED"
        assert gate.outcome(gate.code(NOW - STEP)) == "401 TOTP_REPLAYED"
        assert gate.outcome(gate.code(NOW + 2 * STEP), at=NOW + STEP) == "ok"

    def test_totp_when_the_same_code_comes_in_parallel_then_exactly_one_passes(self, gate: Gate) -> None:
        code = gate.code()
        inner: list[str] = []

        class Interleaved(DynamoOperatorStore):
            """Let two other requests with the same code run wholly just before this one's write."""

            def use_step(self, operator: str, step: int, now: datetime) -> OperatorRecord | None:
                inner.extend(gate.outcome(code) for _ in range(2))
                return super().use_step(operator, step, now)

        outer = gate.outcome(code, operators=Interleaved(gate.aws.dynamodb, gate.aws.control_table))

        assert sorted([outer, *inner]) == ["401 TOTP_REPLAYED", "401 TOTP_REPLAYED", "ok"]

    def test_totp_when_the_reply_of_the_write_is_lost_then_fails_closed(
        self, gate: Gate, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The SDK sends it again and meets its own first write.
        client = aws_clients.dynamodb_client()
        send = client.update_item

        def send_twice(**request: Any) -> object:
            send(**request)
            return send(**request)

        monkeypatch.setattr(client, "update_item", send_twice)

        assert gate.outcome(gate.code()) == "401 TOTP_REPLAYED"

    def test_totp_when_operators_differ_then_each_has_its_own_codes(self, gate: Gate) -> None:
        other = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
        gate.aws.put_seeds({"alice": gate.aws.totp_seed, "bob": other})

        assert gate.outcome(gate.code(seed=other), operator="alice") == "401 TOTP_INVALID"
        assert gate.outcome(gate.code(seed=other), operator="bob") == "ok"
        assert gate.outcome(gate.code(), operator="alice") == "ok"


class TestRefusals:
    @pytest.mark.parametrize("code", [None, "", "   "])
    def test_totp_when_missing_then_required_and_not_counted(self, gate: Gate, code: str | None) -> None:
        assert [gate.outcome(code) for _ in range(6)] == ["401 TOTP_REQUIRED"] * 6
        assert gate.item() == {}

    @pytest.mark.parametrize(
        "code", ["12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "1" * 10_240]
    )
    def test_totp_when_not_a_code_then_invalid(self, gate: Gate, code: str) -> None:
        assert gate.outcome(code) == "401 TOTP_INVALID"

    def test_totp_when_operator_has_no_seed_then_not_enrolled(self, gate: Gate) -> None:
        assert gate.outcome(gate.code(), operator="mallory") == "403 TOTP_NOT_ENROLLED"
        assert gate.outcome(gate.code(), operator="") == "403 TOTP_NOT_ENROLLED"

    def test_totp_when_seed_is_unusable_then_not_enrolled(self, gate: Gate) -> None:
        gate.aws.put_seeds({"alice": "not base32"})

        assert gate.outcome("123456") == "403 TOTP_NOT_ENROLLED"

    def test_totp_when_stored_operator_is_unreadable_then_refused(self, gate: Gate) -> None:
        key: Any = operator_key("alice")
        gate.aws.dynamodb.put_item(
            TableName=gate.aws.control_table, Item={**key, "failures": {"N": "1"}, "locked_until": {"S": "soon"}}
        )

        with pytest.raises(StateCorrupt):
            gate.verify(gate.wrong())

    def test_totp_when_database_is_gone_then_transient(self, gate: Gate) -> None:
        gate.aws.dynamodb.delete_table(TableName=gate.aws.control_table)

        with pytest.raises(Transient):
            gate.verify(gate.code())


class TestLock:
    def test_totp_when_wrong_five_times_then_locked(self, gate: Gate) -> None:
        outcomes = [gate.outcome(gate.wrong()) for _ in range(6)]

        assert outcomes == ["401 TOTP_INVALID"] * 4 + ["429 TOTP_LOCKED"] * 2
        assert gate.item() == {
            "failures": "5",
            "first_failure_at": "2026-11-21T09:00:05Z",
            "locked_until": "2026-11-21T09:15:05Z",
        }

    def test_totp_when_locked_then_right_codes_are_refused_until_the_lock_ends(self, gate: Gate) -> None:
        for _ in range(5):
            gate.outcome(gate.wrong())

        for later in (timedelta(0), 5 * MINUTE, 15 * MINUTE - timedelta(seconds=1)):
            assert gate.outcome(gate.code(NOW + later), at=NOW + later) == "429 TOTP_LOCKED"
        assert gate.outcome(gate.code(NOW + 15 * MINUTE), at=NOW + 15 * MINUTE) == "ok"
        assert list(gate.item()) == ["last_used_step"]

    def test_totp_when_locked_then_the_caller_is_told_until_when(self, gate: Gate) -> None:
        for _ in range(5):
            gate.outcome(gate.wrong())

        with pytest.raises(TooManyAttempts, match="2026-11-21T09:15:05Z"):
            gate.verify(gate.code())

    def test_totp_when_failures_are_spread_then_not_locked(self, gate: Gate) -> None:
        outcomes = [gate.outcome(gate.wrong(NOW + i * 4 * MINUTE), at=NOW + i * 4 * MINUTE) for i in range(8)]

        assert outcomes == ["401 TOTP_INVALID"] * 8

    def test_totp_when_a_right_code_comes_between_then_failures_are_forgotten(self, gate: Gate) -> None:
        for i in range(3):
            at = NOW + i * STEP
            assert [gate.outcome(gate.wrong(at), at=at) for _ in range(4)] == ["401 TOTP_INVALID"] * 4
            assert gate.outcome(gate.code(at), at=at) == "ok"

    def test_totp_when_replayed_then_not_counted_as_a_failure(self, gate: Gate) -> None:
        code = gate.code()
        assert gate.outcome(code) == "ok"

        assert [gate.outcome(code) for _ in range(8)] == ["401 TOTP_REPLAYED"] * 8

    def test_totp_when_guesses_come_in_parallel_then_none_is_uncounted(self, gate: Gate) -> None:
        # Each request has read an unlocked record; the next one runs wholly before its write.
        outcomes: list[str] = []

        class Interleaved(DynamoOperatorStore):
            def __init__(self, depth: int) -> None:
                super().__init__(gate.aws.dynamodb, gate.aws.control_table)
                self.depth = depth

            def replace_failures(
                self, operator: str, before: OperatorRecord, after: OperatorRecord
            ) -> OperatorRecord | None:
                if self.depth:
                    deeper, self.depth = Interleaved(self.depth - 1), 0
                    outcomes.append(gate.outcome(gate.wrong(), operators=deeper))
                return super().replace_failures(operator, before, after)

        outcomes.append(gate.outcome(gate.wrong(), operators=Interleaved(7)))

        assert len(outcomes) == 8
        assert sorted(outcomes) == ["401 TOTP_INVALID"] * 4 + ["429 TOTP_LOCKED"] * 4
        assert gate.item()["failures"] == "5"

    def test_totp_when_the_lock_falls_before_a_right_guess_is_written_then_refused(self, gate: Gate) -> None:
        class Interleaved(DynamoOperatorStore):
            def use_step(self, operator: str, step: int, now: datetime) -> OperatorRecord | None:
                for _ in range(5):
                    gate.outcome(gate.wrong())
                return super().use_step(operator, step, now)

        operators = Interleaved(gate.aws.dynamodb, gate.aws.control_table)

        assert gate.outcome(gate.code(), operators=operators) == "429 TOTP_LOCKED"
        assert "last_used_step" not in gate.item()

    def test_totp_when_the_race_never_ends_then_refused(self, gate: Gate) -> None:
        class Racing(DynamoOperatorStore):
            def replace_failures(self, *_: object) -> OperatorRecord:
                return OperatorRecord(failures=1, first_failure_at=NOW)

        operators = Racing(gate.aws.dynamodb, gate.aws.control_table)

        assert gate.outcome(gate.wrong(), operators=operators) == "429 TOTP_LOCKED"

    def test_totp_when_it_locks_then_an_error_line_and_one_metric(self, gate: Gate, log_output: io.StringIO) -> None:
        for _ in range(7):
            gate.outcome(gate.wrong())

        lines = [json.loads(line) for line in log_output.getvalue().splitlines()]
        locking = [line for line in lines if line["message"] == "totp_locked"]
        assert [(line["level"], line["operator"]) for line in locking] == [("ERROR", "alice")]
        assert metrics.metric_set["TotpLocked"]["Value"] == [1.0]
        metrics.clear_metrics()

    def test_totp_when_anything_happens_then_no_seed_or_code_is_logged(
        self, gate: Gate, log_output: io.StringIO
    ) -> None:
        codes = [gate.code(), gate.code(), gate.wrong(), "zzzzzz"]
        for code in codes:
            gate.outcome(code)

        assert log_output.getvalue().count("\n") == len(codes)
        assert not [text for text in [*codes, gate.aws.totp_seed] if text in log_output.getvalue()]


class TestSecrets:
    def test_secrets_when_read_again_then_remembered_for_five_minutes(self, gate: Gate) -> None:
        for i in range(4):
            gate.verify(gate.code(NOW + i * STEP), at=NOW + i * STEP)
        assert gate.secret_reads == 1

        gate.clock.seconds += CACHE_SECONDS
        gate.verify(gate.code(NOW + 5 * STEP), at=NOW + 5 * STEP)
        assert gate.secret_reads == 2

    def test_secrets_when_seed_was_rotated_then_new_code_works_at_once(self, gate: Gate) -> None:
        rotated = "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"
        gate.verify(gate.code())
        gate.aws.put_seeds({"alice": rotated})
        gate.clock.seconds += REFRESH_SECONDS

        assert gate.outcome(gate.code(NOW + STEP, rotated), at=NOW + STEP) == "ok"
        assert gate.outcome(gate.code(NOW + 2 * STEP), at=NOW + 2 * STEP) == "401 TOTP_INVALID"

    def test_secrets_when_operator_was_just_enrolled_then_known_at_once(self, gate: Gate) -> None:
        assert gate.outcome("123456", operator="bob") == "403 TOTP_NOT_ENROLLED"
        gate.aws.put_seeds({"bob": gate.aws.totp_seed})
        gate.clock.seconds += REFRESH_SECONDS

        assert gate.outcome(gate.code(), operator="bob") == "ok"

    def test_secrets_when_wrong_codes_flood_then_reads_stay_few(self, gate: Gate) -> None:
        for _ in range(50):
            gate.outcome(gate.wrong())
            gate.outcome("123456", operator="mallory")

        assert gate.secret_reads == 1

    def test_secrets_when_unreachable_then_transient_and_no_old_value(self, gate: Gate) -> None:
        gate.verify(gate.code())
        gate.aws.secretsmanager.delete_secret(SecretId=gate.aws.totp_secret_id, ForceDeleteWithoutRecovery=True)
        gate.clock.seconds += CACHE_SECONDS

        with pytest.raises(Transient):
            gate.verify(gate.code(NOW + STEP), at=NOW + STEP)

    @pytest.mark.parametrize(
        "text", ["", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", '["a"]', '{"alice": 7}', '{"alice": null}']
    )
    def test_secrets_when_not_an_object_of_strings_then_error_without_its_text(self, gate: Gate, text: str) -> None:
        gate.aws.secretsmanager.put_secret_value(SecretId=gate.aws.totp_secret_id, SecretString=text or " ")

        with pytest.raises(GatewayError) as caught:
            gate.verify(gate.code())

        assert caught.value.code == "SECRET_UNREADABLE"
        # The decoder's own error would carry the text into a traceback.
        assert caught.value.__context__ is None or caught.value.__suppress_context__
        assert not text or text not in caught.value.detail

    def test_secrets_when_binary_then_error(self, gate: Gate) -> None:
        gate.aws.secretsmanager.put_secret_value(SecretId=gate.aws.totp_secret_id, SecretBinary=b"{}")

        assert gate.outcome(gate.code()) == "503 SECRET_UNREADABLE"

    def test_secrets_when_forgotten_then_read_again(self, gate: Gate) -> None:
        gate.secrets.get_text(gate.aws.totp_secret_id)
        gate.secrets.clear()
        gate.secrets.get_text(gate.aws.totp_secret_id)

        assert gate.secret_reads == 2
