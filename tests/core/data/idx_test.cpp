#include "data/idx.h"

#include "latent/data_catalogue.h"
#include "support/data_files.h"

using namespace latent;
using namespace latent::test;
namespace fs = std::filesystem;

namespace {

/// 20 images of 2 × 3 and 20 labels 0, 1, 2, 0 …
Bytes images(std::uint32_t count = 20) {
  return idx_file({count, 2, 3}, counting(20 * 6));
}

Bytes labels(std::uint32_t count = 20) {
  Bytes values(count);
  for (std::uint32_t i = 0; i < count; ++i) values[i] = static_cast<std::uint8_t>(i % 3);
  return idx_file({count}, values);
}

Error error_in(const Bytes& image_bytes, const Bytes& label_bytes) {
  const ScratchFolder folder;
  put_file(folder / "images", image_bytes);
  put_file(folder / "labels", label_bytes);
  return error_of([&] {
    load_data("idx:" + (folder / "images").string() + "," + (folder / "labels").string());
  });
}

}  // namespace

TEST_CASE("an IDX file is read plain and gzipped", "[data]") {
  const IdxArray plain = parse_idx(images(), "x");
  CHECK(plain.shape == std::vector<std::int64_t>{20, 2, 3});
  CHECK(plain.values()[7] == 7);
  const IdxArray packed = parse_idx(gzip(images()), "x.gz");
  CHECK(packed.file == plain.file);
}

TEST_CASE("an IDX pair becomes a data set of three disjoint parts", "[data]") {
  const ScratchFolder folder;
  put_file(folder / "my-images-idx3-ubyte", images());
  put_file(folder / "my-labels-idx1-ubyte", labels());
  const std::string path = (folder / "my-images-idx3-ubyte").string();
  const DataSplit split =
      load_data("idx:" + path + "," + (folder / "my-labels-idx1-ubyte").string());
  CHECK(split.train->shape == ImageShape{1, 2, 3});
  CHECK(split.train->size() == 16);
  CHECK(split.validation->size() == 2);
  CHECK(split.test->size() == 2);
  CHECK(split.train->class_names == std::vector<std::string>{"0", "1", "2"});
  std::vector<int> seen(20);
  const auto look = [&](const Dataset& part, const std::vector<std::int64_t>& rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      ++seen[static_cast<std::size_t>(rows[i])];
      CHECK(part.labels[i] == rows[i] % 3);
      CHECK(part.image(static_cast<std::int64_t>(i))[0] == rows[i] * 6 % 251);
    }
  };
  look(*split.train, split.train_index);
  look(*split.validation, split.validation_index);
  look(*split.test, split.test_index);
  CHECK(seen == std::vector<int>(20, 1));

  SECTION("a plain path is recognised, and finds its labels by their name") {
    const DataSplit found = load_data(path);
    CHECK(found.fingerprint == split.fingerprint);
    CHECK(found.id == "idx:" + path);
  }
  SECTION("another seed parts training from validation anew, but keeps the test set") {
    DataOptions options;
    options.split_seed = 5;
    const DataSplit other = load_data(path, options);
    CHECK(other.test_index == split.test_index);
    CHECK(other.validation_index != split.validation_index);
  }
  SECTION("without labels there are no classes") {
    fs::remove(folder / "my-labels-idx1-ubyte");
    const DataSplit bare = load_data(path);
    CHECK(bare.train->class_names.empty());
    CHECK(bare.train->labels == std::vector<std::int32_t>(16, -1));
    CHECK(bare.fingerprint != split.fingerprint);
  }
}

TEST_CASE("a truncated IDX file is named, with what was promised and found", "[data]") {
  Bytes cut = images();
  cut.resize(cut.size() - 5);
  const Error error = error_in(cut, labels());
  CHECK(error.code() == ErrorCode::DatasetCorrupt);
  CHECK(missing_from(error.what(), {"images", "truncated", "20 × 2 × 3", "136", "131"}).empty());
  CHECK(missing_from(error_in({0, 0, 8, 3, 0, 0}, labels()).what(), {"images", "header"}).empty());
  CHECK(missing_from(error_in({0, 0}, labels()).what(), {"only 2 bytes"}).empty());
  CHECK(missing_from(error_in({}, labels()).what(), {"only 0 bytes"}).empty());
}

