#!/bin/sh
# Sees to it that the tests find the programs of others: Debian's Chromium, poppler-utils (pdftotext, pdftoppm, pdfsig)
# and, with CI=true, nginx and systemd, which read the files under deploy/ (nginx begins to serve where it is installed,
# so nobody's own machine is given it). Of Chromium the shell without a window is taken where it can be had: the same
# engine for a third of the processor time.
# Installs them where it may (root, apt); else says on one line what is skipped and why. With CI=true a lack is an error.
set -u
shell=chromium-headless-shell

here() {
  PATH="$PATH:/usr/sbin" command -v "$1" >/dev/null 2>&1
}

lacking() {
  here chromium || here $shell || printf ' chromium'
  here pdftotext || printf ' poppler-utils'
  [ "${CI:-}" = true ] || return 0
  here nginx || printf ' nginx-light'
  here systemd-analyze || printf ' systemd'
}

install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1
}

missing=$(lacking)
reason="apt-get is not here"
if here apt-get; then
  reason="only root may install them"
  if [ "$(id -u)" = 0 ]; then
    if [ -n "$missing" ] || ! here $shell; then
      echo "Installing$missing $shell ..." >&2
      # shellcheck disable=SC2086
      install $missing $shell || { apt-get update -q >/dev/null 2>&1; install $shell; [ -z "$missing" ] || install $missing; }
      missing=$(lacking)
    fi
    reason="apt-get could not install them"
  fi
fi
[ -n "$missing" ] || exit 0
echo "Skipped: the tests that need$missing, because $reason (apt-get install$missing)." >&2
[ "${CI:-}" != true ]
