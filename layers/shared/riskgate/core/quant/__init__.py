"""Portfolio risk in numbers: VaR, expected shortfall, correlation, backtests and stress.

The only package of the core that uses numpy; everything is float64 and pure. Random generators are
arguments, instants are arguments, and money enters and leaves as a fraction or through `border`.

Conventions, used everywhere and named in every result:

* VaR and expected shortfall are positive when they are losses. A negative value says that even the
  tail of the sample gains; it is not clipped, because clipping would break homogeneity.
* Historical VaR is the order statistic of McNeil, Frey & Embrechts (``order_statistic_MFE``), expected
  shortfall the exact form of Acerbi & Tasche.
* Returns are simple returns of whole UTC days; the default window is 252 calendar days.
* Fewer than 60 observations give `InsufficientData`, never zero and never NaN.

Modules, from the ground up:

* `arrays` (types and checks), `results` (result types), `distributions`, `quantiles`
* `data_quality`, `returns` (closes as they come to aligned returns), `drawdown`
* `covariance`, `correlation`
* `historical`, `moments`, `parametric`, `cornish_fisher`, `montecarlo` (estimators); `tail_model` and
  `tail_risk` (one front for one portfolio)
* `decomposition`, `liquidity`
* `coverage_tests`, `traffic_light`, `backtest`
* `stress_book`, `scenarios`, `scenario_library`, `margin`, `stress`, `hypothetical`, `reverse_stress`
* `border` (Decimal in and out)
"""
