#!/usr/bin/env bash
# Compile requirements/*.in and layers/*/requirements.in into a hash-pinned .txt
# beside each (riskctl.in is part of dev.in). Needs the environments (make setup).
#
# Usage: infra/local/scripts/pins.sh [--upgrade]
set -euo pipefail
cd "$(dirname "$0")/../../.."
export UV_CACHE_DIR="${UV_CACHE_DIR:-$PWD/.local/cache/uv}"

# Layers run on Lambda (Amazon Linux 2023), the rest on the developer's machine:
# --universal keeps the environment markers so that one file serves both.
# A function may load several layers, so each is compiled under the pins of those before it.
layers=()
for source in layers/*/requirements.in requirements/{dev,local,sam,uv,checkov,fuzz,box,bot,bots-freqtrade,bots-python-binance,nautilus,mutants}.in; do
  constraints=()
  case "$source" in
    layers/* | requirements/dev.in | requirements/box.in) # tests run against the very versions that the layers ship
      for layer in "${layers[@]}"; do constraints+=(--constraint "$layer"); done ;;
  esac
  for overrides in "$(dirname "$source")/overrides.txt" "${source%.in}.overrides.txt"; do
    if [ -f "$overrides" ]; then constraints+=(--override "$overrides"); fi
  done
  case "$source" in layers/*) layers+=("${source%.in}.txt") ;; esac
  echo "pins: ${source%.in}.txt"
  .local/venv-tools/bin/uv pip compile --quiet --universal --generate-hashes \
    --no-emit-index-url --no-emit-find-links --python-version 3.13 \
    --custom-compile-command "make pins" "$@" "${constraints[@]}" \
    "$source" --output-file "${source%.in}.txt"
done
if grep -nE '(https?|file)://' requirements/*.txt layers/*/requirements.txt; then
  echo "pins: a location slipped into a pinned file" >&2
  exit 1
fi
