# shellcheck shell=bash disable=SC2154  # root and cache come from common.sh
# A fresh Debian in a folder, and this tree's tests inside it.

# test_in_distro RELEASE ARGUMENT…: RELEASE is a Debian code name; the arguments go to scripts/test.
test_in_distro() {
  local release=$1 folder=${LATENT_CHROOTS:-$cache/chroots}/$1 log
  shift
  if [ "$(id -u)" -ne 0 ]; then
    can_be_root || fail "Testing in another Debian needs root or sudo (debootstrap and chroot do)."
    exec sudo --preserve-env=LATENT_CHROOTS,XDG_CACHE_HOME,HOME,http_proxy,https_proxy \
      "$root/scripts/test" --distro "$release" "$@"
  fi

  if [ ! -x "$folder/usr/bin/apt-get" ] || [ -e "$folder/debootstrap" ]; then
    make_distro "$release" "$folder"
  fi
  copy_tree "$folder/usr/src/latent-studio"
  cp -L /etc/resolv.conf "$folder/etc/resolv.conf" 2>/dev/null || true

  step "Testing in Debian $release, in $folder"
  # A mount namespace of its own: what is mounted for the tests is gone with them, however they end.
  # shellcheck disable=SC2016  # expanded inside
  unshare --mount --pid --fork --kill-child bash -c '
    set -e
    folder=$1; shift
    mount --make-rprivate /
    mount -t proc proc "$folder/proc"
    mount --bind /sys "$folder/sys"
    mount -t tmpfs -o mode=1777 tmpfs "$folder/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$folder/dev/pts"
    exec env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
      PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
      chroot "$folder" /usr/src/latent-studio/scripts/test "$@"' bash "$folder" "$@" &
  local inside=$! status=0
  # unshare itself ignores these while it waits; its end ends everything inside.
  trap 'kill -KILL "$inside" 2>/dev/null' INT TERM HUP
  wait "$inside" || status=$?
  trap - INT TERM HUP
  exit "$status"
}

# make_distro RELEASE FOLDER
make_distro() {
  local release=$1 folder=$2
  mkdir -p "$cache" "$(dirname "$folder")"
  need_disk "$(dirname "$folder")" 5000 "a Debian $release with everything in it"
  if ! command -v debootstrap >/dev/null; then
    step "Installing debootstrap, which makes a Debian in a folder"
    apt_get "$cache/apt.log" update || true
    apt_get "$cache/apt.log" install --no-install-recommends debootstrap ||
      fail "$(why_apt_failed "$cache/apt.log") Its words are in $cache/apt.log."
  fi
  step "Making a fresh Debian $release in $folder (half a minute)"
  log=$cache/debootstrap-$release.log
  # Made beside its place and moved there whole: one that was interrupted is never taken for ready.
  rm -rf --one-file-system "$folder.partial"
  debootstrap --variant=minbase "$release" "$folder.partial" http://deb.debian.org/debian \
    >"$log" 2>&1 ||
    fail "debootstrap could not make a Debian $release (is there a network?): $(tail -n 1 "$log") Its words are in $log."
  rm -rf --one-file-system "$folder"
  mv "$folder.partial" "$folder"
}

# copy_tree FOLDER: what git would commit, with its times, so that the build there stays
# incremental; that build is kept, what was deleted here is deleted there.
copy_tree() {
  local there=$1
  mkdir -p "$there"
  find "$there" -mindepth 1 -maxdepth 1 ! -name 'build-*' -exec rm -rf --one-file-system {} +
  cd "$root" || exit
  # Through sudo the tree is another user's, which git asks about.
  local git=(git -c "safe.directory=$root" -C "$root")
  if "${git[@]}" rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    "${git[@]}" ls-files --cached --others --exclude-standard -z
  else
    find . -type f ! -path './build-*' -print0
  fi | while IFS= read -r -d '' file; do
    if [ -e "$file" ]; then printf '%s\0' "$file"; fi
  done | tar --create --null --files-from=- | tar --extract --directory "$there"
}
