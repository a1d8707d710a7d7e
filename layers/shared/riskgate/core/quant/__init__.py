"""Portfolio risk in numbers: VaR, expected shortfall, correlation, backtests and stress.

The only package of the core that uses numpy; everything is float64 and pure. Random generators are
arguments, instants are arguments, and money enters and leaves as a fraction or through `border`.

Conventions, used everywhere and named in every result:

* VaR and expected shortfall are positive when they are losses. A negative value says that even the
  tail of the sample gains; it is not clipped, because clipping would break homogeneity.
* Historical VaR is the order statistic of McNeil, Frey & Embrechts (``order_statistic_MFE``), expected
  shortfall the exact form of Acerbi & Tasche (``exact_acerbi_tasche``). Other rules go by name.
* Returns are simple returns of whole UTC days; the default window is 252 calendar days.
* Fewer than 60 observations give `InsufficientData`, never zero and never NaN.

Modules: `arrays` (types, checks), `results` (result types), `data_quality` and `returns` (closes to
aligned returns), `covariance` and `correlation`, `distributions`, `quantiles`, the estimators
`historical`, `parametric`, `montecarlo`, their front `tail_risk`, then `decomposition`, `liquidity`,
`coverage_tests`, `traffic_light`, `backtest`, `drawdown`, and for stress `stress_book`, `scenarios`,
`scenario_library`, `stress`, `hypothetical`, `margin`, `reverse_stress`; `border` turns floats into
Decimal.
"""
