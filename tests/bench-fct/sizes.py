# SPDX-License-Identifier: GPL-2.0
"""The distributions that sizes come from, as daemon/training/sizes.cpp has them.

Published ones, a tenth of them and 3 MB at most, so that a run is short: the
points are those of the papers on DCTCP (search) and VL2 (mining).
"""

import bisect

SCALE, MOST = 0.1, 3e6  # bytes
# (bytes, share of the flows that are not larger); linear in between.
POINTS = {
    "search": ((0, 0), (10e3, 0.15), (20e3, 0.2), (30e3, 0.3), (50e3, 0.4), (80e3, 0.53),
               (200e3, 0.6), (1e6, 0.7), (2e6, 0.8), (5e6, 0.9), (10e6, 0.97), (30e6, 1)),
    "mining": ((0, 0), (180, 0.1), (216, 0.2), (560, 0.3), (900, 0.4), (1100, 0.5), (1870, 0.6),
               (3160, 0.7), (10e3, 0.8), (400e3, 0.9), (3.16e6, 0.95), (100e6, 0.98), (1e9, 1)),
}


def size_at(name, share):
    """Bytes that this share of the flows doesn't exceed."""
    points = POINTS[name]
    at = max(1, min(bisect.bisect_right([p[1] for p in points], share), len(points) - 1))
    (low, below), (high, above) = points[at - 1], points[at]
    return int(min(max((low + (high - low) * (share - below) / (above - below)) * SCALE, 1), MOST))


def sample(name, count, draw):
    """count sizes in random order, spread evenly over the distribution, which few independent ones wouldn't show."""
    sizes = [size_at(name, (i + draw.random()) / count) for i in range(count)]
    draw.shuffle(sizes)
    return sizes
