#pragma once

#include <filesystem>
#include <functional>
#include <ostream>

namespace latent {

/// Writes to a temporary file beside `path`, flushes it to the disk, and renames it over `path`:
/// a reader sees the old file or the new one, never a part. Makes missing parent folders.
/// Throws Error{WriteFailed} with the reason (permission, disk full); the old file stays as it was
/// and nothing is left beside it.
void write_atomically(const std::filesystem::path& path,
                      const std::function<void(std::ostream&)>& write);

}  // namespace latent
