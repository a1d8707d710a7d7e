"""Bodies of the stress routes: a scenario to try, and the scenarios an account keeps."""

from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from riskgate.core.scenario import OWN_SCENARIOS_MAX, StressScenario
from riskgate.schemas.fields import FROM_JSON, AssetCode, DecimalRange, Omittable, SectorName
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.requests.rules import Rule, absent, filled, given

#: Most shocks of a scenario: stored ones travel in the account document.
SHOCKS_MAX = 50
SECTOR_SHOCKS_MAX = 20
#: Name of a scenario that is not stored.
AD_HOC = "ad_hoc"

type Shock = Annotated[Decimal, DecimalRange(low=Decimal(-1), high=Decimal(100))]
type ScenarioName = Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9_-]{0,39}$")]
#: Of a scenario in the report: the account's own begin with ``own:``.
type ReportedName = Annotated[str, StringConstraints(pattern="^(own:)?[a-z0-9][A-Za-z0-9._-]{0,63}$")]
type AssetShocks = Annotated[dict[AssetCode, Shock], Field(max_length=SHOCKS_MAX)]
type SectorShocks = Annotated[dict[SectorName, Shock], Field(max_length=SECTOR_SHOCKS_MAX)]


class ScenarioRequest(RequestModel):
    """A joint move of prices: simple returns, -0.5 is a fall by half."""

    name: ScenarioName
    shocks: AssetShocks = Field(default_factory=dict, description="Simple return of each asset.")
    sector_shocks: SectorShocks = Field(default_factory=dict, description="For assets without their own shock.")
    default_shock: Shock = Field(description="For all other assets, except stablecoins and currencies.")

    def to_scenario(self) -> StressScenario:
        """Return the scenario as the account keeps it."""
        return StressScenario(**dict(self))


class ScenariosRequest(RequestModel):
    """All scenarios of an account; those left out are removed."""

    UNIQUE: ClassVar = {"scenarios": ("name",)}

    scenarios: Annotated[tuple[ScenarioRequest, ...], FROM_JSON] = Field(max_length=OWN_SCENARIOS_MAX)

    def to_scenarios(self) -> tuple[StressScenario, ...]:
        """Return the scenarios by name."""
        return tuple(sorted((item.to_scenario() for item in self.scenarios), key=lambda item: item.name))


class StressRequest(RequestModel):
    """A scenario of the report by its name, or the shocks of one that is not stored."""

    RULES = (
        *(
            Rule("scenario", "must stand alone: it has its own shocks", (given("scenario"), more))
            for more in (filled("shocks"), filled("sector_shocks"), given("default_shock"))
        ),
        Rule("default_shock", "or the name of a scenario is required", (absent("scenario"), absent("default_shock"))),
    )

    scenario: Omittable[ReportedName] = Field(None, description="Name as in the stress report.")
    shocks: AssetShocks = Field(default_factory=dict, description="Simple return of each asset.")
    sector_shocks: SectorShocks = Field(default_factory=dict, description="For assets without their own shock.")
    default_shock: Omittable[Shock] = Field(
        None, description="For all other assets. Required unless a scenario is named."
    )

    def to_scenario(self) -> StressScenario | str:
        """Return the scenario, or its name."""
        if self.scenario is not None or self.default_shock is None:
            return self.scenario or ""
        return StressScenario(
            name=AD_HOC, shocks=self.shocks, sector_shocks=self.sector_shocks, default_shock=self.default_shock
        )
