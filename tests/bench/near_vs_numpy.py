"""The peer of bench_near: k-center as matrix-vector products, and top-k by argpartition."""
import sys
import time

import numpy as np

n, d = int(sys.argv[1]), int(sys.argv[2])
picks = 10
rng = np.random.default_rng(1)
x = rng.standard_normal((n, d), dtype=np.float32)


def centers(k):
    square = np.einsum("ij,ij->i", x, x)
    nearest = np.full(n, np.inf, np.float32)
    row = 0
    for _ in range(k):
        apart = square - 2 * (x @ x[row]) + square[row]
        np.minimum(nearest, apart, out=nearest)
        row = int(nearest.argmax())


def top(k):
    score = x @ x[0]
    best = np.argpartition(-score, k)[:k]
    return best[np.argsort(-score[best])]


def took(f, *args):
    wall, cpu = time.perf_counter(), time.process_time()
    f(*args)
    return time.perf_counter() - wall, time.process_time() - cpu


took(centers, 2)
wall, cpu = (1000 / picks * t for t in took(centers, picks))
tops = [took(top, 100) for _ in range(5)]
print("centers %.4f %.4f top %.4f %.4f" % (wall, cpu, 1e3 * sorted(t[0] for t in tops)[2],
                                           1e3 * sorted(t[1] for t in tops)[2]))
