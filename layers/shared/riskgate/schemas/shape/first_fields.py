"""What the first versions of stored structs always wrote although it has a default.

Their other fields with a default came later and are left out while they hold it: see `shapes` beside. The table is
closed: only a new struct that is stored gets a line, with the defaults of its first version.
"""

#: The fields by the struct's name.
FIRST_FIELDS: dict[str, frozenset[str]] = {
    struct: frozenset(names.split())
    for struct, names in {
        "AcceptedBreak": "",
        "AccountRegistered": "",
        "AccountState": """
            sectors breakers venue_equity rates balances positions working_orders exposure recent_orders slippage
            closed_trades locks round_trips heartbeats order_failures unconfirmed reconciliation alert_levels
            filled_at killed_at monitored_since has_snapshot venue_health transferred stress_scenarios
        """,
        "Alert": """
            name observed limit unit currency subject amount stopped action detail actor audit_sequence trace_id
        """,
        "AlertAcknowledged": "",
        "AlertLevel": "acknowledged",
        "AlertLevelsMeasured": "",
        "AlertPathProbed": "",
        "AssetAlias": "",
        "AutoHedge": """
            net_delta_fraction_max var_fraction_max action fraction markets fee_fraction interval_minutes
        """,
        "BacktestDay": "",
        "BacktestFigure": """
            exceptions expected_exceptions kupiec_statistic kupiec_p_value independence_statistic
            independence_p_value conditional_coverage_statistic conditional_coverage_p_value zone green_max
            yellow_max days reason
        """,
        "Balance": "used",
        "BatchDecided": "",
        "BookLevel": "",
        "Break": "",
        "BreakResolved": "",
        "Breaker": "observed limit clears_on scope key reason",
        "BreakerReset": "key",
        "BreakerTripped": "scope key",
        "CloseJumpConfirmed": "",
        "ClosedBreak": "",
        "ClosedTrade": "client_order_id",
        "Cooldown": "minutes unlock_at",
        "CorrelationRow": """
            correlations volatilities observations scenario_returns stress_shocks scenario_day extremes book
        """,
        "CorrelationTable": "",
        "DataFinding": "",
        "DayPnl": "",
        "DaySession": "transfers approved_orders",
        "DrawdownGuard": "",
        "EquityClaim": "accepted claimed",
        "EquityParts": "",
        "Excess": "was_denied in_budget",
        "ExitEnded": "",
        "ExitLeg": "",
        "ExitRequested": "stop_entries cancel_open_orders",
        "Exposure": "gross net buys sells open_risk open_positions by_sector by_asset by_strategy net_by_asset",
        "Extremes": "",
        "Fee": "currency",
        "Fill": "fee fee_currency",
        "FillRecorded": "fee fee_currency stop_kept_by rules stopped_by",
        "Finding": "market client_order_id money",
        "FrontDoorCallRefused": "",
        "FundingRecorded": "",
        "Heartbeat": "",
        "HeartbeatEnded": "",
        "HeartbeatReceived": "",
        "HedgeInstrument": "fee_fraction funding_fraction",
        "HedgePlanned": "rows rules",
        "HedgeSpec": "position instruments fraction adverse_price target_pnl fee_fraction horizon_hours strategy",
        "Instrument": """
            tick_size step_size quantity_min quantity_max price_min price_max notional_min notional_max
            contract_size sector active stop_orders market_quantity_max market_quantity_min market_step_size
        """,
        "InstrumentChange": "",
        "InstrumentsChanged": "",
        "JobMessage": "with_shared",
        "KeptStop": "take_profit_price trailing_fraction best_price unkept_since lapsed moved",
        "KillSwitch": "reason",
        "KillSwitchChanged": "cancel_open_orders",
        "KillSwitchNotUnderstood": "",
        "Limits": """
            state_max_age_seconds strategies strategies_known_only symbols_allowed symbols_denied strategy_symbols
            order_notional_min order_notional_fraction_max order_notional_max quote_max_age_seconds
            quote_max_age_reducing_seconds price_collar_fraction_max price_collar_reducing_fraction_max
            stop_loss_required risk_per_trade_fraction_max duplicate_window_seconds self_match_prevention
            balance_required spread_fraction_max volume_fraction_max depth_fraction_max price_impact_bps_max
            price_impact_touch_fraction book_max_age_seconds slippage_budget_bps_max position_size_fraction_max
            open_positions_max gross_exposure_fraction_max net_delta_fraction_max leverage_max
            liquidation_distance_fraction_min margin_ratio_max funding_rate_fraction_max
            stablecoin_depeg_fraction_max sector_fraction_max asset_fraction_max strategy_fraction_max
            venue_equity_fraction_max correlation_max open_risk_fraction_max var_fraction_max var_confidence
            stress_loss_fraction_max daily_loss_fraction_max weekly_drawdown_fraction_max drawdown_fraction_max
            daily_trades_max order_rate_max order_rate_window_seconds stoploss_guard loss_streak cooldown low_profit
            drawdown_guard repeated_execution_max equity_unexplained_gain_fraction_max order_failures_max
            order_failures_window_seconds breaker_actions auto_hedge rogue_order_kill_switch reservation_ttl_seconds
        """,
        "LimitsChanged": "",
        "LiquidityFigure": "",
        "Lock": "",
        "LockCleared": "",
        "LossBasis": "emptied_from",
        "LossStreak": "scope",
        "LowProfit": "scope",
        "Marker": "",
        "Market": "instrument quote correlation book",
        "MarketMessage": "names books first_of",
        "NewVenueOrder": "limit_price trigger_price reduce_only post_only time_in_force expires_at",
        "NextTerms": "",
        "Notice": "observed limit unit subject detail currency since until amount passed",
        "OpenOrdersCancelled": "remaining left_to_cancel",
        "Opening": "realized fees funding unrealized",
        "OpeningPosition": "",
        "OperatorCommand": "",
        "Order": """
            quantity quote_quantity price trigger_price stop_loss_price reduce_only post_only time_in_force
            expires_at route tags operator_exit
        """,
        "OrderAccepted": "rules",
        "OrderBook": "at contract_size",
        "OrderCancelResult": "detail",
        "OrderClosed": "reason rules leaves_open",
        "OrderDecided": "report marks rules",
        "OrderMessage": """
            client_order_id order_id permit reason scope key flag_at trace_id venue symbol is_exit change_id engaged
            cancel_open_orders part accounts
        """,
        "OrderModified": "report marks rules",
        "OrderOutcomeUnknown": "",
        "OrderPlaced": "exchange_order_id rules",
        "OrderRecord": """
            filled_quantity filled_notional filled_fees expires_at is_kept reserved_until exchange_order_id batch_id
            reason permit decided_at attempts claimed_by venue_client_id revision next_terms stop_kept_by version
            has_rebates placed_as trace_id
        """,
        "OrderReplaced": "attempt rules",
        "OrderSubmitting": "",
        "PackedCorrelations": "",
        "PaperBook": "positions orders trades taken sequence",
        "PaperOrder": "filled_quantity cost is_waiting",
        "PaperPosition": "",
        "PaperTerms": "maker_fee_fraction taker_fee_fraction leverage",
        "PendingCommand": "pressed",
        "Position": "contract_size rate stop_loss_price strategy",
        "PositionLoss": "",
        "PositionRisk": "",
        "Quote": "bid ask last volume_24h bid_depth ask_depth bid_quantity ask_quantity",
        "RecentOrder": "",
        "Reconciliation": "runs run_id run_at watermarks open closed accepted adopted",
        "ReconciliationRun": "",
        "RecordedExit": "",
        "RejectedOrder": "",
        "RepairMade": "fills accepted_as closed_as",
        "ReportInputs": "",
        "ReportedPosition": "contract_size stop_loss_price strategy liquidation_price funding_rate",
        "Results": "realized fees funding unpriced",
        "ReverseFigure": "",
        "RiskReport": "scenario_pnl stress_pnl scenario_day cash_shocks own_scenarios",
        "RowsUnreadable": "",
        "ScenarioCoverage": """
            own_fraction sector_fraction default_fraction cash_fraction sector_assets default_assets
            assumed_spread_keys
        """,
        "ScenarioFigure": """
            loss_fraction equity_after drawdown_fraction_after is_ruined has_liquidation cash_pnl exit_cost coverage
            worst_positions positions venues swaps reason
        """,
        "SealedHead": "",
        "Size": "value",
        "SlippageSample": "",
        "SnapshotRecorded": "balances positions rates from_venues rules own_marks",
        "StatementBook": "positions is_opened equity wallets read_at rates",
        "StopMoved": "take_profit_price",
        "StoplossGuard": "stops window_minutes lock_minutes scope",
        "StrategyRules": "fraction_max symbols stop_loss_required heartbeat_seconds",
        "StressRecord": "",
        "StressReport": "",
        "StressScenario": "shocks sector_shocks",
        "StressScenariosChanged": "",
        "SummaryTold": "rules",
        "SwapMarginFigure": "",
        "TailFigure": "flags reason",
        "Taken": "buys sells",
        "TokenChanged": "strategies",
        "ToldTransfer": "counted",
        "TransferRecorded": "in_equity rules",
        "UnconfirmedReading": "",
        "UncoveredPosition": "",
        "UnexplainedMove": "in_day",
        "UnexplainedMoves": "peak week_peak",
        "VarRecord": "spreads",
        "VarReport": "figures positions uncovered liquidity backtests findings correlation pnl drawdown_fraction",
        "Venue": "secret_name",
        "VenueHealth": "doubted_at",
        "VenueMarginFigure": "",
        "VenueObserved": "detail",
        "VenueRead": "parameters shows_all shows_budget",
        "VenueReadAnswer": "headers cause behind",
        "VenueReading": "detail since watermark orders trades balances positions",
        "VenueTrade": "role other_fees",
        "Watermark": "",
        "Webhook": "fields words symbols stop_fraction cidrs signature_header path_hash body_hash nonce deleted",
        "WebhookChanged": "",
        "WeekSession": "",
        "Worked": "order code",
        "WorkedFill": "is_maker",
        "WorkedOrder": "exchange_order_id reason rejected_as fills",
        "WorkingOrder": "rest_price stop_loss_price reduce_only operator_exit filled_quantity counted",
    }.items()
}
