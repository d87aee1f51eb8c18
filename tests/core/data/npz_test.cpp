#include "data/npz.h"

#include "latent/data_catalogue.h"
#include "support/data_files.h"

using namespace latent;
using namespace latent::test;

namespace {

Bytes labels_0_to_4() {
  std::vector<std::int64_t> values(20);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i % 5);
  return npy_file("<i8", "(20,)", bytes_of(values));
}

Bytes byte_images() {
  return npy_file("|u1", "(20, 2, 3)", counting(120));
}

Dataset read(const Bytes& x, const Bytes& y) {
  return dataset_from_npz(zip_file({{"x.npy", x}, {"y.npy", y}}, true), "d.npz");
}

std::string sentence(const Bytes& x, const Bytes& y = labels_0_to_4()) {
  const Error error = error_of([&] { read(x, y); });
  CHECK(error.code() == ErrorCode::DatasetCorrupt);
  CHECK(missing_from(error.what(), {"d.npz"}).empty());
  return error.what();
}

}  // namespace

TEST_CASE("an archive of NumPy arrays is read, stored and deflated", "[data]") {
  const ScratchFolder folder;
  for (const bool deflated : {false, true}) {
    put_file(folder / "d.npz",
             zip_file({{"x.npy", byte_images()}, {"y.npy", labels_0_to_4()}}, deflated));
    const DataSplit split = load_data("npz:" + (folder / "d.npz").string());
    CHECK(split.title == "d.npz");
    CHECK(split.train->size() == 16);
    CHECK(split.train->shape == ImageShape{1, 2, 3});
    CHECK(split.train->class_names.size() == 5);
    const auto row = split.train_index[0];
    CHECK(split.train->labels[0] == row % 5);
    CHECK(split.train->image(0)[1] == row * 6 + 1);
    CHECK(load_data((folder / "d.npz").string()).fingerprint == split.fingerprint);
  }
}

TEST_CASE("floats between 0 and 1 become bytes", "[data]") {
  std::vector<float> values(120, 0.0F);
  values[1] = 1.0F;
  values[2] = 0.5F;
  const Dataset dataset = read(npy_file("<f4", "(20, 2, 3)", bytes_of(values)), labels_0_to_4());
  CHECK(dataset.images[0] == 0);
  CHECK(dataset.images[1] == 255);
  CHECK(dataset.images[2] == 128);
}

TEST_CASE("channels may stand last or first", "[data]") {
  const Bytes values = counting(20 * 2 * 2 * 3);
  const Dataset last = read(npy_file("|u1", "(20, 2, 2, 3)", values), labels_0_to_4());
  CHECK(last.shape == ImageShape{3, 2, 2});
  CHECK(Bytes(last.images.begin(), last.images.begin() + 6) == Bytes{0, 3, 6, 9, 1, 4});
  const Dataset first = read(npy_file("|u1", "(20, 3, 2, 2)", values), labels_0_to_4());
  CHECK(first.shape == ImageShape{3, 2, 2});
  CHECK(first.images == values);
}

TEST_CASE("an archive without labels has no classes", "[data]") {
  const Dataset dataset = dataset_from_npz(zip_file({{"x.npy", byte_images()}}, true), "d.npz");
  CHECK(dataset.class_names.empty());
  CHECK(dataset.labels == std::vector<std::int32_t>(20, -1));
}

TEST_CASE("arrays of the wrong type are named", "[data]") {
  CHECK(missing_from(sentence(npy_file("<i4", "(20, 1, 1)", Bytes(80))), {"x holds int32", "uint8"})
            .empty());
  CHECK(missing_from(sentence(npy_file("<U4", "(20, 1, 1)", Bytes(320))), {"'<U4'"}).empty());
  CHECK(missing_from(sentence(npy_file(">f4", "(20, 1, 1)", Bytes(80))), {"big-endian"}).empty());
  CHECK(missing_from(sentence(npy_file("|u1", "(20, 2, 3)", counting(120), "True")),
                     {"Fortran order"})
            .empty());
  CHECK(missing_from(sentence(byte_images(), npy_file("<f4", "(20,)", Bytes(80))),
                     {"y holds float32", "whole numbers"})
            .empty());
}

TEST_CASE("values outside 0 … 1 are named", "[data]") {
  std::vector<float> values(20, 0.5F);
  values[3] = 17.5F;
  CHECK(missing_from(sentence(npy_file("<f4", "(20, 1, 1)", bytes_of(values))),
                     {"17.5", "between 0 and 1"})
            .empty());
  values[3] = std::nanf("");
  CHECK(missing_from(sentence(npy_file("<f4", "(20, 1, 1)", bytes_of(values))), {"no number"})
            .empty());
}

TEST_CASE("arrays of the wrong shape are named", "[data]") {
  CHECK(missing_from(sentence(npy_file("|u1", "(20, 6)", counting(120))), {"[20, 6]", "[N, H, W]"})
            .empty());
  CHECK(missing_from(sentence(npy_file("|u1", "(20, 2, 3, 2)", counting(240))), {"[20, 2, 3, 2]"})
            .empty());
  CHECK(missing_from(sentence(byte_images(), npy_file("<i8", "(19,)", Bytes(152))),
                     {"20 images", "19 labels"})
            .empty());
  CHECK(missing_from(sentence(byte_images(), npy_file("<i8", "(20, 5)", Bytes(800))),
                     {"y has the shape [20, 5]"})
            .empty());
}

TEST_CASE("labels out of range are named with their image", "[data]") {
  std::vector<std::int64_t> values(20, 0);
  values[7] = -4;
  CHECK(missing_from(sentence(byte_images(), npy_file("<i8", "(20,)", bytes_of(values))),
                     {"label -4", "image 7"})
            .empty());
  values[7] = std::int64_t{1} << 60;
  CHECK(missing_from(sentence(byte_images(), npy_file("<i8", "(20,)", bytes_of(values))),
                     {"image 7", "0 to 9999"})
            .empty());
}

TEST_CASE("archives that are damaged, or something else, are named", "[data]") {
  const auto of = [](const Bytes& archive) {
    return std::string(error_of([&] { dataset_from_npz(archive, "d.npz"); }).what());
  };
  const Bytes whole = zip_file({{"x.npy", byte_images()}}, true);
  CHECK(missing_from(of({'h', 'i'}), {"d.npz is not an .npz file"}).empty());
  CHECK(missing_from(of(Bytes(whole.begin(), whole.end() - 30)), {"not a whole zip"}).empty());
  CHECK(missing_from(of(zip_file({{"images.npy", byte_images()}}, true)),
                     {"no array x", "images.npy"})
            .empty());
  CHECK(missing_from(of(zip_file({{"x.npy", {'h', 'i'}}}, true)), {"not an array saved by NumPy"})
            .empty());
  CHECK(missing_from(of(zip_file({{"x.npy", npy_file("|u1", "(20, 2, 3)", Bytes(119))}}, true)),
                     {"truncated", "120", "119"})
            .empty());
  CHECK(missing_from(
            of(zip_file({{"x.npy", npy_file("|u1", "(9999999999, 99999, 99999)", {})}}, true)),
            {"too large"})
            .empty());
  Bytes flipped = zip_file({{"x.npy", byte_images()}}, false);
  flipped[200] ^= 1;
  CHECK(missing_from(of(flipped), {"x.npy is damaged", "checksum"}).empty());
}
