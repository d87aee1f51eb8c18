#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace latent::app {

/// What was typed cannot be meant: one sentence, and exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// "0.1,-1" as numbers. `flag` names the option in the sentence when it is not.
std::vector<float> parse_numbers(const std::string& text, const std::string& flag);
std::vector<std::int64_t> parse_whole_numbers(const std::string& text, const std::string& flag);
/// "512,256" of --widths; empty for "auto".
std::vector<int> parse_widths(const std::string& text);
/// "-3,3": two numbers, the first below the second.
struct Range {
  float low;
  float high;
};
Range parse_range(const std::string& text, const std::string& flag);

/// The file's ending (".png") must be one of `allowed`.
void expect_ending(const std::filesystem::path& path, const std::string& flag,
                   const std::vector<std::string>& allowed);
/// What is already there is only replaced when `force` says so.
void expect_free(const std::filesystem::path& path, bool force);

/// "a, b or c".
std::string list_of(const std::vector<std::string>& words, std::string_view last = "or");

}  // namespace latent::app
