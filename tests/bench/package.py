"""What is shipped: sizes of layers and functions, and sources without byte code."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.bench.artifacts import get_build
from tests.bench.measure import Row, Section

#: Lambda's limit for a function with its layers, unzipped.
LIMIT_MB = 250.0
OWN_PACKAGE = "riskgate"


def run() -> list[Section]:
    """Measure what the last build would ship."""
    build = get_build()
    rows: list[Row] = []
    for name, folder in build.layers.items():
        rows.append(_size_row(f"layer {name}", _list_files(folder)))
        rows += [
            Row(
                name=f"of it: {part}",
                value=_megabytes(_list_files(folder / path)),
                unit="MB",
                reference_name="its layer",
                reference=_megabytes(_list_files(folder)),
            )
            for part, path in (
                ("botocore's data", "botocore/data"),
                ("botocore, data included", "botocore"),
                ("our code", OWN_PACKAGE),
                ("pydantic_core", "pydantic_core"),
                ("Powertools", "aws_lambda_powertools"),
            )
            if (folder / path).is_dir()
        ]
    rows += [_size_row(f"function {name}", _list_files(folder)) for name, folder in build.functions.items()]
    rows.append(
        Row(
            name="sources without byte code",
            value=float(
                sum(_count_uncompiled(folder) for folder in (*build.layers.values(), *build.functions.values()))
            ),
            unit="files",
        )
    )
    return [Section(name="package", title="Package", rows=rows, notes=["Unzipped, MB of 10^6 bytes."])]


def _size_row(name: str, files: Iterable[Path]) -> Row:
    return Row(
        name=name, value=_megabytes(files), unit="MB", reference_name="Lambda's limit unzipped", reference=LIMIT_MB
    )


def _list_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _megabytes(files: Iterable[Path]) -> float:
    return sum(path.stat().st_size for path in files) / 1e6


def _count_uncompiled(folder: Path) -> int:
    """Return how many sources have no byte code beside them."""
    return sum(
        not any((source.parent / "__pycache__").glob(f"{source.stem}.cpython-*.pyc")) for source in folder.rglob("*.py")
    )
