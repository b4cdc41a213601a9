#!/bin/sh
# Sees to it that the browser tests can run: Debian's chromium and poppler-utils (pdftotext, pdftoppm, pdfsig).
# Installs them where it may (root, apt); else says on one line what is skipped and why. With CI=true a lack is an error.
set -u
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
[ -n "$missing" ] || exit 0

reason="apt-get is not here"
if command -v apt-get >/dev/null 2>&1; then
  reason="only root may install them"
  if [ "$(id -u)" = 0 ]; then
    echo "Installing$missing ..." >&2
    # shellcheck disable=SC2086
    if { DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing \
      || { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; }
    } >/dev/null 2>&1; then
      exit 0
    fi
    reason="apt-get could not install them"
  fi
fi
echo "Skipped: the tests that need$missing, because $reason (apt-get install$missing)." >&2
[ "${CI:-}" != true ]
