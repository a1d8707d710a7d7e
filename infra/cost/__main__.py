"""Write ``infra/docs/cost.md`` and ``infra/docs/scale.md``: ``python -m infra.cost``."""

from infra.cost.capacity import render_capacity
from infra.cost.page import render
from infra.template.generate import ROOT

PAGE = ROOT / "infra" / "docs" / "cost.md"
CAPACITY_PAGE = ROOT / "infra" / "docs" / "scale.md"

if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
    CAPACITY_PAGE.write_text(render_capacity(), encoding="utf-8")
