#!/bin/sh
# Resolves pyproject.toml into the two hashed locks: requirements.lock (what the server needs, PostgreSQL included)
# and requirements-dev.lock (the same and the tools). To raise one version: sh tools/lock.sh --upgrade-package NAME
set -eu
compile() {
  CUSTOM_COMPILE_COMMAND="make lock" pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
    --build-deps-for editable "$@" pyproject.toml
}
compile --extra postgres --output-file requirements.lock "$@"
compile --extra postgres --extra dev --constraint requirements.lock --output-file requirements-dev.lock "$@"
# The constraint is written with this folder's name in some versions of pip-tools: keep the locks alike everywhere.
sed -i "s|-c $PWD/|-c |" requirements-dev.lock
