#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""TorchScript models for the importer's tests, written by Python's torch.

    make_models.py DIR

DIR/good/NAME.pt with NAME.in.csv (64 rows) and NAME.out.csv (torch's answers);
DIR/bad/NAME.pt with NAME.txt: a part of the message that refuses it.
"""
import os
import sys

import torch
from torch import nn
from torch.nn import functional as F


class Lambda(nn.Module):
    """A module around a function of (self, x), with parameters in `parts`."""

    def __init__(self, function, **parts):
        super().__init__()
        self.function = function
        for name, part in parts.items():
            if isinstance(part, torch.Tensor):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, x):
        return self.function(self, x)


class Scripted(nn.Module):
    """Everything that scripting leaves in a graph and freezing must take out."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(6, 9), nn.ReLU(inplace=True), nn.Dropout(0.5),
            nn.Sequential(nn.Linear(9, 7), nn.LeakyReLU(0.1), nn.Linear(7, 5), nn.Sigmoid()))
        self.head = nn.Linear(5, 2)
        self.scale = 2

    def forward(self, x):
        y = self.body(x)
        if self.training:
            y = y + torch.rand_like(y)
        return self.head(y) * self.scale - 1


class Preference(nn.Module):
    """A sub-network on a part of the inputs, joined with the others (MOCC)."""

    def __init__(self):
        super().__init__()
        self.preference = nn.Sequential(nn.Linear(3, 16), nn.Tanh())
        self.body = nn.Sequential(nn.Linear(46, 64), nn.Tanh(), nn.Linear(64, 32), nn.Tanh(),
                                  nn.Linear(32, 1))

    def forward(self, x):
        return self.body(torch.cat([x[:, :30], self.preference(x[:, 30:33])], dim=1))


