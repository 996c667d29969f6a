#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Bad usage of the comparison's programs is refused before anything is run.
# shellcheck source=tests/bench-grid/refuses.sh
. "$(dirname "$0")/../bench-grid/refuses.sh"
grid_refuses bench-fct
end_of_refusals
