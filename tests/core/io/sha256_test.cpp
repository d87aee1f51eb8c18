#include "io/sha256.h"

#include "support/data_files.h"

using namespace latent;
using latent::test::Bytes;

TEST_CASE("SHA-256 of the standard's own examples", "[io]") {
  const auto digest = [](const std::string& text) {
    Sha256 hash;
    hash.add(text);
    return hash.hex();
  };
  CHECK(digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(digest(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 does not depend on how its input is cut", "[io]") {
  const Bytes bytes = test::counting(300);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Sha256 hash;
    hash.add(std::span(bytes).first(cut));
    hash.add(std::span(bytes).subspan(cut));
    REQUIRE(hash.hex() == sha256_hex(bytes));
  }
}

TEST_CASE("the processor's SHA instructions agree with the portable code", "[io]") {
  const auto fast = sha256_detail::compress_with_instructions();
  if (fast == nullptr) {
    WARN("this processor has no SHA instructions");
    return;
  }
  const Bytes blocks = test::counting(64 * 9);
  std::array<std::uint32_t, 8> a = {1, 2, 3, 4, 5, 6, 7, 0xffffffff};
  std::array<std::uint32_t, 8> b = a;
  fast(a.data(), blocks.data(), 9);
  sha256_detail::compress_portable(b.data(), blocks.data(), 9);
  CHECK(a == b);
}
