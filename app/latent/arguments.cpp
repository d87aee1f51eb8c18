#include "arguments.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

namespace latent::app {
namespace {

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> words;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string word = text.substr(begin, end - begin);
    std::erase_if(word, [](unsigned char c) { return c == ' ' || c == '\t'; });
    words.push_back(std::move(word));
    begin = end + 1;
  }
  return words;
}

template <typename Number>
std::vector<Number> parse_list(const std::string& text, const std::string& flag,
                               const char* expected) {
  std::vector<Number> numbers;
  for (const std::string& word : split_at_commas(text)) {
    Number number{};
    const char* begin = word.data() + (word.starts_with('+') ? 1 : 0);
    const char* end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(begin, end, number);
    if (error != std::errc{} || rest != end) {
      throw UsageError(flag + " takes " + expected + " with commas between; found \"" + text +
                       "\".");
    }
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

std::vector<float> parse_numbers(const std::string& text, const std::string& flag) {
  const auto numbers = parse_list<float>(text, flag, "numbers");
  if (!std::all_of(numbers.begin(), numbers.end(), [](float v) { return std::isfinite(v); })) {
    throw UsageError(flag + " takes finite numbers; found \"" + text + "\".");
  }
  return numbers;
}

std::vector<std::int64_t> parse_whole_numbers(const std::string& text, const std::string& flag) {
  return parse_list<std::int64_t>(text, flag, "whole numbers");
}

std::vector<int> parse_widths(const std::string& text) {
  std::vector<int> widths;
  if (text == "auto") return widths;
  for (const std::int64_t width : parse_whole_numbers(text, "--widths")) {
    widths.push_back(static_cast<int>(std::clamp<std::int64_t>(width, -1, 1 << 30)));
  }
  return widths;
}

Range parse_range(const std::string& text, const std::string& flag) {
  const std::vector<float> numbers = parse_numbers(text, flag);
  if (numbers.size() != 2 || !(numbers[0] < numbers[1])) {
    throw UsageError(flag + " takes two numbers, the lower one first, as in -3,3; found \"" + text +
                     "\".");
  }
  return {numbers[0], numbers[1]};
}

void expect_ending(const std::filesystem::path& path, const std::string& flag,
                   const std::vector<std::string>& allowed) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(allowed.begin(), allowed.end(), ending) != allowed.end()) return;
  throw UsageError(flag + " must name a file that ends in " + list_of(allowed) + "; found \"" +
                   path.string() + "\".");
}

void expect_free(const std::filesystem::path& path, bool force) {
  std::error_code ignored;
  if (force || !std::filesystem::exists(path, ignored)) return;
  throw UsageError(path.string() +
                   " is already there: name another file, or add --force to "
                   "replace it.");
}

std::string list_of(const std::vector<std::string>& words, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " " + std::string(last) + " " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace latent::app
