"""Write the OpenAPI document into the package that serves it: ``python -m infra.openapi``."""

import json
from pathlib import Path

import riskgate
from infra.openapi.build import build_openapi

DOCUMENT = Path(riskgate.__file__).parent / "data/openapi.json"


def write_document() -> str:
    """Return the document as it is stored and served."""
    text = json.dumps(build_openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    # Characters that do not show are escaped: patterns name some.
    shown = (item if item.isprintable() or item == "\n" else json.dumps(item)[1:-1] for item in text)
    return "".join(shown)


if __name__ == "__main__":
    DOCUMENT.write_text(write_document(), encoding="utf-8")
