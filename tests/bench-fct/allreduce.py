# SPDX-License-Identifier: GPL-2.0
"""Training by data parallelism: the gradients of three models, which go round a ring of two.

In an iteration buckets of gradients become ready one after the other during the
backward pass; each waits until the one before has gone round. Then the loss is
averaged. All models use one port of one neighbour.
"""

import sizes
from session import Exchange, Lane, Session

PORT = 29500
PARAMETERS = {"MobileNetV2": 3.5e6, "DenseNet-121": 8e6, "ResNet-18": 11.7e6}
PARAMETER, FIRST_BUCKET, BUCKET = 4, 1e6, 25e6  # bytes, as PyTorch's DDP has them; a bucket ends with a layer
LOSS = 8  # bytes
FORWARD, BACKWARD, PAUSE_US = 0.2, 0.4, (15e3, 40e3)  # shares of an iteration; before the loss


class Model:
    def __init__(self, parameters, address, draw):
        self.draw = draw
        self.lane = Lane("call", address, PORT, True)
        self.buckets = []
        left, bucket = parameters * PARAMETER, FIRST_BUCKET
        while left > 0:
            size = min(left, bucket * draw.uniform(1, 1.3))
            # Half of a bucket goes to the neighbour twice: to be added, and as a sum.
            self.buckets.append(max(LOSS, int(min(size * sizes.SCALE, sizes.MOST))))
            left, bucket = left - size, BUCKET

    def iteration(self, start, period):
        draw, session = self.draw, Session(start)
        pace = max(0.5, draw.gauss(1, 0.03)) * period
        for i, size in enumerate(self.buckets):
            ready = pace * (FORWARD + BACKWARD * (i + 1) / len(self.buckets))
            session.add(Exchange(self.lane, 0, None, int(ready), size, size, "ring"))
        session.add(Exchange(self.lane, 1, 0, int(draw.uniform(*PAUSE_US)), LOSS, LOSS, "ring"))
        return session


class Training:
    """Iterations of all models in turn; a model's begin in equal intervals."""

    def __init__(self, address, draw):
        self.draw = draw
        self.models = [Model(parameters, address, draw) for parameters in PARAMETERS.values()]
        self.iterations = [0] * len(self.models)

    def more(self):
        at = sum(self.iterations) % len(self.models)
        self.iterations[at] += 1
        return self.models[at].iteration(0, 0)

    def sessions(self, span):
        for model, count in zip(self.models, self.iterations):
            period = span / max(count, 1)
            phase = self.draw.uniform(0, period)
            for i in range(count):
                yield model.iteration(int((phase + i * period) % span), period)
