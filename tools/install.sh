#!/bin/sh
# Install this project, editable, into $VENV: tools/install.sh EXTRAS, such as "[test]".
# Where the machine has no C compiler, zig's comes from PyPI.
set -eu

EXTRAS=$1
ATTEMPTS=4

fail() {
    echo "error: $*" >&2
    exit 1
}

# Downloads fail now and then: try again, waiting longer each time.
pip_install() {
    attempt=1
    until "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --retries 5 --timeout 60 "$@"; do
        [ "$attempt" -lt "$ATTEMPTS" ] || return 1
        echo "pip failed, trying again in $((attempt * 5)) s" >&2
        sleep $((attempt * 5))
        attempt=$((attempt + 1))
    done
}

[ -n "$PYTHON" ] || fail "no Python found; install Python 3.11 or newer, or say which: make PYTHON=..."
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$PYTHON is $("$PYTHON" --version 2>&1); Python 3.11 or newer is needed: make PYTHON=..."

if ! "$VENV/bin/python" -c 'import pip' 2>/dev/null; then
    echo "making $VENV"
    "$PYTHON" -m venv --clear "$VENV" ||
        fail "$PYTHON cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"
fi

echo "installing the project and its packages into $VENV"
pip_install --editable ".$EXTRAS" || fail "pip could not install the packages; is there a network?"

if ! "$VENV/bin/python" -c 'from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler; find_host_compiler()' 2>/dev/null; then
    echo "no C compiler on this machine: installing zig's from PyPI (100 MB)"
    pip_install --editable ".[toolchain]" || echo "that failed: only the emulator will work" >&2
fi
