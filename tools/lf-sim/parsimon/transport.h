// SPDX-License-Identifier: GPL-2.0
// Transport: how senders set their windows. Windows are in packets; one ACK for each packet.
#pragma once

#include <cstdint>
#include <limits>

namespace liteflow::sim::parsimon {

// To a mark DCTCP answers by the share of marks that it sees, the others as to a loss (RFC 3168).
enum class Control { dctcp, newreno, cubic };

struct Transport {
  Control control = Control::dctcp;
  double initial_window = 10;   // packets, >= 1
  double most_window = 1e6;     // packets, as the receiver's buffer has it; >= initial_window
  double gain = 1.0 / 16;       // of DCTCP's alpha, in (0, 1]
  double min_rto_ns = 5e6;      // > 0
};

void check(const Transport &transport);  // Error that names what is out of range

// The congestion window of one flow. A transmission is known by how many of its flow came before it.
class Window {
 public:
  explicit Window(const Transport &transport) : packets_(transport.initial_window) {}

  double packets() const { return packets_; }
  double alpha() const { return alpha_; }
  // sent: transmissions so far; rtt_ns: on an empty network.
  void acked(const Transport &transport, std::uint32_t transmission, std::uint32_t sent, bool marked, double now_ns,
             double rtt_ns);
  // Three later ones arrived.
  void lost(const Transport &transport, std::uint32_t transmission, std::uint32_t sent);
  // Nothing told of it, and the timer ran out.
  void timed_out(const Transport &transport, std::uint32_t sent);

 private:
  void count(const Transport &transport, std::uint32_t transmission, std::uint32_t sent, bool marked);
  void cut(const Transport &transport, double share, std::uint32_t sent);
  void grow(const Transport &transport, double now_ns, double rtt_ns);
  double cubic(double now_ns, double rtt_ns);
  void hystart(std::uint32_t transmission, std::uint32_t sent, double now_ns, double rtt_ns);

  double packets_;
  double threshold_ = std::numeric_limits<double>::infinity();  // of slow start
  double alpha_ = 1;                                            // DCTCP's share of marked packets
  double before_ = 0;                                           // CUBIC's window before the last cut
  double epoch_ns_ = -1;                                        // since when CUBIC grows; < 0: not yet
  double round_ns_ = 0;                                         // when CUBIC's round in slow start began
  std::uint32_t round_until_ = 0;                               // transmissions before it are of that round
  std::uint32_t acks_ = 0, marks_ = 0, counted_until_ = 0;      // of the window that alpha is next told
  std::uint32_t cut_until_ = 0;                                 // transmissions before it were cut for already
};

}  // namespace liteflow::sim::parsimon
