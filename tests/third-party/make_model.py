#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The networks of the app "devload", and the rows they are quantised by.

    make_model.py DIR

DIR/calibration.csv, and as TorchScript, all of one shape: DIR/last.pt, which the
module starts with (the next interval is like the last one), DIR/mean.pt (like the
mean of the four) and DIR/wild.pt (below nothing: no answer that can be used).
"""
import os
import sys

import torch
from torch import nn

HISTORY, HIDDEN = 4, 8
LOG_MAX = 34  # log2 of bytes in 100 ms: 1.4 Tbit/s


def network(weights, bias=0.0):
    """Units that pass the inputs on, weighted so; the others wait to be tuned."""
    model = nn.Sequential(nn.Linear(HISTORY, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 1))
    with torch.no_grad():
        model[0].weight[:HISTORY] = torch.eye(HISTORY)
        model[0].bias.zero_()
        model[2].weight.zero_()
        model[2].weight[0, :HISTORY] = torch.tensor(weights)
        model[2].bias.fill_(bias)
    return model


def save(model, path):
    torch.jit.save(torch.jit.script(model), path)


def main(directory):
    torch.manual_seed(1)
    os.makedirs(directory, exist_ok=True)
    save(network([0.0, 0.0, 0.0, 1.0]), os.path.join(directory, "last.pt"))
    save(network([0.25] * HISTORY), os.path.join(directory, "mean.pt"))
    save(network([0.0] * HISTORY, -100.0), os.path.join(directory, "wild.pt"))
    rows = torch.rand(512, HISTORY) * LOG_MAX
    rows[rows < 4] = 0
    with open(os.path.join(directory, "calibration.csv"), "w", encoding="ascii") as file:
        for row in rows.tolist():
            file.write(",".join(f"{value:.4f}" for value in row) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
