# SPDX-License-Identifier: GPL-2.0
"""What a script of lf-play is made of: sessions of exchanges that depend on each other."""

from dataclasses import dataclass, field, replace
from typing import Optional

MSS, HEADERS = 1448, 66  # bytes of a packet's payload; of its headers, Ethernet's included
HTTP_HEAD = 240  # bytes of nginx's response before the file


@dataclass(eq=False)
class Lane:
    proto: str
    source: str
    port: int
    keep: bool


@dataclass
class Exchange:
    """Of the session's group; begins delay us after all of the group after, or after the session's start (None)."""
    lane: Lane
    group: int
    after: Optional[int]
    delay: int
    request: int
    response: int
    kind: str

    def wire_bytes(self):
        """Of the response, as a shaper counts them."""
        size = self.response + (HTTP_HEAD if self.lane.proto == "http" else 0)
        return size + HEADERS * -(-size // MSS)


@dataclass
class Session:
    start: int = 0  # us
    exchanges: list = field(default_factory=list)

    def add(self, exchange):
        self.exchanges.append(exchange)

    def wire_bytes(self):
        return sum(x.wire_bytes() for x in self.exchanges)

    def split(self, end):
        """What of it begins before end, and what after it, or None; by its delays, each group after the one before."""
        due, time, first = [], self.start, None
        for group in range(1 + max(x.group for x in self.exchanges)):
            time += next(x.delay for x in self.exchanges if x.group == group)
            due.append(time)
            if time >= end and first is None:
                first = group
        if not first:
            return self, None
        rest = Session(due[first])
        for x in self.exchanges:
            if x.group >= first:
                rest.add(replace(x, group=x.group - first, after=x.after - first if x.group > first else None,
                                 delay=x.delay if x.group > first else 0))
        return Session(self.start, [x for x in self.exchanges if x.group < first]), rest


class Arrivals:
    """Sessions of a kind, which begin at random, whatever became of those before (Poisson, open loop).

    What of one would come after the last has begun is there from the start: as
    many are under way at any time. make: returns a new one.
    """

    def __init__(self, make, draw):
        self.make, self.draw, self.made = make, draw, []

    def more(self):
        self.made.append(self.make())
        return self.made[-1]

    def sessions(self, span):
        for session in self.made:
            session.start = int(self.draw.uniform(0, span))
            rest = session
            while rest:
                session, rest = rest.split(span)
                yield session
                if rest:
                    rest.start = int(rest.start - span)


def lines(sessions, server):
    """Of a script, by the sessions' starts: in that order a lane that they share plays them."""
    names, first = {}, 0
    for session in sorted(sessions, key=lambda s: s.start):
        for x in session.exchanges:
            if x.lane not in names:
                names[x.lane] = len(names)
                yield (f"lane {names[x.lane]} {x.lane.proto} {x.lane.source} {server} {x.lane.port}"
                       f" {int(x.lane.keep)}\n")
            after = "-" if x.after is None else first + x.after
            delay = x.delay + (session.start if x.after is None else 0)
            yield f"x {names[x.lane]} {first + x.group} {after} {delay} {x.request} {x.response} {x.kind}\n"
        first += 1 + max(x.group for x in session.exchanges)
