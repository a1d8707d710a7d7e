#!/usr/bin/env bash
# Print the path of a Python 3.13 interpreter that really runs.
#
# Looked for on PATH, then among pyenv's versions, then through uv. The path
# printed is the interpreter's own, not a shim: `sam build` refuses shims.
set -euo pipefail

real_path() {
  "$1" -c 'import sys, venv, ensurepip
assert sys.version_info[:2] == (3, 13)
print(sys.executable if sys.prefix == sys.base_prefix else sys._base_executable)' 2>/dev/null
}

candidates() {
  command -v python3.13 || true
  command -v python3 || true
  ls -1d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13 2>/dev/null | sort -Vr || true
  if command -v uv >/dev/null 2>&1; then uv python find --no-python-downloads 3.13 2>/dev/null || true; fi
}

while IFS= read -r candidate; do
  if path="$(real_path "$candidate")"; then
    echo "$path"
    exit 0
  fi
done < <(candidates)

echo "Python 3.13 is needed and was not found on PATH, in pyenv or through uv." \
  "Install it (apt install python3.13-venv, pyenv install 3.13, or uv python install 3.13) and run make again." >&2
exit 1
