#!/usr/bin/env bash
# All tests that need no Debian package. The end-to-end tests start a stack of
# their own (tests/e2e/conftest.py) and stop it.
#
# Two workers, as many as the smallest machine has cores.
#
# Usage: infra/local/scripts/test.sh [pytest options and paths]
set -euo pipefail
cd "$(dirname "$0")/../../.."
run() { env -u PYTHONPATH -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m pytest "$@"; }
if [ $# -gt 0 ]; then
  run -n 2 --dist loadgroup "$@"
  exit
fi
run -n 2 --dist loadgroup tests --ignore tests/e2e
# One stack, one order. The command line reads the gateway's own audit chain and uses one-time codes: it has a stack
# to itself. The demo is one of the long runs (make long).
run -p no:randomly tests/e2e --ignore tests/e2e/test_demo.py --ignore tests/e2e/test_riskctl.py
run -p no:randomly tests/e2e/test_riskctl.py
