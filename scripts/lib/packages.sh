# shellcheck shell=bash disable=SC2154  # root and cache come from common.sh
# Installs the packages of scripts/packages.txt that are not there yet.

# listed_packages GROUP…: their names.
listed_packages() {
  local group
  for group in "$@"; do
    awk -v group="$group" '$1 == group { print $2 }' "$root/scripts/packages.txt"
  done
}

# missing_packages GROUP…: those of them that are not installed.
missing_packages() {
  local names installed
  mapfile -t names < <(listed_packages "$@")
  installed=$(dpkg-query -W -f '${db:Status-Abbrev} ${binary:Package}\n' "${names[@]}" 2>/dev/null |
    awk '$1 == "ii" { sub(/:.*/, "", $2); print $2 }') || true
  printf '%s\n' "${names[@]}" | grep -vxF -e "$installed" || true
}

# why_apt_failed LOG: the reason in a sentence.
why_apt_failed() {
  if grep -qE 'No space left|enough free space' "$1"; then
    printf 'No disk: apt-get ran out of space.'
  elif grep -qE 'Could not resolve|Temporary failure|Could not connect|Cannot initiate|Failed to fetch|Network is unreachable|Connection failed' "$1"; then
    printf 'No network: apt-get could not reach the package servers.'
  elif grep -qE 'Could not get lock|Unable to lock' "$1"; then
    printf 'Another program is installing packages; wait for it and run this again.'
  elif grep -q 'Unable to locate package' "$1"; then
    printf '%s in the package lists of this machine (Debian 12 and 13 have it, in "main").' \
      "$(grep -m 1 -o 'Unable to locate package [^ ]*' "$1")"
  else
    printf 'apt-get failed: %s' "$(grep -m 1 -E '^E: ' "$1" || tail -n 1 "$1")"
  fi
}

# apt_get LOG ARGUMENT…: asks nothing, waits for other installers.
apt_get() {
  local log=$1
  shift
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
    -o APT::Update::Error-Mode=any "$@" </dev/null >>"$log" 2>&1
}

# install_packages GROUP…: says what and why, does nothing when all is there.
install_packages() {
  local missing log name
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "This machine has no apt-get: install what scripts/packages.txt names, then build with the presets of CMakePresets.json."
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -eq 0 ] && return 0

  step "Installing what is missing from this system (${#missing[@]} of its packages)"
  for name in "${missing[@]}"; do
    awk -v name="$name" '$2 == name { $1 = $2 = ""; sub(/^ +/, ""); printf "   %-22s %s\n", name, $0; exit }' \
      "$root/scripts/packages.txt"
  done
  can_be_root ||
    fail "Neither root nor sudo: as root, run  apt-get install --no-install-recommends ${missing[*]}"
  need_disk /usr 2500 "installing the packages"
  mkdir -p "$cache" || fail "No disk: $cache cannot be made."
  log=$cache/apt.log
  : >"$log" || fail "No disk: $log cannot be written."
  say "   (a minute or two; everything apt-get says is in $log)"
  # Old package lists may still do, so that a failed update alone is no failure.
  apt_get "$log" update || true
  apt_get "$log" install --no-install-recommends "${missing[@]}" ||
    fail "$(why_apt_failed "$log") Its words are in $log."
}
