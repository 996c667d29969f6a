#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# For run.sh, which wants to see every checker of the debug kernel report.
# shellcheck source=tests/kselftest/guest/lib.sh
. /root/lib.sh

load lf_test_faulty
rmmod lf_test_faulty