TEST_CASE("an oversized IDX file is named", "[data]") {
  Bytes longer = images();
  longer.push_back(1);
  CHECK(missing_from(error_in(longer, labels()).what(), {"images", "longer than its header"})
            .empty());
  CHECK(missing_from(error_in(gzip(longer), labels()).what(), {"longer than its header"}).empty());
}

TEST_CASE("a wrong magic number is named, with what was found", "[data]") {
  Bytes wrong = images();
  wrong[2] = 0x0d;
  CHECK(
      missing_from(error_in(wrong, labels()).what(), {"not an IDX file", "00 00 0d 03", "00 00 08"})
          .empty());
  CHECK(missing_from(error_in(gzip({'h', 'e', 'l', 'l', 'o'}), labels()).what(),
                     {"not an IDX file", "68 65 6c 6c"})
            .empty());
}

TEST_CASE("sizes in a header are not trusted", "[data]") {
  const Bytes huge = idx_file({0x7fffffff, 0x7fffffff, 0x7fffffff}, {1, 2, 3});
  CHECK(missing_from(error_in(huge, labels()).what(), {"images", "damaged header"}).empty());
  const Bytes large = idx_file({60000, 4000, 4000}, {1, 2, 3});
  CHECK(
      missing_from(error_in(large, labels()).what(), {"truncated", "60000 × 4000 × 4000"}).empty());
  CHECK(missing_from(error_in(gzip(large), labels()).what(), {"cannot hold"}).empty());
  CHECK(
      missing_from(error_in(idx_file({0, 2, 3}, {}), labels()).what(), {"holds nothing"}).empty());
}

TEST_CASE("a gzip bomb is not unpacked beyond what its header promises", "[data]") {
  Bytes bomb = images();
  bomb.resize(std::size_t{40} << 20);
  CHECK(missing_from(error_in(gzip(bomb), labels()).what(), {"longer than its header"}).empty());
}

TEST_CASE("truncated and damaged gzip files are named", "[data]") {
  Bytes cut = gzip(images());
  cut.resize(cut.size() / 2);
  CHECK(
      missing_from(error_in(cut, labels()).what(), {"images", "truncated", "compressed"}).empty());
  Bytes damaged = gzip(images());
  damaged[damaged.size() - 6] ^= 0x40;  // its checksum
  CHECK(missing_from(error_in(damaged, labels()).what(), {"images", "damaged"}).empty());
}

TEST_CASE("images and labels that do not belong together are named with their counts", "[data]") {
  const Error error = error_in(images(), labels(19));
  CHECK(missing_from(error.what(), {"images", "20 images", "labels", "19 labels"}).empty());
  CHECK(missing_from(error_in(labels(), labels()).what(), {"not a file of images"}).empty());
  CHECK(missing_from(error_in(images(), images()).what(), {"not a file of labels"}).empty());
}

TEST_CASE("labels beyond the classes are named", "[data]") {
  const IdxArray image_array = parse_idx(images(), "i");
  const IdxArray label_array = parse_idx(labels(), "l");
  const Error error = error_of([&] { dataset_from_idx(image_array, "i", &label_array, "l", 2); });
  CHECK(missing_from(error.what(), {"l holds the label 2", "0 to 1"}).empty());
}

TEST_CASE("too few images, and a file that is not there, are sentences", "[data]") {
  CHECK(missing_from(error_in(idx_file({3, 1, 1}, {1, 2, 3}), labels(3)).what(),
                     {"3 images", "at least 10"})
            .empty());
  const Error error = error_of([] { load_data("idx:/no/such/file,/nor/this"); });
  CHECK(error.code() == ErrorCode::DatasetNotFound);
  CHECK(missing_from(error.what(), {"/no/such/file"}).empty());
}
