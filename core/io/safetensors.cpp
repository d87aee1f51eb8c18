#include "io/safetensors.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <system_error>

#include "latent/atomic_file.h"
#include "latent/error.h"

namespace latent {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kAlignment = 8;
/// The format's own bound on the header.
constexpr std::size_t kLongestHeader = 100'000'000;

struct TypeFacts {
  TensorType type;
  std::string_view name;
  std::size_t size;
};
constexpr std::array<TypeFacts, 5> kTypes = {{{TensorType::U8, "U8", 1},
                                              {TensorType::I32, "I32", 4},
                                              {TensorType::I64, "I64", 8},
                                              {TensorType::F32, "F32", 4},
                                              {TensorType::F64, "F64", 8}}};

const TypeFacts& facts(TensorType type) {
  return *std::find_if(kTypes.begin(), kTypes.end(),
                       [type](const TypeFacts& each) { return each.type == type; });
}

std::string shape_text(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  }
  return text + "]";
}

/// Number of bytes of a tensor; nullopt when a size is negative or the product does not fit.
std::optional<std::size_t> byte_count(TensorType type, std::span<const std::int64_t> shape) {
  std::size_t count = tensor_type_size(type);
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    const auto factor = static_cast<std::size_t>(size);
    if (factor != 0 && count > std::numeric_limits<std::size_t>::max() / factor) {
      return std::nullopt;
    }
    count *= factor;
  }
  return count;
}

[[noreturn]] void corrupt(const std::filesystem::path& path, const std::string& what) {
  throw Error{ErrorCode::RunFileCorrupt, "Cannot read the run file " + path.string() + ": " + what};
}

/// The stream of a file and its size.
std::pair<std::ifstream, std::size_t> open(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) corrupt(path, "it is a folder, not a file.");
  const auto size = std::filesystem::file_size(path, error);
  if (error) corrupt(path, error.message() + ".");
  std::ifstream in{path, std::ios::binary};
  if (!in) corrupt(path, std::string{std::strerror(errno)} + ".");
  return {std::move(in), static_cast<std::size_t>(size)};
}

TensorEntry parse_entry(const std::filesystem::path& path, const std::string& name,
                        const Json& json) {
  if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
      !json.contains("data_offsets")) {
    corrupt(path, "tensor '" + name + "' should have exactly dtype, shape and data_offsets.");
  }
  TensorEntry entry;
  const Json& type = json["dtype"];
  const auto known = std::find_if(kTypes.begin(), kTypes.end(), [&](const TypeFacts& each) {
    return type.is_string() && type.get_ref<const std::string&>() == each.name;
  });
  if (known == kTypes.end()) {
    corrupt(path,
            "tensor '" + name + "' has the type " +
                (type.is_string() ? type.get<std::string>().substr(0, 40) : type.type_name()) +
                ", expected one of U8, I32, I64, F32, F64.");
  }
  entry.type = known->type;
  const Json& shape = json["shape"];
  const Json& offsets = json["data_offsets"];
  const auto all_sizes = [](const Json& array) {
    return array.is_array() && std::all_of(array.begin(), array.end(), [](const Json& each) {
             return each.is_number_unsigned() &&
                    each.get<std::uint64_t>() <=
                        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
           });
  };
  if (!all_sizes(shape) || !all_sizes(offsets) || offsets.size() != 2) {
    corrupt(path, "tensor '" + name + "' has a shape or offsets that are not sizes.");
  }
  entry.shape = shape.get<std::vector<std::int64_t>>();
  entry.begin = offsets[0].get<std::size_t>();
  entry.end = offsets[1].get<std::size_t>();
  const auto expected = byte_count(entry.type, entry.shape);
  if (!expected || entry.end < entry.begin || entry.end - entry.begin != *expected) {
    corrupt(path, "tensor '" + name + "' of shape " + shape_text(entry.shape) + " should take " +
                      (expected ? std::to_string(*expected) : "fewer") +
                      " bytes, but its offsets are " + std::to_string(entry.begin) + " to " +
                      std::to_string(entry.end) + ".");
  }
  return entry;
}

/// The tensors must fill the data exactly.
void check_layout(const std::filesystem::path& path, const SafetensorsHeader& header) {
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  for (const auto& [name, entry] : header.tensors) ranges.emplace_back(entry.begin, entry.end);
  std::sort(ranges.begin(), ranges.end());
  std::size_t position = 0;
  for (const auto& [begin, end] : ranges) {
    if (begin != position) {
      corrupt(path, "its tensors should follow each other, but one ends at byte " +
                        std::to_string(position) + " and the next begins at " +
                        std::to_string(begin) + ".");
    }
    position = end;
  }
  if (position != header.data_size) {
    corrupt(path, "its header describes " + std::to_string(position) +
                      " bytes of tensors, the file holds " + std::to_string(header.data_size) +
                      (position > header.data_size ? "; it was cut short." : "."));
  }
}

