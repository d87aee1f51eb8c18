#include "io/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "latent/error.h"

namespace latent {
namespace {

using namespace std::chrono_literals;

/// A program that was started; killed with its whole process group unless it has ended.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool has_ended() {
    if (!ended_ && ::waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
    return ended_;
  }
  void end() {
    if (ended_) return;
    ::kill(-pid_, SIGTERM);
    for (int i = 0; i < 20 && !has_ended(); ++i) std::this_thread::sleep_for(20ms);
    // Also what it has started and left behind.
    ::kill(-pid_, SIGKILL);
    while (!ended_ && ::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    ended_ = true;
  }
  int exit_code() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1; }

 private:
  pid_t pid_;
  int status_ = 0;
  bool ended_ = false;
};

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  Pipe() {
    std::array<int, 2> ends = {-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
      read_end = ends[0];
      write_end = ends[1];
      ::fcntl(read_end, F_SETFL, O_NONBLOCK);
    }
  }
  ~Pipe() {
    if (read_end >= 0) ::close(read_end);
    close_write_end();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void close_write_end() {
    if (write_end >= 0) ::close(write_end);
    write_end = -1;
  }
  /// False at the end of the stream.
  bool drain(std::string& text) const {
    std::array<char, 4096> block;
    ssize_t got = 0;
    while ((got = ::read(read_end, block.data(), block.size())) > 0) {
      text.append(block.data(), static_cast<std::size_t>(got));
      constexpr std::size_t kKept = 4096;
      if (text.size() > 2 * kKept) text.erase(0, text.size() - kKept);
    }
    return got != 0;
  }
};

struct SpawnSettings {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  SpawnSettings(const std::filesystem::path& working_directory, int error_stream) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, error_stream, STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(&files, working_directory.c_str());
    posix_spawnattr_init(&attributes);
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGTERM, SIGPIPE, SIGCHLD}) sigaddset(&usual, signal);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
};

}  // namespace

ChildResult run_child(const std::vector<std::string>& command,
                      const std::filesystem::path& working_directory,
                      const std::function<bool()>& keep_going) {
  Pipe errors;
  const SpawnSettings settings(working_directory, errors.write_end);
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int failure = ::posix_spawnp(&pid, arguments[0], &settings.files, &settings.attributes,
                                     arguments.data(), environ);
  ChildResult result;
  if (failure == ENOENT || failure == EACCES) {
    result.installed = false;
    return result;
  }
  if (failure != 0) {
    throw Error(ErrorCode::Internal,
                "Cannot start " + command[0] + ": " + std::strerror(failure) + ".");
  }
  Child child(pid);
  errors.close_write_end();
  bool open = true;
  while (!child.has_ended()) {
    if (!keep_going()) {
      child.end();
      result.stopped = true;
      break;
    }
    pollfd waiting = {errors.read_end, POLLIN, 0};
    if (open) {
      ::poll(&waiting, 1, 100);
      open = errors.drain(result.complaint);
    } else {
      std::this_thread::sleep_for(20ms);
    }
  }
  errors.drain(result.complaint);
  result.exit_code = child.exit_code();
  return result;
}

}  // namespace latent
