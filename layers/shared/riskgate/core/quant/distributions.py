"""Distribution functions the package needs, without scipy.

Normal: the standard library. Chi-squared with one and two degrees of freedom: closed forms.
Binomial: a sum of logarithms. Student t: regularised incomplete beta function by continued fraction.
"""

import math
from statistics import NormalDist

import numpy as np

from riskgate.core.quant.arrays import FloatArray

_STANDARD_NORMAL = NormalDist()
_BETA_ITERATIONS = 500
_BETA_TINY = 1e-300
_BETA_EPSILON = 1e-16
_ASYMPTOTIC_FROM = 30.0
_HALF = 0.5
_STEP = 1e-14


def compute_normal_quantile(probability: float) -> float:
    """Compute the standard normal quantile. Source: Wichura (1988), AS 241, as in `statistics.NormalDist`."""
    return _STANDARD_NORMAL.inv_cdf(probability)


def compute_normal_density(z: float) -> float:
    """Compute the standard normal density at `z` (dimensionless, non-negative)."""
    return _STANDARD_NORMAL.pdf(z)


def compute_chi2_survival(statistic: float, degrees_of_freedom: int) -> float:
    """Compute the p-value P(X > statistic) for a chi-squared variable with 1 or 2 degrees of freedom.

    Raises ValueError for another number of degrees of freedom or a negative statistic.
    Source: chi2(1) is the square of a normal: erfc(sqrt(x/2)). chi2(2) is exponential: exp(-x/2).
    """
    if statistic < 0:
        raise ValueError("a chi-squared statistic cannot be negative")
    match degrees_of_freedom:
        case 1:
            return math.erfc(math.sqrt(statistic / 2.0))
        case 2:
            return math.exp(-statistic / 2.0)
        case _:
            raise ValueError("closed forms are kept for 1 and 2 degrees of freedom only")


def compute_binomial_cdf(trials: int, probability: float) -> FloatArray:
    """Compute P(X <= x) of a binomial variable for every x from 0 to `trials`; the last is exactly 1."""
    if trials < 1 or not 0.0 < probability < 1.0:
        raise ValueError("need at least one trial and a probability strictly between 0 and 1")
    # Logarithms, because (1 - p)^n underflows for long samples.
    log_factorial = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1.0, trials + 1.0)))))
    x = np.arange(trials + 1, dtype=np.float64)
    log_mass = (
        log_factorial[-1]
        - log_factorial
        - log_factorial[::-1]
        + x * math.log(probability)
        + (trials - x) * math.log1p(-probability)
    )
    cumulative: FloatArray = np.minimum(np.cumsum(np.exp(log_mass)), 1.0)
    cumulative[-1] = 1.0
    return cumulative


def _beta_continued_fraction(a: float, b: float, x: float) -> float:
    """Evaluate the continued fraction of the incomplete beta function by Lentz's method."""
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _BETA_TINY else _BETA_TINY)
    fraction, step = d, 1.0
    for m in range(1, _BETA_ITERATIONS):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + numerator * d
            c = 1.0 + numerator / c
            d = 1.0 / (d if abs(d) > _BETA_TINY else _BETA_TINY)
            c = c if abs(c) > _BETA_TINY else _BETA_TINY
            step = c * d
            fraction *= step
        if abs(step - 1.0) < _BETA_EPSILON:
            break
    return fraction


def _log_gamma_half_step(a: float) -> float:
    """Evaluate ln Gamma(a + 1/2) - ln Gamma(a); the difference of two large numbers loses digits."""
    if a < _ASYMPTOTIC_FROM:
        return math.lgamma(a + 0.5) - math.lgamma(a)
    # Expansion of Gamma(a + 1/2) / Gamma(a): Abramowitz & Stegun 6.1.40, term by term.
    return 0.5 * math.log(a) - 1 / (8 * a) + 1 / (192 * a**3) - 1 / (640 * a**5)


def _incomplete_beta_half(a: float, x: float, y: float) -> float:
    """Evaluate the regularised incomplete beta function I_x(a, 1/2), given x and y = 1 - x both exact."""
    if y <= 0.0:
        return 1.0
    log_x = math.log1p(-y) if y < _HALF else math.log(x)
    log_front = _log_gamma_half_step(a) - math.lgamma(0.5) + a * log_x + 0.5 * math.log(y)
    front = math.exp(log_front)
    if x < (a + 1.0) / (a + 2.5):
        return front * _beta_continued_fraction(a, 0.5, x) / a
    return 1.0 - front * _beta_continued_fraction(0.5, a, y) / 0.5


def compute_student_t_density(t: float, degrees_of_freedom: float) -> float:
    """Compute the density of the standard Student t distribution at `t`."""
    nu = degrees_of_freedom
    log_norm = _log_gamma_half_step(nu / 2.0) - 0.5 * math.log(nu * math.pi)
    return math.exp(log_norm - (nu + 1) / 2 * math.log1p(t * t / nu))


def compute_student_t_cdf(t: float, degrees_of_freedom: float) -> float:
    """Compute P(T <= t) for the standard Student t distribution.

    Source: Abramowitz & Stegun 26.7.1 with 26.5.27: the tail is half of I_{nu/(nu+t^2)}(nu/2, 1/2), the
    incomplete beta function by its continued fraction 26.5.8 (Lentz 1976) and symmetry 26.5.2.
    """
    nu = degrees_of_freedom
    square = t * t
    tail = 0.5 * _incomplete_beta_half(nu / 2.0, nu / (nu + square), square / (nu + square))
    return tail if t < 0 else 1.0 - tail


def compute_student_t_quantile(probability: float, degrees_of_freedom: float) -> float:
    """Compute the quantile of the standard Student t distribution, to about 1e-12 relative."""
    if not 0.0 < probability < 1.0 or degrees_of_freedom <= 0.0:
        raise ValueError("need a probability strictly between 0 and 1 and positive degrees")
    if probability == _HALF:
        return 0.0
    if probability > _HALF:
        return -compute_student_t_quantile(1.0 - probability, degrees_of_freedom)
    # Start at the first terms of the expansion in 1 / degrees, Abramowitz & Stegun 26.7.5.
    z = compute_normal_quantile(probability)
    t = z + (z**3 + z) / (4.0 * degrees_of_freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96.0 * degrees_of_freedom**2)
    low, high = 2.0 * t - 1.0, 0.0
    while compute_student_t_cdf(low, degrees_of_freedom) > probability:
        low, high = 2.0 * low, low
        t = 0.5 * (low + high)
    for _ in range(200):
        excess = compute_student_t_cdf(t, degrees_of_freedom) - probability
        low, high = (low, t) if excess > 0.0 else (t, high)
        step = excess / compute_student_t_density(t, degrees_of_freedom)
        # Newton's step, or the middle where it would leave the bracket: the function is monotone.
        following = t - step if low < t - step < high else 0.5 * (low + high)
        if abs(following - t) <= _STEP * abs(t):
            break
        t = following
    return t