class Arithmetic(nn.Module):
    """Constants of every kind, from both sides, in place and not."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(4, 4)
        self.register_buffer("mean", torch.tensor([0.5, -0.5, 1.0, 0.0]))
        self.register_buffer("deviation", torch.tensor([2.0, 0.5, 1.0, 4.0]))

    def forward(self, x):
        x = (x - self.mean) / self.deviation
        x = 1 - self.first(x)
        x = self.mean - torch.tanh(x)
        x = x.mul_(0.5).add_(self.mean)
        x = 3 * x + self.deviation
        return x.sub_(1)


class Choice(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 2)

    def forward(self, x):
        if x.sum() > 0:
            return self.a(x)
        return -self.a(x)


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 2)

    def forward(self, x):
        return self.a(x), self.a(x)


class Constant(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 2)

    def forward(self, x):
        return self.a(torch.ones(3))


class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 2)

    def forward(self, x, y):
        return self.a(x) + self.a(y)


def mlp(widths, activation, last=None):
    layers = []
    for i, (n_in, n_out) in enumerate(zip(widths, widths[1:])):
        layers.append(nn.Linear(n_in, n_out))
        if i + 2 < len(widths):
            layers.append(activation())
    if last:
        layers.append(last())
    return nn.Sequential(*layers)


def good_models():
    """Name -> (module, number of inputs, 'script' or 'trace')."""
    weight = torch.randn(5, 4)
    return {
        "aurora": (mlp([30, 32, 16, 1], nn.Tanh), 30, "trace"),
        "aurora_scripted": (mlp([30, 32, 16, 1], nn.Tanh), 30, "script"),
        "aurora_float64": (mlp([30, 32, 16, 1], nn.Tanh).double(), 30, "trace"),
        "flow_size": (mlp([55, 5, 5, 1], nn.ReLU, nn.Sigmoid), 55, "script"),
        "leaky": (mlp([7, 13, 3], lambda: nn.LeakyReLU(0.2, inplace=True)), 7, "trace"),
        "scripted": (Scripted(), 6, "script"),
        "traced": (Scripted(), 6, "trace"),
        "preference": (Preference(), 33, "trace"),
        "preference_scripted": (Preference(), 33, "script"),
        "arithmetic": (Arithmetic(), 4, "trace"),
        "arithmetic_scripted": (Arithmetic(), 4, "script"),
        "matmul_transposed": (Lambda(lambda s, x: torch.matmul(x, s.w.t()) + s.b, w=weight,
                                     b=torch.randn(5)), 4, "trace"),
        "matmul_strided": (Lambda(lambda s, x: x @ s.w, w=weight.t()), 4, "trace"),
        "mm": (Lambda(lambda s, x: torch.relu(torch.mm(x, s.w)), w=torch.randn(4, 3)), 4, "trace"),
        "addmm": (Lambda(lambda s, x: torch.addmm(s.b, x, s.w.t()).tanh_(), w=weight,
                         b=torch.randn(5)), 4, "trace"),
        "slices": (Lambda(lambda s, x: s.l(torch.cat([x[:, -3:], x[:, 1:4], x[:, :-7],
                                                      x[:, 5:]], -1)), l=nn.Linear(12, 2)), 9,
                   "trace"),
        "shared": (Lambda(lambda s, x: torch.cat([torch.relu(s.l(x)), s.l(x), x], 1),
                          l=nn.Linear(2, 2)), 2, "trace"),
        "elementwise": (Lambda(lambda s, x: torch.tanh(x) * s.c, c=torch.randn(5)), 5, "trace"),
        "one_wide": (mlp([1, 1, 1], nn.Sigmoid), 1, "script"),
        "detached": (Lambda(lambda s, x: s.l(x).detach().contiguous(), l=nn.Linear(3, 3)), 3,
                     "trace"),
    }


def with_weight(value):
    model = mlp([3, 4, 1], nn.ReLU)
    with torch.no_grad():
        model[0].weight[1, 2] = value
    return model


def bad_models():
    """Name -> (module, number of inputs, how, part of the message)."""
    linear = nn.Linear(4, 4)
    return {
        "convolution": (nn.Sequential(nn.Conv1d(1, 1, 3)), (2, 1, 8), "trace", "convolution"),
        "softmax": (nn.Sequential(nn.Linear(3, 2), nn.Softmax(-1)), 3, "trace", "aten::softmax"),
        "batch_norm": (nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), 3, "trace",
                       "aten::batch_norm"),
        "lstm": (nn.LSTM(3, 2), 3, "script", "forward"),
        "clamp": (Lambda(lambda s, x: s.l(x).clamp(-1, 1), l=linear), 4, "trace", "aten::clamp"),
        "product": (Lambda(lambda s, x: x * s.l(x), l=linear), 4, "trace", "aten::mul"),
        "sum": (Lambda(lambda s, x: x + s.l(x), l=linear), 4, "trace", "aten::add"),
        "alpha": (Lambda(lambda s, x: torch.add(s.l(x), s.c, alpha=2), l=linear,
                         c=torch.ones(4)), 4, "trace", "alpha"),
        "beta": (Lambda(lambda s, x: torch.addmm(s.c, x, s.w, beta=0.5), w=torch.randn(4, 4),
                        c=torch.ones(4)), 4, "trace", "beta"),
        "step": (Lambda(lambda s, x: s.l(x[:, ::2]), l=linear), 8, "trace", "step 1"),
        "batch_slice": (Lambda(lambda s, x: s.l(x[1:]), l=linear), 4, "trace", "batch"),
        "batch_cat": (Lambda(lambda s, x: torch.cat([s.l(x), x], 0), l=linear), 4, "trace",
                      "another dimension"),
        "in_place_view": (Lambda(lambda s, x: torch.cat([s.l(x)[:, :2].relu_(), x], 1), l=linear),
                          4, "trace", "in place"),
        "rounding": (Lambda(lambda s, x: torch.div(s.l(x), 2.0, rounding_mode="floor"), l=linear),
                     4, "trace", "rounds"),
        "dropout": (nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5)).train(), 3, "trace",
                    "dropout"),
        "choice": (Choice(), 3, "script", "control flow"),
        "pair": (Pair(), 3, "trace", "one tensor"),
        "two_inputs": (TwoInputs(), 3, "script", "one tensor"),
        "nan": (with_weight(float("nan")), 3, "trace", "nan"),
        "infinite": (with_weight(float("inf")), 3, "trace", "inf"),
        "unbounded": (with_weight(1e30), 3, "trace", "not a finite number within"),
        "constant": (Constant(), 3, "script", "depend"),
        "too_wide": (nn.Linear(200, 1), 200, "trace", "no number of inputs"),
    }


def save(module, shape, how, path):
    if not isinstance(shape, tuple):
        shape = (2, shape)
    dtype = next((p.dtype for p in module.parameters()), torch.float32)
    if how == "script":
        torch.jit.save(torch.jit.script(module), path)
    else:
        torch.jit.save(torch.jit.trace(module, torch.randn(shape, dtype=dtype),
                                       check_trace=False), path)
    return dtype


def write_csv(path, tensor):
    with open(path, "w", encoding="ascii") as file:
        for row in tensor.tolist():
            file.write(",".join(repr(float(v)) for v in row) + "\n")


def main(directory):
    torch.manual_seed(1)
    for kind in ("good", "bad"):
        os.makedirs(os.path.join(directory, kind), exist_ok=True)
    for name, (module, n_in, how) in good_models().items():
        base = os.path.join(directory, "good", name)
        module.eval()
        dtype = save(module, n_in, how, base + ".pt")
        inputs = torch.rand(64, n_in, dtype=dtype) * 4 - 2
        write_csv(base + ".in.csv", inputs)
        with torch.no_grad():
            write_csv(base + ".out.csv", module(inputs.clone()))
    for name, (module, shape, how, message) in bad_models().items():
        base = os.path.join(directory, "bad", name)
        if name != "dropout":
            module.eval()
        save(module, shape, how, base + ".pt")
        with open(base + ".txt", "w", encoding="ascii") as file:
            file.write(message + "\n")
    torch.save(mlp([3, 1], nn.ReLU).state_dict(), os.path.join(directory, "bad", "weights.pt"))
    with open(os.path.join(directory, "bad", "weights.txt"), "w", encoding="ascii") as file:
        file.write("not a TorchScript file\n")


if __name__ == "__main__":
    main(sys.argv[1])
