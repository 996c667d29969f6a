// SPDX-License-Identifier: GPL-2.0
#include "daemon/service/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <cstdlib>
#include <memory>

namespace liteflow {
namespace {

// "<N>" with the syslog priority of a message's level.
class PriorityFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg &message, const std::tm &,
              spdlog::memory_buf_t &to) override {
    constexpr std::array<char, 7> kPriority{'7', '7', '6', '4', '3', '2', '6'};
    to.push_back('<');
    to.push_back(kPriority.at(static_cast<std::size_t>(message.level)));
    to.push_back('>');
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<PriorityFlag>();
  }
};

}  // namespace

void setup_log(const std::string &level) {
  // gRPC prints failures that come back as errors anyway; the variable of the
  // environment, where set, still decides.
  ::setenv("GRPC_VERBOSITY", "NONE", 0);
  static const auto logger = spdlog::stderr_color_mt("liteflow");
  if (std::getenv("JOURNAL_STREAM")) {
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<PriorityFlag>('*').set_pattern("%*%v");
    logger->set_formatter(std::move(formatter));
  } else {
    logger->set_pattern("%H:%M:%S.%e %^%-7l%$ %v");
  }
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(logger);
}

}  // namespace liteflow
