"""What the alert path promises whatever happens on the way: each alert shown once per chat, and in its account's order."""

from __future__ import annotations

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from infra.simulators.telegram.bot_api import Fault
from riskgate.core.alerts.alerts import Alert
from riskgate.core.severity import Severity
from riskgate.runtime.jobs import telegram_notifier
from tests.support.alert_path import GROUP, PERSON, Phone, queue_record
from tests.support.hypothesis_profiles import examples

ACCOUNTS = st.sampled_from(["a", "b", ""])
SEVERITIES = st.sampled_from([Severity.YELLOW, Severity.ORANGE, Severity.RED])
#: Those that lose nothing Telegram has taken: an answer that is lost shows its alert again.
FAULTS = st.builds(
    Fault,
    kind=st.sampled_from(["throttle", "error", "drop"]),
    count=st.integers(1, 6),
    chat_id=st.sampled_from([None, GROUP, PERSON]),
    retry_after=st.integers(1, 40),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("alerts"), st.lists(st.tuples(ACCOUNTS, SEVERITIES), min_size=1, max_size=6)),
        st.tuples(st.just("repeat"), st.randoms(use_true_random=False)),
        st.tuples(st.just("fault"), FAULTS),
        st.tuples(st.just("seconds"), st.integers(1, 90)),
    ),
    min_size=1,
    max_size=8,
)


@examples(
    15,
    # Examples share the phone: each has alerts of its own, and looks at those alone.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_alerts_when_anything_fails_or_comes_again_then_each_is_shown_once_and_in_order(
    phone: Phone, steps: list[tuple[str, object]]
) -> None:
    phone.api.clear(faults=True, messages=True)
    sent: list[Alert] = []
    for kind, what in steps:
        match kind, what:
            case "alerts", list(wanted):
                fresh = [phone.alert(severity, account) for account, severity in wanted]
                sent += fresh
                phone.invoke([queue_record(alert, alert.id) for alert in fresh])
            case "repeat", chance if sent:
                again = sorted(sent, key=lambda _: chance.random())  # type: ignore[attr-defined]
                phone.invoke([queue_record(alert, f"{alert.id}/again") for alert in again[:10]])
            case "fault", Fault() as fault:
                phone.api.add_fault(fault)
            case "seconds", int(seconds):
                phone.gateway.advance(seconds=seconds)
                phone.tick()
            case _:
                pass  # nothing to repeat yet
    phone.api.clear(faults=True)
    for _ in range(3):
        phone.gateway.advance(minutes=1)
        phone.tick()

    for chat, severities in ((GROUP, {Severity.YELLOW}), (PERSON, {Severity.ORANGE, Severity.RED})):
        wanted_here = [alert for alert in sent if alert.severity in severities]
        shown = [title for text in phone.texts(chat) for title in _titles(text)]
        assert sorted(shown) == sorted(alert.title for alert in wanted_here)
        for account in ("a", "b", ""):
            in_order = [alert.title for alert in wanted_here if alert.account == account]
            assert [title for title in shown if title in in_order] == in_order
        assert telegram_notifier.outbox().list_pending(chat) == ()


def _titles(text: str) -> list[str]:
    """Return the alerts that a message shows: one, or the lines of a summary."""
    lines = text.splitlines()
    if not lines[0].startswith("📬"):
        return [lines[0].split(" ", 1)[1]]
    return ["alert " + line.rsplit("alert ", 1)[1] for line in lines[2:]]
