#!/usr/bin/env bash
# Shows what keylint does: `check` on examples/, then `diff` against simulated exchanges. Run by `make demo`.
set -euo pipefail
cd "$(dirname "$0")"
now=2026-11-22
work=$(mktemp -d)
trap 'kill "${sandbox:-}" 2>/dev/null || true; rm -rf "$work"' EXIT

expect() { # expect CODE COMMAND…: run it, and end the demo where its exit code is another one
    local code=$1 got=0
    shift
    echo "\$ $*"
    "$@" || got=$?
    echo "(exit code $got)"
    echo
    [ "$got" = "$code" ] || { echo "demo: expected exit code $code" >&2; exit 1; }
}

expect 1 keylint check keys --now "$now"

keylint sandbox sandbox.yaml --env-file "$work/env" > "$work/out" 2>&1 &
sandbox=$!
for _ in $(seq 100); do [ -s "$work/env" ] && break; sleep 0.1; done
[ -s "$work/env" ] || { echo "demo: the sandbox did not start" >&2; cat "$work/out" >&2; exit 1; }
# shellcheck source=/dev/null
. "$work/env"

# The credentials of the simulated keys, as sandbox.yaml has them.
export MM_BOT_API_KEY=vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A
export MM_BOT_API_SECRET=NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j
export TAX_API_KEY=Ab1/CdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQr
export TAX_API_SECRET=kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg==

expect 1 keylint diff keys --key mm-bot-spot --key tax-export --now "$now" --allow-env 'MM_BOT_*' --allow-env 'TAX_*'

echo "demo: shown were findings of check, and drift of diff at two simulated exchanges (binance, kraken)"
