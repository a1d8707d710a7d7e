#!/usr/bin/env bash
# Make the project's Python environments, each only when its pinned
# requirements changed. Everything lands inside the project folder.
#
# Usage: infra/local/scripts/setup.sh [dev] [ministack] [sam]     (default: all three)
#
#   dev        .venv                   tests, linters, riskctl, the stack runner
#   ministack  .local/venv-ministack   the AWS emulator and its Lambda interpreter
#   sam        .local/venv-sam         AWS SAM CLI
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
# fallback wherever uv cannot reach the package index.
install_pins() {
  local name="$1" dir="$2" file="$3"
  if [ "$name" != tools ] && "$uv" pip install --quiet --python "$dir/bin/python" \
    --require-hashes --requirements "$file" 2>/dev/null; then
    return
  fi
  "$dir/bin/python" -m pip install -qq --require-hashes --requirement "$file"
}

make_env tools .local/venv-tools requirements/uv.txt ||
  { echo "setup: uv is not available, pip does the work" >&2; }
for name in "${@:-all}"; do
  case "$name" in
    dev | all) make_env dev .venv requirements/dev.txt ;;&
    ministack | all) make_env ministack .local/venv-ministack requirements/local.txt ;;&
    sam | all) make_env sam .local/venv-sam requirements/sam.txt ;;&
    dev | ministack | sam | all) ;;
    *)
      echo "setup: unknown environment $name" >&2
      exit 2
      ;;
  esac
done
