#!/usr/bin/env bash
# The steps of the GitHub Action (action.yml). Inputs come in as variables, never as text of a script.
set -euo pipefail

fail() {
    echo "::error title=keylint::$1"
    exit 2
}

install() { # puts keylint, as this commit has it, with the libraries that requirements.lock names, into a folder of its own
    local home=$1
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "the runner's python3 is older than 3.11; use actions/setup-python first"
    python3 -m venv "$home"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --requirement "$GITHUB_ACTION_PATH/requirements.lock"
    "$home/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$GITHUB_ACTION_PATH"
}

lines() { # adds the lines of a text to the array `words`
    local line
    while IFS= read -r line; do
        if [ -n "$line" ]; then words+=("$line"); fi
    done <<<"$1"
}

run() {
    case "$INPUT_COMMAND" in check | diff) ;; *) fail "command must be check or diff" ;; esac
    case "$INPUT_FAIL_ON" in error | warning | note | never) ;; *) fail "fail-on must be error, warning, note or never" ;; esac
    local home="$RUNNER_TEMP/keylint" json="$RUNNER_TEMP/keylint.json" sarif="$RUNNER_TEMP/keylint.sarif"
    local summary="$RUNNER_TEMP/keylint.md" code=0 words=()
    [ -x "$home/bin/keylint" ] || install "$home"
    [ -z "$INPUT_POLICY" ] || words+=("--policy=$INPUT_POLICY")
    lines "$INPUT_ARGS"
    words+=(--)
    lines "$INPUT_PATHS"
    rm -f "$json" "$sarif" "$summary"
    "$home/bin/keylint" "$INPUT_COMMAND" --format=github --fail-on="$INPUT_FAIL_ON" \
        --output="json=$json" --output="sarif=$sarif" --output="markdown=$summary" "${words[@]}" || code=$?
    echo "exit-code=$code" >>"$GITHUB_OUTPUT"
    [ -s "$json" ] || return 0
    cat "$summary" >>"$GITHUB_STEP_SUMMARY"
    {
        echo "json-file=$json"
        echo "sarif-file=$sarif"
        "$home/bin/python" -c 'import json, sys
totals = json.load(open(sys.argv[1], encoding="utf-8"))["summary"]
print("findings=%d" % (totals["error"] + totals["warning"] + totals["note"]))' "$json"
    } >>"$GITHUB_OUTPUT"
}

finish() { # the step fails here, after the upload, with keylint's own code
    case "$EXIT_CODE" in
    0) echo "keylint: fine" ;;
    1) echo "keylint: findings" ;;
    2) echo "keylint: wrong usage, an unreadable file or a broken policy" ;;
    3) echo "keylint: something could not be looked at" ;;
    esac
    exit "$EXIT_CODE"
}

"$1"
