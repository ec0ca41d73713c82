"""The Kronecker graph of `gesso bench`, by the same random numbers, as pairs of vertices."""

import numpy as np

CHUNK = 4096
EDGE_FACTOR = 16
U64 = np.uint64


def mixed(state):
    z = (state ^ (state >> U64(30))) * U64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> U64(27))) * U64(0x94D049BB133111EB)
    return z ^ (z >> U64(31))


class Rng:
    """SplitMix64; one stream for each part."""

    STEP = U64(0x9E3779B97F4A7C15)

    def __init__(self, seed, parts):
        self.state = (U64(seed) ^ (parts * U64(0xD1B54A32D192ED03))) + self.STEP

    def next(self):
        self.state = self.state + self.STEP
        return mixed(self.state)


def shuffled(ids, scale, seed):
    mask = U64((1 << scale) - 1)
    rng = Rng(seed, np.array([0xFFFFFFFFFFFFFFFF], dtype=U64))
    for _ in range(3):
        factor = rng.next() | U64(1)
        ids = (ids * factor + rng.next()) & mask
        ids ^= ids >> U64((scale + 1) // 2)
    return ids


def kronecker(scale, seed=42):
    """Undirected edges without loops and repeats, each from the smaller to the larger vertex, in their order."""
    edges = EDGE_FACTOR << scale
    # Every chunk has a stream of its own, so the n-th edge of all chunks is drawn at once.
    chunks = edges // CHUNK
    rng = Rng(seed, np.arange(chunks, dtype=U64))
    a, ab, abc = (U64(int(p * 4294967296.0)) for p in (0.57, 0.76, 0.95))
    pairs = []
    with np.errstate(over="ignore"):
        for _ in range(CHUNK):
            s, t = np.zeros(chunks, dtype=U64), np.zeros(chunks, dtype=U64)
            bits = None
            for level in range(scale):
                bits = rng.next() if level % 2 == 0 else bits >> U64(32)
                r = bits & U64(0xFFFFFFFF)
                s = s << U64(1) | (r >= ab)
                t = t << U64(1) | (((r >= a) & (r < ab)) | (r >= abc))
            s, t = shuffled(s, scale, seed), shuffled(t, scale, seed)
            kept = s != t
            low, high = np.minimum(s, t)[kept], np.maximum(s, t)[kept]
            pairs.append(low << U64(32) | high)
    pairs = np.unique(np.concatenate(pairs))
    return (pairs >> U64(32)).astype(np.uint32), pairs.astype(np.uint32)
