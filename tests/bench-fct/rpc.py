# SPDX-License-Identifier: GPL-2.0
"""A service with three methods: small answers, large ones, and small ones to large questions.

Callers keep a connection each and have their habits: a method of their own, and
which one they ask for after which.
"""

import math

import sizes
from session import Exchange, Lane, Session

PORT, FRAME = 50051, 64  # bytes of a message's head
MOST_CALLS = 8  # of a session
PAUSE_US = (20e3, 60e3)  # least; mean of what comes on top


def log_uniform(draw, low, high):
    return math.exp(draw.uniform(math.log(low), math.log(high)))


class Message:
    """Sizes spread about a median, log-normally."""

    def __init__(self, low, high, draw):
        self.mean, self.spread = math.log(log_uniform(draw, low, high)), draw.uniform(0.05, 0.6)

    def size(self, draw):
        return FRAME + int(min(max(draw.lognormvariate(self.mean, self.spread), 20), sizes.MOST))


class Service:
    def __init__(self, addresses, draw):
        self.draw = draw
        self.methods = [(Message(*asks, draw), Message(*answers, draw)) for asks, answers in (
            ((80, 400), (400, 2e3)), ((100, 800), (100e3, 300e3)), ((20e3, 60e3), (40, 300)))]
        self.next = [[log_uniform(draw, 0.1, 1) for _ in self.methods] for _ in self.methods]
        self.habit = draw.uniform(0.2, 0.95)
        self.callers = [(Lane("call", address, PORT, True), draw.randrange(len(self.methods)))
                        for address in addresses]

    def session(self):
        draw, session = self.draw, Session()
        lane, method = draw.choice(self.callers)
        own, after, delay = method, None, 0.0
        for number in range(1 + draw.randrange(MOST_CALLS)):
            asks, answers = self.methods[method]
            session.add(Exchange(lane, number, after, int(delay), asks.size(draw), answers.size(draw), "rpc"))
            after, delay = number, PAUSE_US[0] + draw.expovariate(1 / PAUSE_US[1])
            method = own if draw.random() < self.habit else draw.choices(range(len(self.methods)),
                                                                         self.next[method])[0]
        return session
