#!/bin/sh
# Finds a Python that fits and hands over to bootstrap.py; stays one process throughout.
# Usage: bootstrap.sh [--dev] COMMAND ...
cd "$(dirname "$0")/.." || exit 1

fits='import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))'
bare=
seen=
for candidate in .venv/bin/python ${PYTHON:+"$PYTHON"} python3.12 python3.11 python3 python; do
    version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    seen="$seen $candidate is $version;"
    "$candidate" -c "$fits" 2>/dev/null || continue
    if ! "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
        bare=$version
        continue
    fi
    exec "$candidate" -I tools/bootstrap.py "$@"
done

if [ -n "$bare" ]; then
    echo "Python $bare is here, but without its venv module. On Debian or Ubuntu: apt-get install python$bare-venv" >&2
else
    echo "Indii needs Python 3.11 or 3.12 (found:${seen:- none}). Install one, or name it: make up PYTHON=/path/to/python3.12" >&2
fi
exit 1
