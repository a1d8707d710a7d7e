#!/usr/bin/env bash
# All tests that need no Debian package. The end-to-end tests start a stack of
# their own (tests/e2e/conftest.py) and stop it.
#
# Two workers, as many as the smallest machine has cores.
#
# Usage: infra/local/test.sh [pytest options and paths]
set -euo pipefail
cd "$(dirname "$0")/../.."
exec env -u PYTHONPATH -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m pytest -n 2 --dist loadgroup "$@"
