#!/bin/bash
# Makes .venv from the lock. Two installs: hashes and editable projects exclude each other in one.
set -euo pipefail
cd "$(dirname "$0")/../.."

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for candidate in python3.11 python3.12 python3.13 python3.14 python3 python; do
    if command -v "$candidate" >/dev/null && new_enough "$candidate"; then python=$candidate; break; fi
done
[ -n "$python" ] || { echo "Ledgerline needs Python 3.11 or newer (Debian: apt-get install python3 python3-venv)." >&2; exit 1; }

projects=(-e shared)
for project in services/*/pyproject.toml; do projects+=(-e "$(dirname "$project")"); done

new_enough .venv/bin/python || rm -rf .venv
if uv --version >/dev/null 2>&1; then
    [ -d .venv ] || uv venv --quiet --python "$(command -v "$python")" .venv
    install=(uv pip install --quiet --python .venv/bin/python)
else
    "$python" -c 'import venv, ensurepip' 2>/dev/null ||
        { echo "Python has no venv module (Debian: apt-get install python3-venv)." >&2; exit 1; }
    [ -d .venv ] || { echo "Making the virtual environment ..."; "$python" -m venv .venv; }
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    install=(.venv/bin/python -m pip install --quiet --disable-pip-version-check)
fi
echo "Installing the locked dependencies ..."
"${install[@]}" --require-hashes -r requirements-dev.txt
"${install[@]}" --no-deps --no-build-isolation "${projects[@]}"
.venv/bin/python -m compileall -q -j 0 shared/src services/*/src deploy >/dev/null || true
touch .venv/.ready
