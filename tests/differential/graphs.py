"""Random graphs of many shapes, as lists of ids and weighted edges."""

import random
from dataclasses import dataclass, field


@dataclass
class Graph:
    """A directed multigraph. `edges` are (source, target, weight) by position in `ids`."""

    shape: str
    ids: list = field(default_factory=list)
    edges: list = field(default_factory=list)

    def __str__(self):
        return f"{self.shape}: {len(self.ids)} vertices, {len(self.edges)} edges"


def _vertices(n):
    # Ids whose order as texts is not the order of insertion, with characters that need care in files.
    return [f"v{(i * 7919) % 100003} ä,{i}" if i % 10 == 3 else f"v{(i * 7919) % 100003}-{i}" for i in range(n)]


def _random(rng, n, m, loops=True):
    pairs = [(rng.randrange(n), rng.randrange(n)) for _ in range(m)]
    return [(s, t) for s, t in pairs if loops or s != t]


def _power_law(rng, n, m):
    pick = lambda: min(n - 1, int(n * rng.random() ** 3))
    return [(pick(), rng.randrange(n)) for _ in range(m)]


SHAPES = {
    "empty": lambda rng: (0, []),
    "vertices alone": lambda rng: (rng.randint(1, 5), []),
    "single vertex with loops": lambda rng: (1, [(0, 0)] * rng.randint(1, 3)),
    "two vertices": lambda rng: (2, _random(rng, 2, rng.randint(1, 5))),
    "path": lambda rng: (n := rng.randint(2, 40), [(i, i + 1) for i in range(n - 1)]),
    "cycle": lambda rng: (n := rng.randint(3, 30), [(i, (i + 1) % n) for i in range(n)]),
    "star": lambda rng: (n := rng.randint(3, 40), [(0, i) if i % 2 else (i, 0) for i in range(1, n)]),
    "clique": lambda rng: (n := rng.randint(3, 12), [(i, j) for i in range(n) for j in range(n) if i != j]),
    "bipartite": lambda rng: (n := rng.randint(4, 30), [(rng.randrange(n // 2), n // 2 + rng.randrange(n - n // 2)) for _ in range(2 * n)]),
    "sparse": lambda rng: (n := rng.randint(10, 60), _random(rng, n, n)),
    "dense": lambda rng: (n := rng.randint(5, 25), _random(rng, n, n * n // 2)),
    "parallel edges and loops": lambda rng: (n := rng.randint(2, 10), _random(rng, n, 6 * n)),
    "several components": lambda rng: _components(rng),
    "power law": lambda rng: (n := rng.randint(20, 120), _power_law(rng, n, 4 * n)),
    "acyclic": lambda rng: (n := rng.randint(3, 40), [(min(a, b), max(a, b)) for a, b in _random(rng, n, 2 * n, False)]),
    "grid": lambda rng: _grid(rng.randint(2, 6), rng.randint(2, 8)),
    "tree": lambda rng: (n := rng.randint(2, 50), [(rng.randrange(i), i) for i in range(1, n)]),
}


def _components(rng):
    n, edges = 0, []
    for _ in range(rng.randint(2, 5)):
        size = rng.randint(1, 12)
        edges += [(n + s, n + t) for s, t in _random(rng, size, 2 * size)]
        n += size
    return n, edges


def _grid(rows, columns):
    at = lambda r, c: r * columns + c
    right = [(at(r, c), at(r, c + 1)) for r in range(rows) for c in range(columns - 1)]
    down = [(at(r, c), at(r + 1, c)) for r in range(rows - 1) for c in range(columns)]
    return rows * columns, right + down


# Weights that add up without rounding, so that equally long ways are equal in any order of sums.
WEIGHTS = [lambda rng: 1.0, lambda rng: float(rng.randint(1, 4)), lambda rng: rng.randint(1, 64) / 8.0]


def graph(seed):
    """The graph of a seed; each shape comes up in turn."""
    rng = random.Random(seed)
    shape = list(SHAPES)[seed % len(SHAPES)]
    n, pairs = SHAPES[shape](rng)
    weight = WEIGHTS[rng.randrange(len(WEIGHTS))]
    return Graph(shape, _vertices(n), [(s, t, weight(rng)) for s, t in pairs])