SafetensorsHeader parse_header(const std::filesystem::path& path, std::ifstream& in,
                               std::size_t file_size) {
  std::array<unsigned char, kLengthBytes> bytes{};
  if (file_size < kLengthBytes || !in.read(reinterpret_cast<char*>(bytes.data()), kLengthBytes)) {
    corrupt(path, "a safetensors file begins with 8 bytes of length, this one has only " +
                      std::to_string(file_size) + " bytes.");
  }
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) {
    length |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  }
  if (length > kLongestHeader || length > file_size - kLengthBytes) {
    corrupt(path, "it is cut short or not a safetensors file: its header should be " +
                      std::to_string(length) + " bytes long, " +
                      std::to_string(file_size - kLengthBytes) + " bytes follow.");
  }
  std::string text(static_cast<std::size_t>(length), '\0');
  if (!in.read(text.data(), static_cast<std::streamsize>(length))) {
    corrupt(path, "its header could not be read.");
  }
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) {
    corrupt(path, "it is not a safetensors file: its header is not a JSON object.");
  }
  SafetensorsHeader header;
  header.data_begin = kLengthBytes + text.size();
  header.data_size = file_size - header.data_begin;
  for (const auto& [name, value] : json.items()) {
    if (name == "__metadata__") {
      for (const auto& [key, entry] : value.items()) {
        if (!value.is_object() || !entry.is_string()) {
          corrupt(path, "its metadata should map strings to strings.");
        }
        header.metadata[key] = entry.get<std::string>();
      }
    } else {
      header.tensors[name] = parse_entry(path, name, value);
    }
  }
  check_layout(path, header);
  return header;
}

}  // namespace

std::string_view tensor_type_name(TensorType type) {
  return facts(type).name;
}

std::size_t tensor_type_size(TensorType type) {
  return facts(type).size;
}

void write_safetensors(const std::filesystem::path& path, std::vector<TensorBytes> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::stable_sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    const auto size_a = tensor_type_size(a.type);
    const auto size_b = tensor_type_size(b.type);
    return size_a != size_b ? size_a > size_b : a.name < b.name;
  });
  // Ordered: the reader of the format wants the metadata first and tensors by offset.
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::set<std::string> names = {"__metadata__"};
  std::size_t position = 0;
  for (const TensorBytes& tensor : tensors) {
    if (byte_count(tensor.type, tensor.shape) != tensor.bytes.size() ||
        !names.insert(tensor.name).second) {
      throw Error{ErrorCode::Internal, "Tensor '" + tensor.name +
                                           "' cannot be saved: its name is taken or its bytes do "
                                           "not match its shape " +
                                           shape_text(tensor.shape) + "."};
    }
    header[tensor.name] = {{"dtype", tensor_type_name(tensor.type)},
                           {"shape", tensor.shape},
                           {"data_offsets", {position, position + tensor.bytes.size()}}};
    position += tensor.bytes.size();
  }
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((kAlignment - text.size() % kAlignment) % kAlignment, ' ');

  write_atomically(path, [&](std::ostream& out) {
    std::array<char, kLengthBytes> length{};
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
      length[i] = static_cast<char>((text.size() >> (8 * i)) & 0xFFU);
    }
    out.write(length.data(), length.size());
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    for (const TensorBytes& tensor : tensors) {
      out.write(reinterpret_cast<const char*>(tensor.bytes.data()),
                static_cast<std::streamsize>(tensor.bytes.size()));
    }
  });
}

SafetensorsHeader read_safetensors_header(const std::filesystem::path& path) {
  auto [in, size] = open(path);
  return parse_header(path, in, size);
}

SafetensorsFile SafetensorsFile::read(const std::filesystem::path& path) {
  auto [in, size] = open(path);
  SafetensorsFile file;
  file.path_ = path;
  file.header_ = parse_header(path, in, size);
  file.data_.resize(file.header_.data_size);
  if (!in.read(reinterpret_cast<char*>(file.data_.data()),
               static_cast<std::streamsize>(file.data_.size()))) {
    corrupt(path, "its tensors could not be read.");
  }
  return file;
}

std::span<const std::byte> SafetensorsFile::tensor(const std::string& name, TensorType type,
                                                   std::span<const std::int64_t> shape) const {
  const auto found = header_.tensors.find(name);
  const std::string expected = std::string{tensor_type_name(type)} + " " + shape_text(shape);
  if (found == header_.tensors.end()) {
    corrupt(path_, "tensor '" + name + "' (" + expected + ") is missing.");
  }
  const TensorEntry& entry = found->second;
  if (entry.type != type ||
      !std::equal(shape.begin(), shape.end(), entry.shape.begin(), entry.shape.end())) {
    corrupt(path_, "tensor '" + name + "' should be " + expected + ", found " +
                       std::string{tensor_type_name(entry.type)} + " " + shape_text(entry.shape) +
                       ".");
  }
  return std::span{data_}.subspan(entry.begin, entry.end - entry.begin);
}

}  // namespace latent
