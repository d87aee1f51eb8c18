#include "io/file_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "latent/error.h"

namespace latent {
namespace {

struct Descriptor {
  int value = -1;
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
};

}  // namespace

std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::uint64_t at_most) {
  // Without O_NONBLOCK the opening of a named pipe would wait for a writer.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.value < 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      throw Error(ErrorCode::DatasetNotFound, "There is no file " + path.string() + ".");
    }
    throw Error(ErrorCode::DatasetNotFound,
                "Cannot read " + path.string() + ": " + std::strerror(errno) + ".");
  }
  struct stat status = {};
  if (::fstat(file.value, &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Error(ErrorCode::DatasetCorrupt, path.string() + " is not a regular file.");
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > at_most) {
    throw Error(ErrorCode::DatasetCorrupt,
                path.string() + " is too large: " + std::to_string(size) + " bytes, at most " +
                    std::to_string(at_most) + " are read.");
  }
  std::vector<std::uint8_t> bytes(size);
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::read(file.value, bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      throw Error(ErrorCode::DatasetNotFound,
                  "Cannot read " + path.string() + ": " + std::strerror(errno) + ".");
    }
    if (got == 0) break;  // it has shrunk meanwhile
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace latent
