// SPDX-License-Identifier: GPL-2.0
// The end of a service's process.
#pragma once

namespace liteflow {

// Ends the process at once, with what was printed written out. Nothing is torn
// down: gRPC's threads outlive its channels and servers and can't be waited for
// (as of 1.51), and crash where what they use goes before them.
[[noreturn]] void leave(int status);

}  // namespace liteflow
