#!/usr/bin/env bash
# Runs uv; where there is none, installs it into .run/uv first. Needs Python 3.11 or newer, no root.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
own=$root/.run/uv

find_python() {
    local candidate
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "error: no Python 3.11 or newer found in PATH" >&2
    echo "next: install one, or install uv (https://docs.astral.sh/uv), and try again" >&2
    return 1
}

# A system without ensurepip (Debian without python3-venv) may still have pip.
install_uv() {
    export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
    local python
    python=$(find_python)
    echo "uv is missing: installing it into $own" >&2
    rm -rf "$own"
    if "$python" -m venv "$own" >/dev/null 2>&1 && "$own/bin/python" -m pip install --quiet uv >&2; then
        return
    fi
    rm -rf "$own"
    if "$python" -m pip install --quiet --target "$own" uv >&2; then
        return
    fi
    rm -rf "$own"
    echo "error: uv could not be installed: $python has neither ensurepip nor pip, or the package registry is unreachable" >&2
    echo "next: install uv (https://docs.astral.sh/uv), or python3-venv on Debian and Ubuntu, and try again" >&2
    return 1
}

if uv --version >/dev/null 2>&1; then
    uv=uv
else
    [ -x "$own/bin/uv" ] || install_uv
    uv=$own/bin/uv
fi
export UV_COMPILE_BYTECODE=1 # once, instead of at the start of every process where Python may not write bytecode
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT # the environment of this project is .venv, whatever the caller works in
cd "$root"
exec "$uv" "$@"
