#!/usr/bin/env bash
# The tests that need no Debian package. `full` and `e2e` together run each test of `quick` and all others, once.
# End-to-end tests start a stack of their own (tests/e2e/conftest.py) and stop it.
#
# Usage: infra/local/scripts/test.sh quick | full | e2e | pytest options and paths
set -euo pipefail
cd "$(dirname "$0")/../../.."
run() { env -u PYTHONPATH -u PYTHONDONTWRITEBYTECODE .venv/bin/python -m pytest "$@"; }
# Two workers, as many as the smallest machine has cores. Each takes whole modules while it can, and what these share.
parallel() { run -n 2 --dist worksteal tests --ignore tests/e2e; }
case "${1:-quick}" in
  quick)
    parallel
    run -p no:randomly -m smoke tests/e2e
    ;;
  full) RISKGATE_TESTS=full parallel ;;
  e2e)
    # One stack, one order. The command line reads the gateway's own audit chain and uses one-time codes, the demo tells
    # the story of a new gateway: each has a stack to itself.
    run -p no:randomly tests/e2e --ignore tests/e2e/test_riskctl.py --ignore tests/e2e/test_demo.py
    run -p no:randomly tests/e2e/test_riskctl.py
    RISKGATE_TESTS=full run -p no:randomly tests/e2e/test_demo.py
    ;;
  *) run -n 2 --dist loadgroup "$@" ;;
esac
