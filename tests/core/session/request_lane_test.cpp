#include <atomic>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "latent/request_lane.h"
#include "support/catch.h"

using namespace latent;

namespace {

// Keeps the lane busy until it is opened, so that what is asked meanwhile waits.
class Gate {
 public:
  explicit Gate(RequestLane& lane) {
    std::promise<void> entered;
    std::future<void> inside = entered.get_future();
    lane.ask("gate", -100,
             [this, entered = std::make_shared<std::promise<void>>(std::move(entered))] {
               entered->set_value();
               open_.get_future().wait();
             });
    inside.wait();
  }
  void open() { open_.set_value(); }

 private:
  std::promise<void> open_;
};

}  // namespace

TEST_CASE("a newer request of a kind replaces one that has not begun", "[session]") {
  RequestLane lane;
  std::string done;
  Gate gate{lane};
  lane.ask("decode", 0, [&] { done += "a"; });
  lane.ask("decode", 0, [&] { done += "b"; });
  lane.ask("decode", 0, [&] { done += "c"; });
  gate.open();
  lane.drain();
  CHECK(done == "c");
}

TEST_CASE("kinds of a lower priority number go first", "[session]") {
  RequestLane lane;
  std::string done;
  Gate gate{lane};
  lane.ask("map", 5, [&] { done += "m"; });
  lane.ask("decode", 0, [&] { done += "d"; });
  lane.ask("grid", 2, [&] { done += "g"; });
  gate.open();
  lane.drain();
  CHECK(done == "dgm");
}

TEST_CASE("requests are numbered in the order they are asked", "[session]") {
  RequestLane lane;
  const auto first = lane.ask("a", 0, [] {});
  CHECK(lane.ask("b", 0, [] {}) == first + 1);
  CHECK(lane.ask("a", 0, [] {}) == first + 2);
}

TEST_CASE("a cancelled request never runs", "[session]") {
  RequestLane lane;
  bool ran = false;
  Gate gate{lane};
  lane.ask("encode", 0, [&] { ran = true; });
  lane.cancel("encode");
  lane.cancel("never asked");
  gate.open();
  lane.drain();
  CHECK_FALSE(ran);
}

TEST_CASE("a failing request reaches the error handler and the lane goes on", "[session]") {
  RequestLane lane;
  std::vector<std::string> errors;
  lane.set_error_handler([&](const std::string& kind, const std::string& what) {
    errors.push_back(kind + ": " + what);
  });
  bool ran = false;
  lane.ask("decode", 0, [] { throw std::runtime_error("no weights"); });
  lane.drain();
  lane.ask("other", 0, [&] { ran = true; });
  lane.drain();
  CHECK(errors == std::vector<std::string>{"decode: no weights"});
  CHECK(ran);
}

TEST_CASE("the thread is prepared once, before the first request", "[session]") {
  std::string done;
  RequestLane lane{[&] { done += "start "; }};
  lane.ask("a", 0, [&] { done += "a"; });
  lane.drain();
  lane.ask("b", 0, [&] { done += "b"; });
  lane.drain();
  CHECK(done == "start ab");
}

TEST_CASE("ending the lane drops what waits and finishes what runs", "[session]") {
  std::atomic<bool> finished = false;
  std::atomic<bool> dropped_ran = false;
  std::promise<void> entered;
  {
    RequestLane lane;
    lane.ask("running", 0, [&] {
      entered.set_value();
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      finished = true;
    });
    entered.get_future().wait();
    lane.ask("waiting", 0, [&] { dropped_ran = true; });
  }
  CHECK(finished);
  CHECK_FALSE(dropped_ran);
}

TEST_CASE("a request may ask again, and what it holds may do so when it is dropped", "[session]") {
  RequestLane lane;
  std::atomic<int> answers = 0;
  struct AsksWhenReleased {
    RequestLane* lane;
    std::atomic<int>* answers;
    ~AsksWhenReleased() {
      lane->ask("after", 0, [count = answers] { ++*count; });
    }
  };
  Gate gate{lane};
  auto held = std::make_shared<AsksWhenReleased>(AsksWhenReleased{&lane, &answers});
  lane.ask("decode", 1,
           [&lane, &answers, held] { lane.ask("again", 2, [&answers] { ++answers; }); });
  held.reset();
  lane.cancel("decode");
  gate.open();
  lane.drain();
  CHECK(answers >= 1);
}
