#!/usr/bin/env bash
# Make the project's environments, each only when its pinned requirements
# changed. Everything lands inside the project folder.
#
# Usage: infra/local/scripts/setup.sh [dev] [ministack] [sam] [checkov] [fuzz] [bots] [nautilus] [mutants]     (default: the first three)
#
#   dev        .venv                   tests, linters, riskctl, the stack runner
#   ministack  .local/venv-ministack   the AWS emulator and its Lambda interpreter
#   sam        .local/venv-sam         AWS SAM CLI
#   checkov    .local/venv-checkov     looks for what is insecure in the templates
#   fuzz       .local/venv-schemathesis   makes requests of the OpenAPI document
#   nautilus   .local/venv-nautilus    NautilusTrader, the peer of the performance suite
#   mutants    .local/venv-mutants     Cosmic Ray, whose operators make the mutants of mutation testing
#   bots       .local/bots/*           bots as they are published: freqtrade, python-binance, ccxt's JavaScript (npm)
set -euo pipefail
cd "$(dirname "$0")/../../.."
root="$PWD"

# Caches and tool state of pip, uv and SAM stay inside the project folder too.
mkdir -p .local/cache .local/stamps
export PIP_CACHE_DIR="$root/.local/cache/pip" UV_CACHE_DIR="$root/.local/cache/uv"
export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NO_CONFIG=1 UV_PYTHON_DOWNLOADS=never
unset PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE VIRTUAL_ENV

python="$(infra/local/scripts/find_python.sh)"

# stamp_of FILE: what an environment was made from.
stamp_of() { printf '%s\n%s\n' "$python" "$root" | cat - "$1" | cksum; }

# make_env NAME DIR FILE: environment DIR with exactly the pins of FILE.
make_env() {
  local name="$1" dir="$2" file="$3" stamp
  stamp="$(stamp_of "$file")"
  if [ -x "$dir/bin/python" ] && [ "$(cat ".local/stamps/$name" 2>/dev/null)" = "$stamp" ]; then
    return
  fi
  echo "setup: $dir"
  rm -f ".local/stamps/$name"
  if ! "$dir/bin/python" -c 'import sys; assert sys.version_info[:2] == (3, 13)' 2>/dev/null; then
    rm -rf "$dir"
    if [ "$name" = tools ]; then "$python" -m venv "$dir"; else new_venv "$dir"; fi
  fi
  install_pins "$name" "$dir" "$file"
  echo "$stamp" >".local/stamps/$name"
}

uv=.local/venv-tools/bin/uv

new_venv() { "$uv" venv --quiet --seed --python "$python" "$1" 2>/dev/null || "$python" -m venv "$1"; }

# uv is several times faster; pip, with the machine's own pip settings, is the
# fallback wherever uv cannot reach the package index. The pins are complete:
# what they leave out (*.overrides.txt) is not to be fetched after all.
install_pins() {
  local name="$1" dir="$2" file="$3"
  if [ "$name" != tools ] && "$uv" pip install --quiet --python "$dir/bin/python" --no-deps \
    --require-hashes --requirements "$file" 2>/dev/null; then
    return
  fi
  "$dir/bin/python" -m pip install -qq --no-deps --require-hashes --requirement "$file"
}

# make_node NAME DIR SOURCE: the packages of SOURCE/package-lock.json in DIR, their install scripts not run.
make_node() {
  local name="$1" dir="$2" source="$3" stamp
  stamp="$(stamp_of "$source/package-lock.json")"
  if [ "$(cat ".local/stamps/$name" 2>/dev/null)" = "$stamp" ]; then return; fi
  command -v npm >/dev/null || { echo "setup: npm is needed for $dir (Debian: nodejs, npm)" >&2 && exit 1; }
  echo "setup: $dir"
  rm -rf ".local/stamps/$name" "$dir"
  mkdir -p "$dir"
  cp "$source"/package{,-lock}.json "$dir"
  (cd "$dir" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --cache "$root/.local/cache/npm" >/dev/null)
  echo "$stamp" >".local/stamps/$name"
}

make_bots() {
  make_env bots-freqtrade .local/bots/freqtrade requirements/bots-freqtrade.txt
  make_env bots-python-binance .local/bots/python-binance requirements/bots-python-binance.txt
  make_node bots-ccxt-js .local/bots/ccxt-js infra/local/ccxt-js
}

make_env tools .local/venv-tools requirements/uv.txt ||
  { echo "setup: uv is not available, pip does the work" >&2; }
for name in "${@:-all}"; do
  case "$name" in
    dev | all) make_env dev .venv requirements/dev.txt ;;&
    ministack | all) make_env ministack .local/venv-ministack requirements/local.txt ;;&
    sam | all) make_env sam .local/venv-sam requirements/sam.txt ;;&
    checkov) make_env checkov .local/venv-checkov requirements/checkov.txt ;;&
    fuzz) make_env fuzz .local/venv-schemathesis requirements/fuzz.txt ;;&
    nautilus) make_env nautilus .local/venv-nautilus requirements/nautilus.txt ;;&
    mutants) make_env mutants .local/venv-mutants requirements/mutants.txt ;;&
    bots) make_bots ;;&
    dev | ministack | sam | checkov | fuzz | bots | nautilus | mutants | all) ;;
    *)
      echo "setup: unknown environment $name" >&2
      exit 2
      ;;
  esac
done
