# shellcheck shell=bash disable=SC2034  # used by those who source this
# What every script here shares: how they speak, where things are, who is root.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=$(basename "$0")
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/latent-studio

say() { printf '%s\n' "$*"; }

step() { printf '\n== %s\n' "$*"; }

# One sentence on what failed and what to do; the script ends.
fail() {
  printf '%s: %s\n' "$program" "$*" >&2
  exit 1
}

# as_root COMMAND…: runs it as root, through sudo where needed.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo -- "$@"
  fi
}

# can_be_root: whether as_root can work; sudo may ask for a password only where somebody can answer.
can_be_root() {
  [ "$(id -u)" -eq 0 ] && return 0
  command -v sudo >/dev/null || return 1
  sudo -n true 2>/dev/null || [ -t 0 ]
}

# need_disk FOLDER MEGABYTES WHAT: stops early instead of half-way through.
need_disk() {
  local folder=$1 wanted=$2 what=$3 free
  while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
  free=$(df --output=avail -BM "$folder" | tail -n 1 | tr -dc '0-9')
  if [ "$free" -lt "$wanted" ]; then
    fail "Not enough disk: $what needs $wanted MB in $folder, and $free MB are free."
  fi
}
