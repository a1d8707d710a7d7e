#!/usr/bin/env bash
# Linters over the code and the templates; each must find nothing.
#
# Usage: infra/local/scripts/lint.sh FOLDER...
set -euo pipefail
cd "$(dirname "$0")/../../.."

echo "ruff check" && .venv/bin/ruff check --quiet "$@"
echo "ruff format" && .venv/bin/ruff format --quiet --check "$@"
echo "bandit" && .venv/bin/bandit --quiet --severity-level medium --recursive --configfile pyproject.toml layers functions infra
echo "cfn-lint" && .venv/bin/cfn-lint --include-checks I -- template.yaml infra/alarms.yaml
# A finding is repaired, or its reason stands beside the resource (Metadata, checkov).
echo "checkov" && LOG_LEVEL=CRITICAL .local/venv-checkov/bin/checkov --skip-download --framework cloudformation --compact --quiet \
  --file template.yaml infra/alarms.yaml
echo "hadolint" && .venv/bin/hadolint infra/vps/*.Dockerfile
echo "compose" && .venv/bin/check-jsonschema --quiet --builtin-schema vendor.compose-spec \
  infra/vps/compose.yaml infra/observability/compose*.yaml
echo "sam validate"
SAM_CLI_TELEMETRY=0 __SAM_CLI_APP_DIR="$PWD/.local/sam" AWS_DEFAULT_REGION=us-east-1 \
  AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_CONFIG_FILE=/dev/null \
  .local/venv-sam/bin/sam validate --lint >/dev/null
echo "lint: clean"
