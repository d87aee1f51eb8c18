#include <algorithm>

#include "latent/data_catalogue.h"
#include "latent/left_out_class.h"
#include "support/data_files.h"

using namespace latent;
using namespace latent::test;

namespace {

/// Pictures of one pixel that holds the row's number in the source.
std::shared_ptr<const Dataset> dots(const std::vector<std::int32_t>& labels, std::uint8_t first) {
  auto data = std::make_shared<Dataset>();
  data->shape = {1, 1, 1};
  data->labels = labels;
  data->class_names = {"cat", "dog", "cow"};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    data->images.push_back(static_cast<std::uint8_t>(first + i));
  }
  return data;
}

DataSplit animals() {
  DataSplit split;
  split.id = "animals";
  split.title = "Animals";
  split.fingerprint = "abc";
  split.train = dots({0, 1, 2, 1, -1}, 0);
  split.validation = dots({1, 2}, 10);
  split.test = dots({1, 0}, 20);
  split.train_index = {4, 3, 2, 1, 0};
  split.validation_index = {7, 8};
  split.test_index = {0, 1};
  return split;
}

}  // namespace

TEST_CASE("a class is left out of training and validation, and the test part stays whole",
          "[data]") {
  const DataSplit without = without_class(animals(), 1);
  CHECK(without.id == "animals");
  CHECK(without.title == "Animals without class dog");
  CHECK(without.fingerprint != animals().fingerprint);
  CHECK(without.train->labels == std::vector<std::int32_t>{0, 2, -1});
  CHECK(without.train->images == std::vector<std::uint8_t>{0, 2, 4});
  CHECK(without.train_index == std::vector<std::int64_t>{4, 2, 0});
  CHECK(without.validation->labels == std::vector<std::int32_t>{2});
  CHECK(without.validation_index == std::vector<std::int64_t>{8});
  CHECK(without.test->labels == std::vector<std::int32_t>{1, 0});
  CHECK(without.train->class_names.size() == 3);  // a class keeps its number and its colour
}

TEST_CASE("leaving out again what is left out already changes nothing", "[data]") {
  const DataSplit once = without_class(animals(), 1);
  const DataSplit twice = without_class(once, 1);
  CHECK(twice.title == once.title);
  CHECK(twice.fingerprint == once.fingerprint);
  CHECK(twice.train == once.train);
  CHECK(without_class(once, 2).fingerprint != once.fingerprint);
}

TEST_CASE("a class that is not there, or is all there is, cannot be left out", "[data]") {
  for (const int left_out : {-1, 3}) {
    const Error error = error_of([&] { without_class(animals(), left_out); });
    CHECK(error.code() == ErrorCode::InvalidConfig);
    CHECK(missing_from(error.what(), {"from 0 to 2", "Animals", std::to_string(left_out)}).empty());
  }
  DataSplit cats = animals();
  cats.train = dots({0, 0}, 0);
  cats.train_index = {0, 1};
  CHECK(missing_from(error_of([&] { without_class(cats, 0); }).what(), {"cat", "nothing left"})
            .empty());
  DataSplit nameless = animals();
  auto bare = std::make_shared<Dataset>(*nameless.train);
  bare->class_names.clear();
  nameless.train = bare;
  CHECK(missing_from(error_of([&] { without_class(nameless, 0); }).what(), {"no classes"}).empty());
}

TEST_CASE("data without a class are named by what a run remembers", "[data]") {
  CHECK(to_specification({3, "mnist-10k"}) == "without:3:mnist-10k");
  const auto parsed = left_out_class("without:12:folder[64x64]:/tmp/a:b");
  REQUIRE(parsed);
  CHECK(parsed->label == 12);
  CHECK(parsed->data == "folder[64x64]:/tmp/a:b");
  for (const char* whole :
       {"mnist", "without:mnist", "without:-1:mnist", "without:1:", "without"}) {
    CAPTURE(whole);
    CHECK_FALSE(left_out_class(whole));
  }
}

TEST_CASE("a specification without a class loads the other classes and the whole test part",
          "[data]") {
  const DataSplit whole = load_data("mnist-10k");
  const DataSplit without = load_data("without:4:mnist-10k");
  CHECK(without.id == "without:4:mnist-10k");
  CHECK(without.title == whole.title + " without class 4");
  const auto fours = [](const Dataset& data) {
    return std::count(data.labels.begin(), data.labels.end(), 4);
  };
  CHECK(fours(*without.train) == 0);
  CHECK(fours(*without.validation) == 0);
  CHECK(without.train->size() == whole.train->size() - fours(*whole.train));
  CHECK(without.test->labels == whole.test->labels);
  CHECK(load_data("without:4:mnist-10k").fingerprint == without.fingerprint);
  CHECK(load_data("without:5:mnist-10k").fingerprint != without.fingerprint);
  CHECK(error_of([] { load_data("without:10:mnist-10k"); }).code() == ErrorCode::InvalidConfig);
  CHECK(missing_from(error_of([] { load_data("without:x:mnist-10k"); }).what(),
                     {"without:CLASS:DATA", "without:x:mnist-10k"})
            .empty());
}
