# Shared by the scripts here, which source it: it goes to the top of the source tree and
# defines what they have in common.
# shellcheck shell=bash

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

JOBS=${JOBS:-$(nproc)}

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# quietly LOG COMMAND...: on a terminal the command's own output; otherwise silence, and all
# of it when the command fails.
quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  if [ -t 1 ]; then
    "$@"
  elif ! "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
}
