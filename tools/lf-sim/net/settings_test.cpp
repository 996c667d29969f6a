// SPDX-License-Identifier: GPL-2.0
#include "tools/lf-sim/net/settings.h"

#include <gtest/gtest.h>

#include "tools/lf-sim/net/test_file.h"

namespace liteflow::sim {
namespace {

template <typename Change>
std::string told(const Change &change) {
  TcpSettings settings;
  change(settings);
  return error_of(TestFile(), [&] { check(settings); });
}

TEST(Settings, defaults_are_fine) { EXPECT_EQ(told([](TcpSettings &) {}), ""); }

TEST(Settings, what_is_out_of_range_is_named) {
  EXPECT_EQ(told([](TcpSettings &s) { s.buffer_kb = 1; }), "settings: buffer_kb = 1: must lie in [10, 1000000]");
  EXPECT_EQ(told([](TcpSettings &s) { s.ecn_k_kb = 5000; }), "settings: ecn_k_kb = 5000: must lie in [0, 4000]");
  EXPECT_EQ(told([](TcpSettings &s) { s.window_kb = 1; }), "settings: window_kb = 1: must lie in [2, 1000000]");
  EXPECT_EQ(told([](TcpSettings &s) { s.first_window = 0; }), "settings: first_window = 0: must lie in [1, 1000]");
  EXPECT_EQ(told([](TcpSettings &s) { s.min_rto_ms = 0; }), "settings: min_rto_ms = 0: must lie in [0.1, 1000]");
  EXPECT_EQ(told([](TcpSettings &s) { s.wire.payload = 10; }), "settings: payload = 10: must lie in [100, 9000]");
  EXPECT_EQ(told([](TcpSettings &s) { s.wire.header = 40; }), "settings: header = 40: must lie in [42, 200]");
  EXPECT_EQ(told([](TcpSettings &s) { s.lead_ms = 0; }), "settings: lead_ms = 0: must lie in [0.1, 1000]");
  EXPECT_EQ(told([](TcpSettings &s) { s.jitter_ns = -1; }), "settings: jitter_ns = -1: must lie in [0, 1000000]");
  EXPECT_EQ(told([](TcpSettings &s) { s.limit_s = 0; }), "settings: limit_s = 0: must lie in [0.001, 100000]");
}

TEST(Settings, transports_and_marks_must_fit) {
  EXPECT_EQ(told([](TcpSettings &s) { s.ecn_k_kb = 0; }), "settings: ecn_k_kb = 0: DCTCP needs a queue that marks");
  EXPECT_EQ(told([](TcpSettings &s) { s.transport = Congestion::bbr; }),
            "settings: ecn_k_kb = 30: BBR takes no notice of marks; set it to 0");
}

TEST(Settings, transports_have_names) {
  for (const char *name : {"dctcp", "cubic", "newreno", "bbr"}) EXPECT_EQ(name_of(congestion_of(name)), name);
  EXPECT_EQ(error_of(TestFile(), [] { congestion_of("vegas"); }),
            "transport \"vegas\" is unknown: use dctcp, cubic, newreno or bbr");
}

TEST(Settings, are_read_as_written) {
  const TcpSettings s{.transport = Congestion::cubic, .buffer_kb = 200, .ecn_k_kb = 0, .window_kb = 18.5,
                        .first_window = 4, .min_rto_ms = 1, .wire = {1400, 54}, .open_at_start = true, .lead_ms = 2,
                        .jitter_ns = 200, .seed = 12345678901234567890U, .limit_s = 3};
  const TestFile a, b;
  write_settings(a.path(), s);
  write_settings(b.path(), read_settings(a.path()));
  EXPECT_EQ(a.text(), b.text());
  EXPECT_NE(a.text().find("12345678901234567890"), std::string::npos);
  EXPECT_NE(a.text().find("\"cubic\""), std::string::npos);
}

TEST(Settings, bad_files_are_refused) {
  const auto told_of = [](const std::string &text) {
    const TestFile file(text);
    return error_of(file, [&] { read_settings(file.path()); });
  };
  EXPECT_EQ(told_of("{}"), "");
  EXPECT_EQ(told_of("{"), ": is no JSON object");
  EXPECT_EQ(told_of("[1]"), ": is no JSON object");
  EXPECT_EQ(told_of(R"({"seed": -1})"), ": seed: is not a whole number of that range");
  EXPECT_EQ(told_of(R"({"first_window": 5000000000})"), ": first_window: is not a whole number of that range");
  EXPECT_EQ(told_of(R"({"lead_ms": "2"})"), ": lead_ms: is not a number");
  EXPECT_EQ(told_of(R"({"open_at_start": 1})"), ": open_at_start: is not true or false");
  EXPECT_EQ(told_of(R"({"transport": 1})"), ": transport: is not a name");
  EXPECT_EQ(told_of(R"({"transport": "x"})"),
            ": transport: transport \"x\" is unknown: use dctcp, cubic, newreno or bbr");
  EXPECT_EQ(told_of(R"({"windw_kb": 3})").substr(0, 31), ": has 1 fields that are unknown");
  EXPECT_EQ(told_of(R"({"lead_ms": 0})"), ": settings: lead_ms = 0: must lie in [0.1, 1000]");
}

}  // namespace
}  // namespace liteflow::sim
