"""Faults, one by one: what happens then, and the tests that show it, or why only AWS could."""

from __future__ import annotations

from dataclasses import dataclass

_LEDGER = "component/ledger"
_COMMIT = f"{_LEDGER}/test_faults_commit.py::test_"
_ROUTES = f"{_LEDGER}/test_faults_routes.py::test_"
_STORED = f"{_LEDGER}/test_faults_stored_state.py::test_"
_BUDGET = f"{_LEDGER}/test_faults_time_budget.py::test_"
_HISTORIES = "simulation/test_simulation.py::test_histories_when_few_then_every_invariant_holds"
_PATH = "component/alerts/test_alert_path.py::test_"
_ALERTS = "component/alerts/test_alert_faults.py::test_"
_SWITCH = "component/safeguards/test_kill_switch.py::test_"
_AUTHORIZER = "component/access/test_authorizer.py::TestFailures::test_authorizer_when_"
_AGREEMENT = "component/reconciliation/test_agreement.py::test_"
_UNREADABLE = "component/reconciliation/test_unreadable_rows.py::test_"
_FUNCTIONS = "template/test_functions.py::test_"
_AUDIT = "component/audit/test_market_and_audit.py::test_"


@dataclass(frozen=True)
class Fault:
    """A fault, its outcome, and where that is shown: tests by file and name, below `tests`."""

    name: str
    outcome: str
    tests: tuple[str, ...] = ()
    #: What of it was never seen here, and why.
    aws_only: str = ""


