"""Build one Lambda layer: pinned packages, our own code, byte code, nothing else.

`sam build` runs this through ``layers/build/<architecture>/Makefile`` in a scratch
copy of the layer's folder. Only the standard library is used, and everything is
compiled for the interpreter that runs the script: it must be the functions' runtime.

Environment
-----------
ARTIFACTS_DIR
    Where the layer's content goes (set by SAM).
LAYER_PLATFORM
    ``host`` takes the wheels of this machine instead of the Lambda ones: the local
    emulator runs the functions on the machine's own interpreter.
LAYER_CACHE_DIR
    Optional folder that keeps the installed packages between builds.

A layer's folder may hold a ``prepare.py``: it is run on the folder of the installed packages.
"""

import argparse
import hashlib
import os
import py_compile
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

RUNTIME = (3, 13)
MOUNT = "/opt/python"

# Amazon Linux 2023, the runtime's system, has glibc 2.34.
WHEEL_PLATFORMS = {
    "arm64": ["manylinux_2_34_aarch64", "manylinux_2_28_aarch64", "manylinux2014_aarch64"],
    "x86_64": ["manylinux_2_34_x86_64", "manylinux_2_28_x86_64", "manylinux2014_x86_64"],
}

# botocore and boto3 describe every AWS service in data files; only these are called.
SERVICES = frozenset({"dynamodb", "kms", "lambda", "s3", "secretsmanager", "sns", "sqs", "sts"})

# Parts of packages that no function imports.
UNUSED_PARTS = (
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.css",
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.js",
    "aws_lambda_powertools/utilities/auth_alpha",
    "aws_lambda_powertools/utilities/circuit_breaker",
    "aws_lambda_powertools/utilities/data_masking",
    "aws_lambda_powertools/utilities/feature_flags",
    "aws_lambda_powertools/utilities/idempotency",
    "aws_lambda_powertools/utilities/kafka",
    "aws_lambda_powertools/utilities/streaming",
    "aws_lambda_powertools/utilities/validation",
    "pydantic/mypy.py",
    "pydantic/v1",
)

# Folders that no import at run time needs.
UNUSED_FOLDERS = frozenset({"__pycache__", "bin", "tests", "test", "testing_data"})
UNUSED_SUFFIXES = frozenset({".pyi", ".pyx", ".pxd", ".c", ".h", ".a"})


def install_packages(requirements: Path, target: Path, architecture: str, platform: str) -> None:
    """Install hash-pinned wheels for the layer's platform into `target`."""
    command = [
        sys.executable, "-m", "pip", "install", "-qq", "--require-hashes", "--no-deps",
        "--no-compile", "--only-binary=:all:", "--disable-pip-version-check",
        "--requirement", str(requirements), "--target", str(target),
    ]  # fmt: skip
    if platform != "host":
        for name in WHEEL_PLATFORMS[architecture]:
            command += ["--platform", name]
        command += ["--implementation", "cp", "--python-version", "{}.{}".format(*RUNTIME)]
    subprocess.run(command, check=True)  # noqa: S603 - fixed command, no shell


def prune_packages(target: Path) -> None:
    """Remove what no function imports: service descriptions, tests, stubs, metadata."""
    for package in ("boto3", "botocore"):
        for folder in (target / package / "data").glob("*/"):
            if folder.name not in SERVICES:
                shutil.rmtree(folder)
    for part in [path for pattern in UNUSED_PARTS for path in target.glob(pattern)]:
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    for folder in [path for path in target.rglob("*") if path.is_dir()]:
        if folder.name in UNUSED_FOLDERS or folder.name.endswith(".dist-info"):
            shutil.rmtree(folder, ignore_errors=True)
    for file in [path for path in target.rglob("*") if path.suffix in UNUSED_SUFFIXES]:
        file.unlink()


def compile_tree(root: Path, mount: str) -> int:
    """Write a ``.pyc`` beside every ``.py``; return how many.

    A layer is read-only, so what is not compiled here is compiled again at every cold
    start. The byte code is not checked against the source's time, which archives change.
    """
    sources = sorted(root.rglob("*.py"))
    for source in sources:
        py_compile.compile(
            str(source),
            dfile=f"{mount}/{source.relative_to(root).as_posix()}",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    return len(sources)


def get_packages(requirements: Path, architecture: str, platform: str, cache: Path | None) -> Path:
    """Return a folder with the layer's pruned and compiled packages, from the cache if there."""
    prepare = requirements.with_name("prepare.py")
    key = hashlib.sha256(Path(__file__).read_bytes())
    for file in sorted([*requirements.parent.glob("*.txt"), *requirements.parent.glob("*.py")]):
        key.update(file.read_bytes())
    key.update(f"{architecture} {platform} {sys.version}".encode())
    folder = (cache or Path(tempfile.mkdtemp(prefix="layer-"))) / key.hexdigest()[:24]
    if not folder.is_dir():
        staging = folder.with_suffix(f".{os.getpid()}")
        try:
            install_packages(requirements, staging, architecture, platform)
            prune_packages(staging)
            if prepare.is_file():
                subprocess.run([sys.executable, str(prepare), str(staging)], check=True)  # noqa: S603 - our own script
            compile_tree(staging, MOUNT)
            staging.rename(folder)
        except OSError:
            # Another build of the same packages may have been faster; its folder holds the same files.
            if not folder.is_dir():
                raise
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return folder


def format_size(folder: Path) -> str:
    """Return the size of all files below `folder`, in MB of 10^6 bytes."""
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{total / 1e6:.1f} MB"


def main() -> None:
    """Build the layer whose folder is the current one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--architecture", choices=sorted(WHEEL_PLATFORMS), required=True)
    parser.add_argument("--package", type=Path, help="own package to add, relative to the layer")
    arguments = parser.parse_args()
    if sys.version_info[:2] != RUNTIME:
        sys.exit("build_layer: Python {}.{} is needed, it compiles the byte code".format(*RUNTIME))

    platform = os.environ.get("LAYER_PLATFORM", "lambda")
    cache = os.environ.get("LAYER_CACHE_DIR")
    target = Path(os.environ["ARTIFACTS_DIR"]) / "python"
    packages = get_packages(Path("requirements.txt"), arguments.architecture, platform, Path(cache) if cache else None)
    shutil.copytree(packages, target, dirs_exist_ok=True)
    sizes = [f"packages {format_size(packages)}"]
    if not cache:
        shutil.rmtree(packages.parent)
    if arguments.package:
        own = target / arguments.package.name
        shutil.copytree(arguments.package, own, ignore=shutil.ignore_patterns("__pycache__"))
        compile_tree(own, f"{MOUNT}/{own.name}")
        sizes.append(f"{own.name} {format_size(own)}")
    sys.stdout.write(f"layer {arguments.architecture} ({platform}): {', '.join(sizes)}\n")


if __name__ == "__main__":
    main()
