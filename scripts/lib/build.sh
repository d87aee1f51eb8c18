# shellcheck shell=bash disable=SC2154  # root and cache come from common.sh
# Builds a preset of CMakePresets.json and gets the data.

# jobs: one for each core, and one for each 2 GB of free memory at most (LibTorch's headers are big).
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable/ { print int($2 / 2000000) }' /proc/meminfo)
  [ "$memory" -ge 1 ] || memory=1
  echo $((cores < memory ? cores : memory))
}

# build PRESET [TARGET…]
build() {
  local preset=$1 folder=$root/build-$1
  shift
  need_disk "$folder" "$([ -e "$folder/build.ninja" ] && echo 300 || echo 1500)" "building"
  step "Building ($preset)"
  cd "$root" || exit
  # Ninja runs CMake again by itself when a CMake file has changed, but does not know the presets.
  if [ ! -e "$folder/build.ninja" ] || [ CMakePresets.json -nt "$folder/build.ninja" ]; then
    cmake --preset "$preset" >"$folder.log" 2>&1 ||
      cmake --fresh --preset "$preset" >"$folder.log" 2>&1 || {
      cat "$folder.log" >&2
      fail "CMake could not prepare the build; the reason is above."
    }
    mkdir -p "$folder" && mv "$folder.log" "$folder/configure.log"
  fi
  cmake --build --preset "$preset" --parallel "$(jobs)" ${1:+--target "$@"} </dev/null || {
    need_disk "$folder" 100 "building"
    fail "The build stopped; the first error is above."
  }
}

# fetch_mnist: brings the full MNIST into the user's data folder. Fails without a word of its own
# beyond the fetching program's one sentence.
fetch_mnist() {
  step "MNIST"
  "$root/build-release/bin/latent" fetch mnist </dev/null
}