#: By number, from 1 on.
FAULTS = (
    Fault(
        "reply of the transaction lost, a send left",
        "201, one row: the same token is sent again",
        (f"{_COMMIT}reply_lost_when_a_send_is_left_then_the_same_token_and_201",),
    ),
    Fault(
        "reply lost, no send left",
        "looked up and answered; 503 where it cannot be looked up, and the repetition finds it",
        (
            f"{_COMMIT}reply_lost_when_no_send_is_left_then_it_is_looked_up",
            f"{_COMMIT}reply_lost_when_it_cannot_be_looked_up_then_503_and_the_retry_finds_it",
        ),
    ),
    Fault("request lost", "sent again, 201", (f"{_COMMIT}request_lost_when_a_send_is_left_then_201",)),
    Fault(
        "transaction conflict, three times",
        "201 at the fourth attempt",
        (f"{_COMMIT}conflict_when_three_times_then_201_at_the_fourth_attempt",),
    ),
    Fault(
        "transaction conflict for ever",
        "503 `CONTENTION`, no row",
        (f"{_COMMIT}conflict_when_forever_then_503_contention_and_no_row",),
    ),
    Fault(
        "condition on the version failed",
        "read again and decided again on what is left",
        (f"{_COMMIT}race_when_another_order_was_first_then_decided_again_on_what_is_left", _HISTORIES),
    ),
    Fault(
        "the id is taken, by the same body",
        "the stored answer",
        (
            f"{_COMMIT}race_when_the_same_order_was_first_then_a_replay",
            "component/orders/test_order_journey.py::test_order_when_sent_again_then_200_and_the_same_body",
        ),
    ),
    Fault(
        "the id is taken, by another body", "409", (f"{_COMMIT}race_when_the_id_went_to_another_order_first_then_409",)
    ),
    Fault(
        "a burst of throttling",
        "tried again, then 503 `THROTTLED`",
        (
            f"{_COMMIT}refusal_when_it_passes_then_201_and_when_it_lasts_503",
            f"{_COMMIT}transaction_when_one_action_is_throttled_then_retried",
        ),
    ),
    Fault(
        "internal error, twice",
        "tried again, 201",
        (f"{_COMMIT}refusal_when_it_passes_then_201_and_when_it_lasts_503",),
    ),
    Fault(
        "a read hangs",
        "503 within the time budget",
        (f"{_BUDGET}order_when_the_database_fails_for_good_then_503_in_time",),
    ),
    Fault(
        "the database is down",
        "503 on every route, nothing approved, and an alarm",
        (
            f"{_ROUTES}every_route_when_the_database_is_down_then_503_and_nothing_is_approved",
            f"{_FUNCTIONS}every_table_has_its_alarms",
        ),
    ),
    Fault(
        "the account's row is missing",
        "422 `ACCOUNT_UNKNOWN`, also for an account that was there",
        (f"{_STORED}document_when_missing_then_422_unknown_and_registering_anew_is_refused",),
    ),
    Fault(
        "the account's row was edited",
        "503 `STATE_CORRUPT` on every route until a person mends it, and a red alarm; other accounts go on",
        (
            f"{_STORED}document_when_edited_then_503_on_every_route_and_other_accounts_go_on",
            f"{_FUNCTIONS}every_alarm_reaches_the_topic_and_names_its_runbook",
        ),
    ),
    Fault(
        "the number of the log's next entry is taken",
        "503 `AUDIT_CONFLICT`: the account stops",
        (
            f"{_STORED}audit_entry_when_its_number_is_taken_then_503_and_nothing_is_written",
            "concurrency/test_engine.py::test_audit_number_when_taken_then_the_account_stops",
        ),
    ),
    Fault(
        "the global flag is missing",
        "everything is denied",
        (f"{_SWITCH}global_flag_when_missing_then_everything_is_denied_and_it_is_listed_as_engaged",),
    ),
    Fault(
        "kill switch between reading and commit",
        "422 `KILL_SWITCH_ENGAGED`",
        (
            f"{_COMMIT}race_when_the_kill_switch_was_first_then_denied",
            f"{_LEDGER}/test_torn_reads.py::test_order_when_flag_is_read_before_the_kill_and_account_after_it_then_denied",
            _HISTORIES,
        ),
    ),
    Fault(
        "kill switch raced by 50 orders",
        "nothing is approved after its answer",
        (
            "concurrency/test_races.py::test_kill_switch_when_it_races_fifty_orders_then_nothing_is_approved_after_it_returned",
        ),
    ),
    Fault(
        "kill switch half passed on, the function dies",
        "already denied everywhere; the repetition finishes",
        (
            f"{_ROUTES}kill_switch_when_the_function_dies_after_the_flag_then_every_account_is_denied",
            "component/alerts/test_kill_fan_out.py::test_fan_out_when_it_crashes_at_any_step_then_a_repetition_finishes_it_and_repeats_nothing",
        ),
    ),
    Fault(
        "function killed before the commit",
        "502; the repetition is decided",
        (f"{_COMMIT}function_when_killed_then_the_retry_decides_once",),
    ),
    Fault(
        "function killed after the commit, before its reply",
        "502; the repetition gets the stored answer",
        (f"{_COMMIT}function_when_killed_then_the_retry_decides_once",),
    ),
    Fault(
        "function out of time",
        "nothing is begun that nobody waits for: 503, or 504 of API Gateway; as the two before",
        (f"{_BUDGET}order_when_api_gateway_waits_no_longer_then_nothing_is_sent_and_503",),
        "the second at which Lambda ends a function",
    ),
    Fault(
        "the authorizer fails",
        "503 where the tokens cannot be read, 401 otherwise, never an open door; metric and alarm",
        (
            f"{_AUTHORIZER}database_does_not_answer_then_unavailable_logged_and_counted",
            f"{_AUTHORIZER}event_is_broken_then_unauthorized",
        ),
    ),
    Fault(
        "the authorizer answers junk",
        "it cannot: its one answer is a policy of the token's routes, its one error the word API Gateway knows",
        (
            f"{_AUTHORIZER}stored_token_is_unreadable_then_unauthorized",
            f"{_AUTHORIZER}method_arn_is_broken_then_unauthorized",
            "component/access/test_access.py::test_route_when_the_identity_is_incomplete_then_401",
        ),
        "what API Gateway makes of junk: 500, by its documentation",
    ),
    Fault(
        "50 orders at once, functions cold",
        "no 2xx without a commit, room given out once",
        ("e2e/test_concurrency.py::test_orders_when_fifty_race_for_room_for_ten_then_exactly_ten_are_approved",),
        "how long AWS takes to start 50 functions",
    ),
    Fault(
        "old and new version serve together",
        "one chain, no field dropped; what only the newer reads waits for it",
        (
            "concurrency/test_rolling.py::test_rollout_when_both_builds_serve_then_each_order_is_decided_once_and_no_field_is_dropped",
            "concurrency/test_rolling.py::test_rollout_when_a_field_is_renamed_then_the_older_build_leaves_the_account_to_the_newer",
            "component/routing/test_newer_versions.py::test_message_when_a_newer_version_sent_it_then_it_comes_again_and_is_carried_out_once",
        ),
    ),
    Fault(
        "limits edited, or half written",
        "503 on every decision: nothing is remembered between requests",
        ("component/account/test_limits.py::test_limits_when_edited_in_the_table_then_every_decision_is_refused",),
    ),
    Fault(
        "the clock is off by minutes",
        "what bears a time too old or ahead is refused; entries keep their order",
        (
            f"{_AUDIT}quote_when_from_the_future_then_422",
            "component/webhooks/test_senders.py::test_delivery_when_old_or_of_the_future_then_refused_and_the_bound_is_the_operators",
            "unit/core/orders/test_marks.py::test_quote_when_stale_ahead_or_beyond_belief_then_marks_nothing",
            _HISTORIES,
        ),
    ),
    Fault(
        "the clock steps back over midnight",
        "the day starts once, no breaker comes back",
        (
            "unit/core/account/test_equity.py::test_sessions_when_the_clock_steps_back_over_midnight_then_they_start_only_once",
            "unit/core/safeguards/test_breakers.py::test_daily_loss_when_the_clock_steps_back_after_midnight_then_a_cleared_one_does_not_return",
        ),
    ),
    Fault(
        "a schedule ticks twice",
        "the second changes nothing",
        (
            "component/risk/test_jobs.py::test_job_when_a_message_comes_twice_then_the_second_changes_nothing",
            "component/monitor/test_fills.py::test_run_when_repeated_at_once_then_nothing_changes_but_the_time",
            _HISTORIES,
        ),
    ),
    Fault(
        "a schedule is skipped, again and again",
        "new exposure is denied on old figures; a watchdog goes off",
        (
            "component/monitor/test_equity.py::test_state_when_no_reading_is_believed_then_new_exposure_is_denied_and_exits_pass",
            "unit/core/checks/test_state_stale.py::test_snapshot_when_older_than_the_limit_then_denied",
            f"{_FUNCTIONS}every_job_has_a_watchdog_that_goes_off_without_it",
            _HISTORIES,
        ),
    ),
    Fault(
        "the topic or the queue delivers twice",
        "one message on the phone",
        (
            f"{_PATH}queue_when_it_delivers_anything_again_and_in_any_order_then_each_alert_is_shown_once",
            f"{_PATH}alarm_when_published_on_the_topic_then_red_with_its_runbook_and_once",
        ),
    ),
    Fault(
        "the topic's function fails for good",
        "put aside, and an alarm",
        (
            f"{_FUNCTIONS}call_that_nobody_waits_for_when_it_fails_then_it_is_put_aside",
            f"{_FUNCTIONS}every_queue_has_its_alarm",
        ),
        "100,015 tries over 23 days",
    ),
    Fault(
        "a poisoned message in a FIFO batch",
        "it and what follows of its account come again, then the dead letters take it; other accounts go on",
        (
            "component/routing/test_refusals.py::test_batch_when_one_account_fails_then_its_later_messages_wait_and_the_others_are_worked",
            "component/routing/test_sample_events.py::test_message_when_unreadable_then_it_comes_again_until_the_dead_letters_take_it",
        ),
    ),
    Fault(
        "a poisoned record in a stream",
        "put aside, the next is handled",
        (
            f"{_PATH}record_when_nobody_can_read_it_then_it_is_put_aside_and_the_next_is_told",
            "template/test_streams.py::test_stream_when_a_record_fails_for_hours_then_it_is_put_aside_before_the_stream_forgets_it",
        ),
        "halving of batches by Lambda",
    ),
    Fault(
        "Telegram throttles",
        "its pause is kept, each alert is shown once, the gravest first",
        (
            f"{_ALERTS}telegram_when_it_throttles_then_its_pause_is_kept_and_each_alert_is_shown_once",
            f"{_ALERTS}chats_when_one_is_busy_then_the_gravest_is_served_first_and_the_queue_is_soon_free",
        ),
    ),
    Fault(
        "the bot is blocked",
        "the deputy gets the alerts",
        (
            f"{_PATH}chats_when_a_person_blocks_the_bot_then_the_deputy_gets_it",
            f"{_ALERTS}chat_when_it_never_takes_a_message_then_the_deputy_gets_all_and_others_are_not_held_up",
        ),
    ),
    Fault(
        "Telegram fails or does not answer",
        "one summary when it is back, nothing lost",
        (f"{_ALERTS}telegram_when_down_for_ten_minutes_then_one_summary_in_order_and_nothing_is_lost",),
    ),
    Fault(
        "the exchange does not answer reconciliation",
        "unknown is not flat: nothing raised or freed",
        (
            f"{_AGREEMENT}venue_when_it_does_not_answer_then_incomplete_and_nothing_raised_or_cleared",
            "component/routing/test_resolve.py::test_order_when_approved_and_never_sent_and_the_venue_is_silent_then_kept",
        ),
    ),
    Fault(
        "pages of trades repeat and overlap",
        "each trade counts once",
        (
            "component/monitor/test_fills.py::test_trades_when_pages_repeat_them_and_are_in_no_order_then_each_counts_once",
        ),
    ),
    Fault(
        "an order at the exchange that nobody asked us for",
        "a red finding; its market only reduces",
        (
            "component/reconciliation/test_rogue.py::test_bot_when_it_trades_around_the_gateway_then_found_in_one_run",
            "component/reconciliation/test_rogue.py::test_market_when_somebody_trades_around_us_then_it_only_reduces_until_the_break_is_closed",
        ),
    ),
    Fault(
        "approved and never sent",
        "ended once it is too old and the venue denies having it",
        (
            "component/routing/test_resolve.py::test_order_when_approved_and_never_sent_then_ended_once_it_is_too_old_and_the_venue_denies_it",
        ),
    ),
    Fault(
        "the exchange answers NaN, null or words for numbers",
        "the row is a finding, not a figure",
        (
            f"{_UNREADABLE}position_when_unreadable_then_a_finding_and_not_taken_for_flat",
            f"{_UNREADABLE}balance_when_unreadable_then_a_finding_and_other_coins_are_compared",
            "component/monitor/test_unreadable_rows.py::test_balance_when_unreadable_then_equity_stays_and_fills_are_picked_up",
        ),
    ),
    Fault(
        "the exchange's key is revoked, or may withdraw",
        "no reading is believed; a key that may withdraw fails before it is used",
        (
            f"{_AGREEMENT}venue_when_the_key_is_revoked_then_incomplete",
            "component/monitor/test_job.py::test_batch_when_one_accounts_venue_refuses_its_key_then_the_others_are_read",
            "component/riskctl/test_venue.py::test_doctor_when_the_key_may_do_too_much_or_too_little_then_found",
        ),
    ),
    Fault(
        "a secret is rotated under way",
        "each order arrives once; the next code and permit are read anew",
        ("component/routing/test_key_rotation.py::test_orders_when_the_key_is_rotated_then_each_arrives_once",),
    ),
    Fault(
        "KMS denies the key",
        "503, nothing changes; orders that need no secret go on",
        (
            "component/access/test_faults_secrets.py::test_code_when_its_secret_cannot_be_read_then_503_nothing_changes_and_orders_go_on",
            f"{_COMMIT}transaction_when_refused_for_good_then_503_and_no_approval",
        ),
        "how KMS and DynamoDB word it",
    ),
    Fault(
        "prices frozen, leaping or crossed",
        "denied as stale or beyond the collar; a leap is not believed",
        (
            f"{_AUDIT}quote_when_stale_then_entries_are_denied",
            "unit/core/orders/test_decide.py::test_mark_when_the_quote_jumps_by_ten_or_more_then_not_believed",
            "component/market/test_feeders.py::test_quote_when_a_feeders_price_jumps_then_only_an_admins_is_stored",
            "unit/core/market/test_quote_faults.py::test_quote_when_examined_then_fault_is_named",
            "unit/core/checks/test_price_collar.py::test_limit_price_when_beyond_the_band_then_denied_on_both_sides",
        ),
    ),
    Fault(
        "too few closes for a risk figure",
        "no figure and no zero: the asset counts as lost",
        (
            "component/risk/test_jobs.py::TestDirtyData::test_asset_when_its_history_is_short_then_it_counts_as_lost_in_full",
            "component/risk/test_jobs.py::TestDirtyData::test_closes_when_there_are_none_then_no_figure_and_no_zero",
        ),
    ),
    Fault(
        "an account nearly as large as an item may be",
        "entries are denied by a code of their own; exits and cancels pass",
        (
            f"{_STORED}account_when_full_then_entries_are_denied_and_exits_and_cancels_pass",
            f"{_STORED}document_when_as_full_as_it_may_be_then_far_below_the_item_limit",
        ),
    ),
    Fault(
        "woken from a snapshot with old clients and keys",
        "everything is built anew",
        (
            "unit/adapters/aws/test_lazy.py::test_lazy_when_a_process_wakes_from_a_snapshot_then_everything_is_built_anew",
            "adapters/dynamodb/test_decision_connections.py::TestConnections::test_snapshot_when_restored_then_nothing_of_before_is_used",
            "adapters/dynamodb/test_decision_client.py::test_write_when_a_fault_passes_then_sent_again_with_the_same_token",
        ),
        "SnapStart itself",
    ),
    Fault(
        "the archive does not take entries",
        "they stay in the table, and the next run goes on without a gap",
        (
            "component/riskctl/test_audit_archive.py::test_run_when_the_archive_does_not_take_it_then_nothing_ends",
            "component/riskctl/test_audit_archive.py::test_run_when_cut_off_after_storing_then_the_next_ends_what_it_left",
        ),
    ),
    Fault(
        "an entry of the log is overwritten",
        "told in red at once, and found by the verifier even when hashed anew",
        (
            f"{_PATH}audit_entry_when_changed_or_removed_then_red",
            "component/riskctl/test_audit.py::test_verify_when_an_entry_was_edited_then_found",
            "component/riskctl/test_audit_seal.py::test_chain_when_hashed_anew_with_its_document_then_found",
        ),
    ),
    Fault(
        "tables restored to different instants",
        "nothing is decided until a person repaired and resumed; exits get out",
        (
            "component/audit/test_restore.py::test_restore_when_the_log_is_ahead_then_nothing_is_decided_and_a_person_gets_out",
            "component/audit/test_restore.py::test_repair_when_done_then_all_is_there_again_and_waits_for_a_person",
            "concurrency/test_restore_tables.py::test_page_when_state_and_control_are_older_than_the_log_then_all_is_there_again_and_trades",
        ),
        "a restore by DynamoDB itself",
    ),
    Fault(
        "reserved concurrency used up",
        "429 or 502 without a decision: the client takes it for none, waits and asks again by the same id",
        (
            "component/client/test_guard_faults.py::test_order_when_anything_is_lost_and_the_bot_asks_again_then_one_order_and_one_reservation",
            "component/client/test_lost_answers.py::test_wait_when_the_gateway_names_one_then_at_least_so_long",
        ),
        "Lambda's throttle: the emulator has none",
    ),
    Fault(
        "the emulator is killed",
        "it loses what it held in memory: durability is never tested on it, but on Amazon's DynamoDB Local",
        ("concurrency/test_histories.py::test_history_when_four_threads_do_everything_then_every_invariant_holds",),
        "durability is DynamoDB's own promise",
    ),
)
