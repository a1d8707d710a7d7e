"""Write ``infra/docs/cost.md``: ``python -m infra.cost``."""

from infra.cost.page import render
from infra.template.generate import ROOT

PAGE = ROOT / "infra" / "docs" / "cost.md"

if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
