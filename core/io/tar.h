#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace latent {

/// The contents of the member `path` of a tar archive (ustar, as npm packs it); a view into
/// `archive`. Nothing when there is no such member, or the archive ends before it does.
std::optional<std::span<const std::uint8_t>> tar_member(std::span<const std::uint8_t> archive,
                                                        const std::string& path);

}  // namespace latent
