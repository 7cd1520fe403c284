#!/usr/bin/env bash
# Prints the browser for the console's end-to-end tests: $CHROMIUM, else an installed one; in CI, as root, Debian's is installed.
set -euo pipefail

found() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        [ -z "$name" ] || ! command -v "$name" || return 0
    done
    return 1
}

if ! found; then
    if [ -n "${CI:-}" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium) >&2
        found && exit
    fi
    echo "error: the console's end-to-end tests need Chromium, and none was found" >&2
    echo "next: apt-get install chromium, or name one in CHROMIUM" >&2
    exit 1
fi
