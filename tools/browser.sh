#!/bin/sh
# Sees to it that the browser tests can run: Debian's Chromium and poppler-utils (pdftotext, pdftoppm, pdfsig). Of
# Chromium the shell without a window is taken where it can be had: the same engine for a third of the processor time.
# Installs them where it may (root, apt); else says on one line what is skipped and why. With CI=true a lack is an error.
set -u
shell=chromium-headless-shell
missing=""
command -v chromium >/dev/null 2>&1 || command -v $shell >/dev/null 2>&1 || missing="$missing chromium"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"

install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1
}

reason="apt-get is not here"
if command -v apt-get >/dev/null 2>&1; then
  reason="only root may install them"
  if [ "$(id -u)" = 0 ]; then
    if [ -n "$missing" ] || ! command -v $shell >/dev/null 2>&1; then
      echo "Installing$missing $shell ..." >&2
      # shellcheck disable=SC2086
      install $missing $shell || { apt-get update -q >/dev/null 2>&1; install $shell; [ -z "$missing" ] || install $missing; }
      missing=""
      command -v chromium >/dev/null 2>&1 || command -v $shell >/dev/null 2>&1 || missing="$missing chromium"
      command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
    fi
    reason="apt-get could not install them"
  fi
fi
[ -n "$missing" ] || exit 0
echo "Skipped: the tests that need$missing, because $reason (apt-get install$missing)." >&2
[ "${CI:-}" != true ]
