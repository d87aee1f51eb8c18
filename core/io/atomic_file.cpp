#include "latent/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <streambuf>
#include <string>
#include <vector>

#include "latent/error.h"

namespace latent {
namespace {

/// A stream buffer on a file descriptor that remembers why a write failed; std::ofstream does not.
class DescriptorBuffer : public std::streambuf {
 public:
  explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor), buffer_(1 << 16) {
    setp(buffer_.data(), buffer_.data() + buffer_.size());
  }
  int error() const { return error_; }

 protected:
  int_type overflow(int_type c) override {
    if (!flush()) return traits_type::eof();
    if (!traits_type::eq_int_type(c, traits_type::eof())) {
      *pptr() = traits_type::to_char_type(c);
      pbump(1);
    }
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* text, std::streamsize count) override {
    if (count < epptr() - pptr()) {
      std::memcpy(pptr(), text, static_cast<std::size_t>(count));
      pbump(static_cast<int>(count));
      return count;
    }
    return flush() && write_all(text, static_cast<std::size_t>(count)) ? count : 0;
  }
  int sync() override { return flush() ? 0 : -1; }
  pos_type seekoff(off_type offset, std::ios_base::seekdir from,
                   std::ios_base::openmode) override {  // tellp
    if (offset != 0 || from != std::ios_base::cur) return pos_type(off_type(-1));
    return pos_type(written_ + (pptr() - pbase()));
  }

 private:
  bool flush() {
    const bool done = write_all(pbase(), static_cast<std::size_t>(pptr() - pbase()));
    setp(buffer_.data(), buffer_.data() + buffer_.size());
    return done;
  }
  bool write_all(const char* bytes, std::size_t count) {
    while (count > 0 && error_ == 0) {
      const ssize_t put = ::write(descriptor_, bytes, count);
      if (put < 0) {
        if (errno != EINTR) error_ = errno;
        continue;
      }
      bytes += put;
      count -= static_cast<std::size_t>(put);
      written_ += put;
    }
    return error_ == 0;
  }

  int descriptor_;
  int error_ = 0;
  off_type written_ = 0;
  std::vector<char> buffer_;
};

/// The temporary file: removed again unless it has become the real one.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& beside) {
    static std::atomic<unsigned> counter = 0;
    for (int attempt = 0; attempt < 100; ++attempt) {
      std::string name = ".";
      name += beside.filename().string().substr(0, 200);
      name.append(".").append(std::to_string(::getpid()));
      name.append("-").append(std::to_string(counter++)).append(".tmp");
      path_ = beside.parent_path() / name;
      // Plain open instead of mkstemp: the new file gets the permissions that the user's umask
      // says.
      descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor_ >= 0 || errno != EEXIST) return;
    }
  }
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (descriptor_ >= 0 || created_) ::unlink(path_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  int descriptor() const { return descriptor_; }
  /// 0 or an errno.
  int move_over(const std::filesystem::path& path) {
    created_ = true;
    const int closed = ::close(descriptor_);
    descriptor_ = -1;
    if (closed != 0) return errno;
    if (::rename(path_.c_str(), path.c_str()) != 0) return errno;
    created_ = false;
    return 0;
  }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  bool created_ = false;
};

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  throw Error(ErrorCode::WriteFailed,
              "Cannot write " + path.string() + ": " + std::strerror(error) + ".");
}

}  // namespace

void write_atomically(const std::filesystem::path& path,
                      const std::function<void(std::ostream&)>& write) {
  if (path.empty() || !path.has_filename()) {
    throw Error(ErrorCode::WriteFailed, "Cannot write: '" + path.string() + "' names no file.");
  }
  std::error_code error;
  std::filesystem::path target = path;
  // A link stays a link: the file it leads to is the one that is replaced.
  if (std::filesystem::is_symlink(path, error)) {
    target = std::filesystem::weakly_canonical(path, error);
    if (error) fail(path, error.value());
  }
  if (target.parent_path().empty()) target = std::filesystem::path(".") / target;
  if (std::filesystem::is_directory(target, error)) fail(path, EISDIR);
  error.clear();
  std::filesystem::create_directories(target.parent_path(), error);
  if (error) fail(path, error.value());

  TemporaryFile temporary(target);
  if (temporary.descriptor() < 0) fail(path, errno);
  struct stat before = {};
  if (::stat(target.c_str(), &before) == 0) {
    // Where the file system keeps no permissions this fails, and that does no harm.
    (void)!::fchmod(temporary.descriptor(), before.st_mode & 07777);
  }
  DescriptorBuffer buffer(temporary.descriptor());
  std::ostream stream(&buffer);
  write(stream);
  stream.flush();
  if (buffer.error() != 0) fail(path, buffer.error());
  if (!stream) {
    throw Error(ErrorCode::WriteFailed,
                "Cannot write " + path.string() + ": its contents could not be produced.");
  }
  if (::fsync(temporary.descriptor()) != 0) fail(path, errno);
  if (const int reason = temporary.move_over(target)) fail(path, reason);
  // The rename itself reaches the disk with its folder; the file is whole either way.
  const int folder = ::open(target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    ::fsync(folder);
    ::close(folder);
  }
}

}  // namespace latent
