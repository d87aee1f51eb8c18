#include "latent/npz_file.h"

#include "data/npy.h"
#include "io/zip.h"
#include "support/catch.h"
#include "support/data_files.h"

using namespace latent;
using namespace latent::test;

TEST_CASE("arrays are found again in the archive that was written", "[io]") {
  const ScratchFolder folder;
  const std::vector<float> codes = {0.5F, -1.25F, 3e-8F, 4.0F, 1e30F, -0.0F};
  const std::vector<std::int64_t> rows = {7, -1, std::int64_t{1} << 40};
  write_npz(folder / "codes.npz", {{"z", {3, 2}, std::span<const float>(codes)},
                                   {"index", {3}, std::span<const std::int64_t>(rows)},
                                   {"none", {0, 4}, std::span<const float>()}});
  const Bytes archive = get_file(folder / "codes.npz");
  const auto members = zip_members(archive, "codes.npz");
  REQUIRE(members.size() == 3);
  CHECK(members[0].name == "z.npy");
  const NpyArray z = parse_npy(unzip(members[0], "codes.npz"), "z");
  CHECK(z.header % 64 == 0);
  CHECK(z.type_name() == "float32");
  CHECK(z.shape == std::vector<std::int64_t>{3, 2});
  for (std::size_t i = 0; i < codes.size(); ++i) {
    CHECK(z.value(static_cast<std::int64_t>(i)) == double{codes[i]});
  }
  const NpyArray index = parse_npy(unzip(members[1], "codes.npz"), "index");
  CHECK(index.type_name() == "int64");
  CHECK(index.shape == std::vector<std::int64_t>{3});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(index.value(static_cast<std::int64_t>(i)) == static_cast<double>(rows[i]));
  }
  CHECK(parse_npy(unzip(members[2], "codes.npz"), "none").shape == std::vector<std::int64_t>{0, 4});
}

TEST_CASE("an array that is not of its shape is refused, and the old file stays", "[io]") {
  const ScratchFolder folder;
  const std::vector<float> codes(6);
  write_npz(folder / "a.npz", {{"z", {6}, std::span<const float>(codes)}});
  const Bytes before = get_file(folder / "a.npz");
  const Error error = error_of([&] {
    write_npz(folder / "a.npz", {{"z", {4, 2}, std::span<const float>(codes)}});
  });
  CHECK(error.code() == ErrorCode::ShapeMismatch);
  CHECK(missing_from(error.what(), {"z", "8", "6"}).empty());
  CHECK(get_file(folder / "a.npz") == before);
}
