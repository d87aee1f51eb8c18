#include "io/safetensors.h"

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "latent/error.h"
#include "support/catch.h"

using namespace latent;
namespace fs = std::filesystem;

namespace {

fs::path scratch(const std::string& name) {
  const fs::path folder = fs::temp_directory_path() / "latent-safetensors-test";
  fs::create_directories(folder);
  return folder / name;
}

template <typename T, std::size_t N>
std::span<const std::byte> bytes(const std::array<T, N>& values) {
  return std::as_bytes(std::span{values});
}

const std::array<float, 6> kWeights = {1, 2, 3, 4, 5, 6};
const std::array<std::int64_t, 2> kSteps = {7, 8};
const std::array<std::uint8_t, 3> kState = {9, 10, 11};

fs::path sample_file() {
  const fs::path path = scratch("sample.safetensors");
  write_safetensors(path,
                    {{"state", TensorType::U8, {3}, bytes(kState)},
                     {"weights", TensorType::F32, {2, 3}, bytes(kWeights)},
                     {"steps", TensorType::I64, {2}, bytes(kSteps)}},
                    {{"config", "{\"β\": 1}"}});
  return path;
}

std::string contents(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

fs::path file_of(const std::string& content) {
  const fs::path path = scratch("damaged.safetensors");
  std::ofstream{path, std::ios::binary} << content;
  return path;
}

/// A file with this header and as many zero bytes of data.
fs::path file_of(const std::string& header, std::size_t data) {
  std::string content(8, '\0');
  content[0] = static_cast<char>(header.size() & 0xFFU);
  content[1] = static_cast<char>(header.size() >> 8U);
  return file_of(content + header + std::string(data, '\0'));
}

std::string refusal(const fs::path& path) {
  try {
    SafetensorsFile::read(path);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::RunFileCorrupt);
    CHECK(std::string{error.what()}.find(path.string()) != std::string::npos);
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a safetensors file gives back what was written", "[io]") {
  const SafetensorsFile file = SafetensorsFile::read(sample_file());
  CHECK(file.metadata().at("config") == "{\"β\": 1}");
  const std::array<std::int64_t, 2> shape = {2, 3};
  const auto weights = file.tensor("weights", TensorType::F32, shape);
  REQUIRE(weights.size() == sizeof kWeights);
  CHECK(std::memcmp(weights.data(), kWeights.data(), sizeof kWeights) == 0);
}

TEST_CASE("a safetensors file is laid out as the format says", "[io]") {
  // Read again without any of our code: length, JSON, offsets.
  const std::string content = contents(sample_file());
  std::uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8U | static_cast<unsigned char>(content[i]);
  CHECK((8 + length) % 8 == 0);
  const auto header = nlohmann::json::parse(content.substr(8, length));
  CHECK(content[8] == '{');
  CHECK(header.size() == 4);
  CHECK(header["__metadata__"]["config"].is_string());
  std::size_t total = 0;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    CHECK(entry.size() == 3);
    const std::size_t begin = entry.at("data_offsets")[0];
    const std::size_t end = entry.at("data_offsets")[1];
    const std::size_t size = entry.at("dtype") == "I64" ? 8 : entry.at("dtype") == "F32" ? 4 : 1;
    CHECK(begin % size == 0);
    std::size_t count = size;
    for (const std::size_t each : entry.at("shape")) count *= each;
    CHECK(end - begin == count);
    total += end - begin;
  }
  CHECK(8 + length + total == content.size());
  const std::size_t begin = header["steps"]["data_offsets"][0];
  std::array<std::int64_t, 2> steps{};
  std::memcpy(steps.data(), content.data() + 8 + length + begin, sizeof steps);
  CHECK(steps == kSteps);
}

TEST_CASE("a truncated safetensors file is refused wherever it was cut", "[io]") {
  const std::string content = contents(sample_file());
  for (std::size_t kept = 0; kept < content.size(); ++kept) {
    CHECK_FALSE(refusal(file_of(content.substr(0, kept))).empty());
  }
  CHECK_FALSE(refusal(file_of(content + "x")).empty());
}

TEST_CASE("a file that is no safetensors file is refused", "[io]") {
  CHECK_FALSE(refusal(file_of("\x89PNG\r\n\x1a\n and so on, for a while")).empty());
  CHECK_FALSE(refusal(file_of("[1, 2, 3]", 0)).empty());
  CHECK_FALSE(refusal(scratch("")).empty());
  CHECK_FALSE(refusal(scratch("missing.safetensors")).empty());
}

TEST_CASE("sizes that lie are found before they are used", "[io]") {
  const auto with = [](const std::string& tensor, std::size_t data = 24) {
    return refusal(file_of("{\"w\":" + tensor + "}", data));
  };
  CHECK(with(R"({"dtype":"F32","shape":[2,3],"data_offsets":[0,24]})").empty());
  CHECK_FALSE(with(R"({"dtype":"F32","shape":[2,4],"data_offsets":[0,24]})").empty());
  CHECK_FALSE(with(R"({"dtype":"F32","shape":[2,3],"data_offsets":[8,32]})").empty());
  CHECK_FALSE(with(R"({"dtype":"F32","shape":[2,3],"data_offsets":[24,0]})").empty());
  CHECK_FALSE(with(R"({"dtype":"F32","shape":[-2,-3],"data_offsets":[0,24]})").empty());
  CHECK_FALSE(
      with(R"({"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,24]})").empty());
  CHECK_FALSE(with(R"({"dtype":"F99","shape":[2,3],"data_offsets":[0,24]})").empty());
  CHECK_FALSE(with(R"({"dtype":"F32","shape":[2,3]})").empty());
  CHECK_FALSE(with(R"(7)").empty());
}

TEST_CASE("a tensor of another shape is named with what was expected and found", "[io]") {
  const SafetensorsFile file = SafetensorsFile::read(sample_file());
  const std::array<std::int64_t, 1> shape = {6};
  try {
    file.tensor("weights", TensorType::F32, shape);
    FAIL("accepted a wrong shape");
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(text.find("F32 [6]") != std::string::npos);
    CHECK(text.find("F32 [2, 3]") != std::string::npos);
  }
  CHECK_THROWS_AS(file.tensor("nothing", TensorType::F32, shape), Error);
}
