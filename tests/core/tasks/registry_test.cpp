#include <algorithm>
#include <numeric>
#include <set>

#include "core/tasks/function_model.h"
#include "latent/error.h"
#include "support/catch.h"

using namespace latent;
using namespace latent::test;

namespace {

int hidden_count(const std::vector<std::uint8_t>& mask) {
  return std::accumulate(mask.begin(), mask.end(), 0);
}

std::string refusal_of_mask(const std::string& description) {
  try {
    hidden_pixels(description, {1, 28, 28});
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("every task says what it does, and its usual parameter is in its range", "[tasks]") {
  std::set<std::string> ids;
  for (const Task* task : all_tasks()) {
    const TaskInfo& info = task->info();
    INFO(info.id);
    CHECK(ids.insert(info.id).second);
    CHECK(&find_task(info.id) == task);
    CHECK(info.explanation.ends_with('.'));
    CHECK_FALSE(info.method.empty());
    CHECK_FALSE(info.parameter.help.empty());
    TaskSettings settings;
    settings.parameter = info.parameter.initial;
    if (info.hides_pixels) settings.hidden.resize(28 * 28);
    CHECK_NOTHROW(check_settings(info, settings, {1, 28, 28}));
    settings.parameter = info.parameter.maximum + 1.0;
    CHECK_THROWS_AS(check_settings(info, settings, {1, 28, 28}), Error);
  }
  for (const char* id :
       {"denoise", "inpaint", "uncertainty", "compress", "likelihood", "disentangle", "pretrain"}) {
    CHECK(ids.count(id) == 1);
  }
  CHECK_THROWS_WITH(find_task("denoize"),
                    ContainsSubstring("denoize") && ContainsSubstring("inpaint"));
}

TEST_CASE("whole parameters take whole numbers, masks the picture's size", "[tasks]") {
  TaskSettings settings;
  settings.parameter = 2.5;
  CHECK_THROWS_WITH(check_settings(find_task("compress").info(), settings, {1, 8, 8}),
                    ContainsSubstring("2.5"));
  settings.parameter = 5.0;
  settings.hidden.resize(63);
  CHECK_THROWS_WITH(check_settings(find_task("inpaint").info(), settings, {1, 8, 8}),
                    ContainsSubstring("64"));
}

TEST_CASE("masks hide what they are called", "[tasks]") {
  const ImageShape shape{3, 6, 8};
  const auto lower = hidden_pixels("lower-half", shape);
  REQUIRE(lower.size() == 48);
  CHECK(hidden_count(lower) == 24);
  CHECK(lower[23] == 0);
  CHECK(lower[24] == 1);
  const auto left = hidden_pixels("left-half", shape);
  CHECK(hidden_count(left) == 24);
  CHECK(left[3] == 1);
  CHECK(left[4] == 0);
  const auto centre = hidden_pixels("centre", shape);
  CHECK(hidden_count(centre) == 12);
  CHECK(centre[2 * 8 + 3] == 1);
  const auto box = hidden_pixels("box:6,1,2,3", shape);
  CHECK(hidden_count(box) == 6);
  CHECK(box[1 * 8 + 6] == 1);
  CHECK(box[3 * 8 + 7] == 1);
  const auto chance = hidden_pixels("random:0.25", shape);
  CHECK(hidden_count(chance) == 12);
  CHECK(chance == hidden_pixels("random:0.25", shape));
  CHECK_THAT(refusal_of_mask("box:20,20,10,4"), ContainsSubstring("28 × 28"));
  for (const char* wrong : {"upper", "box:1,2,3", "box:1,2,3,x", "random:1.5", "random:0"}) {
    CHECK_THAT(refusal_of_mask(wrong), ContainsSubstring(wrong));
  }
}

TEST_CASE("a system whose codes are searched for is told why the tasks do without it", "[tasks]") {
  FunctionModel model({1, 1, 2}, 2);
  model.model.has_encoder = false;
  const Dataset data = pictures_of({1, 1, 2}, {0, 255});
  for (const Task* task : all_tasks()) {
    INFO(task->info().id);
    CHECK_THAT(task->why_not(model, data), ContainsSubstring("Functions"));
  }
}

TEST_CASE("a task that is stopped says so and measures nothing", "[tasks]") {
  const auto model = std::make_shared<FunctionModel>(ImageShape{1, 1, 2}, 2);
  const Dataset data = pictures_of({1, 1, 2}, {0, 255});
  std::stop_source stop;
  stop.request_stop();
  try {
    find_task("denoise").measure({model, {}}, data, {.parameter = 0.1, .hidden = {}}, {},
                                 stop.get_token());
    FAIL("was not stopped");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::Cancelled);
  }
}
