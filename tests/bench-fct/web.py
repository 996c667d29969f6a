# SPDX-License-Identifier: GPL-2.0
"""Web sites and their visitors: what is asked for again and again, in the order of links.

A site's objects are files of fixed sizes. A visit is page after page: the page
itself, then, when the visitor has read where they are, its objects over a few
connections, then a pause and a link of that page.
"""

import bisect
import itertools
from dataclasses import dataclass

import sizes
from session import Exchange, Lane, Session

# Ports of nginx.conf, and whether connections are kept.
SENDFILE_OFF, DEBIAN, HEADER_FIRST, PIECEMEAL = (80, True), (8080, True), (8081, False), (8082, False)
PIECE = 4096  # bytes that the last one writes at once
PAGES, MOST_SHARED, MOST_OWN, MOST_LINKS = 25, 4, 8, 5
STAY = 0.75  # chance of another page
PARSE_US, PAUSE_US = (5e3, 30e3), (20e3, 150e3)  # least, most; least, mean of what comes on top


@dataclass
class Visitor:
    address: str
    request: int  # bytes, cookies and all
    parallel: int  # connections


class Site:
    def __init__(self, name, at, visitors, draw):
        self.port, self.keep = at
        self.visitors, self.draw = visitors, draw
        shared = 2 + draw.randrange(6)
        own = [draw.randrange(MOST_OWN) for _ in range(PAGES)]
        stock = iter(sizes.sample(name, shared + PAGES + sum(own), draw))
        everywhere = list(itertools.islice(stock, shared))
        # The first object is the page itself.
        self.pages = [[next(stock)] + draw.choices(everywhere, k=draw.randrange(MOST_SHARED)) +
                      list(itertools.islice(stock, n)) for n in own]
        self.links = [draw.choices(range(PAGES), k=1 + draw.randrange(MOST_LINKS)) for _ in range(PAGES)]
        exponent = draw.uniform(0.7, 1.2)
        self.popularity = list(itertools.accumulate((i + 1) ** -exponent for i in range(PAGES)))

    def visit(self):
        draw, visitor = self.draw, self.draw.choice(self.visitors)
        lanes = [Lane("http", visitor.address, self.port, self.keep) for _ in range(visitor.parallel)]
        session, group = Session(), 0
        page = bisect.bisect(self.popularity, draw.uniform(0, self.popularity[-1]))
        after, delay = None, 0
        while True:
            for i, size in enumerate(self.pages[page]):
                if i == 1:
                    after, delay, group = group, draw.uniform(*PARSE_US), group + 1
                session.add(Exchange(lanes[max(i - 1, 0) % len(lanes)], group, after, int(delay),
                                     visitor.request + draw.randrange(40), size, "web"))
            if draw.random() >= STAY:
                return session
            after, delay, group = group, PAUSE_US[0] + draw.expovariate(1 / PAUSE_US[1]), group + 1
            page = min(draw.choice(self.links[page]), draw.choice(self.links[page]))


def visitors(addresses, draw):
    return [Visitor(address, 250 + draw.randrange(500), 1 + draw.randrange(6)) for address in addresses]
