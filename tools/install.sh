#!/bin/sh
# Makes .venv if it is missing and installs a hashed lock and the project itself (editable) into it.
# Usage: PYTHON=python3 sh tools/install.sh requirements.lock
set -eu
lock=$1
python=${PYTHON:-python3}
venv=.venv

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Python 3.11 or newer is needed: set PYTHON to one, for example make PYTHON=python3.12 ..." >&2
  exit 1
fi
# A Debian without ensurepip, or an interrupted first try, leaves no pip inside: then the pip outside installs into it.
if [ ! -x $venv/bin/python ] || ! $venv/bin/python -c '' 2>/dev/null; then
  rm -rf $venv
  "$python" -m venv $venv >/dev/null 2>&1 || "$python" -m venv --without-pip $venv
fi
if $venv/bin/python -m pip --version >/dev/null 2>&1; then
  pip() { $venv/bin/python -m pip "$@"; }
else
  pip() { "$python" -m pip --python $venv/bin/python "$@"; }
fi
echo "Installing $lock into $venv ..." >&2
# The lock is whole, so nothing is resolved: a resolving pip looks beyond the lock for what is asked for with an extra
# (coverage[toml]), and refuses the day a newer version of it is published. pip check says whether the lock is whole.
pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$lock"
pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
pip check --disable-pip-version-check >&2
