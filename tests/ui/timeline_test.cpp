#include "ui/widgets/timeline.h"

#include <QSignalSpy>
#include <QTest>

#include "support/catch.h"
#include "support/mouse.h"

using latent::ui::Timeline;

namespace {

struct TimelineFixture {
  TimelineFixture() {
    timeline.setKept({0, 1, 2, 5, 10, 14, 15});
    timeline.setPresent(15.4);
    showAt(timeline, {500, 36});
    // As its owner does.
    QObject::connect(&timeline, &Timeline::epochChosen, &timeline,
                     [this](int epoch) { timeline.setPosition(epoch); });
    QObject::connect(&timeline, &Timeline::presentChosen, &timeline,
                     [this] { timeline.setPosition(std::nullopt); });
  }
  Timeline timeline;
  QSignalSpy chosen{&timeline, &Timeline::epochChosen};
  QSignalSpy present{&timeline, &Timeline::presentChosen};
};

}  // namespace

TEST_CASE("a click goes to the kept epoch that is nearest") {
  TimelineFixture fixture;
  const Mouse mouse{&fixture.timeline};
  mouse.click({fixture.timeline.xOf(6.0), 16});
  CHECK(fixture.timeline.position() == 5);
  mouse.click({fixture.timeline.xOf(8.0), 16});
  CHECK(fixture.timeline.position() == 10);
  mouse.click({fixture.timeline.xOfPresent(), 16});
  CHECK_FALSE(fixture.timeline.position());
  CHECK(fixture.present.size() == 1);
}

TEST_CASE("a drag passes each kept epoch once and ends at the present") {
  TimelineFixture fixture;
  const Mouse mouse{&fixture.timeline};
  mouse.drag({fixture.timeline.xOf(0.0), 16}, {fixture.timeline.xOfPresent(), 16}, Qt::LeftButton,
             60);
  QList<int> passed;
  for (const auto& arguments : fixture.chosen) passed.append(arguments.front().toInt());
  CHECK(passed == QList<int>{0, 1, 2, 5, 10, 14, 15});
  CHECK(fixture.present.size() == 1);
}

TEST_CASE("the keys ask for a step, the first epoch, the present") {
  TimelineFixture fixture;
  QSignalSpy stepped(&fixture.timeline, &Timeline::stepped);
  fixture.timeline.setFocus();
  QTest::keyClick(&fixture.timeline, Qt::Key_Left);
  QTest::keyClick(&fixture.timeline, Qt::Key_Right);
  REQUIRE(stepped.size() == 2);
  CHECK(stepped[0].front().toInt() == -1);
  CHECK(stepped[1].front().toInt() == 1);
  QTest::keyClick(&fixture.timeline, Qt::Key_Home);
  CHECK(fixture.timeline.position() == 0);
  QTest::keyClick(&fixture.timeline, Qt::Key_End);
  CHECK_FALSE(fixture.timeline.position());
}

TEST_CASE("a mark says what was turned and where, a tick which epoch it is") {
  TimelineFixture fixture;
  fixture.timeline.setMarks({{3.2, "learning rate 0.001 → 0.0005 at epoch 3.2"}});
  CHECK(fixture.timeline.textAt(fixture.timeline.xOf(3.2)).contains("0.0005"));
  CHECK(fixture.timeline.textAt(fixture.timeline.xOf(10.0)) == "After epoch 10");
  CHECK(fixture.timeline.textAt(fixture.timeline.xOf(0.0)) == "Before the first batch");
  CHECK(fixture.timeline.textAt(fixture.timeline.xOfPresent()).contains("present"));
}

TEST_CASE("the axis grows with the run and not with each batch") {
  TimelineFixture fixture;
  const double before = fixture.timeline.xOf(10.0);
  fixture.timeline.setPresent(15.9);
  CHECK(fixture.timeline.xOf(10.0) == before);
  fixture.timeline.setPresent(16.1);
  CHECK(fixture.timeline.xOf(10.0) < before);
}

TEST_CASE("without kept epochs nothing can be gone to") {
  TimelineFixture fixture;
  fixture.timeline.setKept({});
  const Mouse mouse{&fixture.timeline};
  mouse.click({fixture.timeline.xOf(6.0), 16});
  CHECK(fixture.chosen.isEmpty());
  CHECK_FALSE(fixture.timeline.position());
}

TEST_CASE("a double click asks for an epoch that was dropped") {
  TimelineFixture fixture;
  QSignalSpy wanted(&fixture.timeline, &Timeline::epochWanted);
  const QPoint dropped(static_cast<int>(fixture.timeline.xOf(7.0)), 16);
  CHECK(fixture.timeline.textAt(dropped.x()).startsWith("Epoch 7 was dropped"));
  QTest::mouseDClick(&fixture.timeline, Qt::LeftButton, {}, dropped);
  REQUIRE(wanted.size() == 1);
  CHECK(wanted.front().front().toInt() == 7);
  const QPoint kept(static_cast<int>(fixture.timeline.xOf(10.0)), 16);
  QTest::mouseDClick(&fixture.timeline, Qt::LeftButton, {}, kept);
  CHECK(wanted.size() == 1);
  CHECK(fixture.timeline.position() == 10);
}
