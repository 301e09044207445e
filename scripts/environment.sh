# Sourced by the other scripts: makes .venv and installs a pinned requirements file into it, once per change.
# usage: . scripts/environment.sh; prepare requirements.txt [more.txt …]

find_python() {
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or newer is needed." >&2
    exit 1
}

make_venv() {
    [ -x .venv/bin/python ] && .venv/bin/python -m pip --version >/dev/null 2>&1 && return
    python=$(find_python)
    rm -rf .venv
    "$python" -m venv .venv 2>/dev/null || "$python" -m virtualenv .venv || {
        rm -rf .venv
        echo "A virtual environment could not be made; on Debian: apt-get install python3-venv" >&2
        exit 1
    }
}

prepare() {
    make_venv
    for list in "$@"; do
        name=$(echo "$list" | tr '/' '_')
        if ! cmp -s "$list" ".venv/installed-$name"; then
            echo "Installing $list …" >&2
            .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$list"
            cp "$list" ".venv/installed-$name"
        fi
    done
}
