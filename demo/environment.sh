# Sourced by demo/run and tests/run: makes .venv with the package and the extras asked for, unless it is up to date.
#   set_up EXTRAS     e.g. set_up tensorflow,dev

say() { printf '\n== %s\n' "$*"; }

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    echo "Python 3.11 or later is needed and was not found. Install it, or name it: PYTHON=/path/to/python3 $0" >&2
    return 1
}

make_venv() {
    local python
    python=$(find_python)
    say "Making .venv with $("$python" --version)"
    # Debian keeps venv's pip in a package of its own.
    if ! "$python" -m venv .venv 2>/dev/null; then
        rm -rf .venv
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
        fi
        "$python" -m venv .venv
    fi
}

set_up() {
    local extras=$1 stamp
    [ -x .venv/bin/python ] || make_venv
    # What decides whether an editable install is up to date: requirements, entry points, and the front end's sources.
    stamp=$(find setup.py pyproject.toml tb_embed_plugin/frontend -type f -not -path '*/node_modules/*' -not -name '*.pyc' -print0 |
        sort -z | xargs -0 sha256sum | sha256sum)
    if [ ! -f tb_embed_plugin/static/index.js ] || [ "$(cat ".venv/installed-$extras" 2>/dev/null)" != "$stamp" ]; then
        say "Installing the package with its extras: $extras (takes minutes the first time)"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$extras]"
        echo "$stamp" >".venv/installed-$extras"
    fi
}
