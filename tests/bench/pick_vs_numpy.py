"""The peer of bench_pick: herding and ranking in numpy, and scikit-learn's regression where it is there.
    pick_vs_numpy.py herd CANDIDATES DIMENSIONS       "herd WALL CPU"
    pick_vs_numpy.py rerank ROWS DIMENSIONS           "fit WALL CPU rank WALL CPU"
in milliseconds, medians of five; the threads are BLAS's (OPENBLAS_NUM_THREADS)."""
import heapq
import statistics
import sys
import time
import warnings

import numpy as np

rng = np.random.default_rng(1)


def median(f, rounds=5):
    wall, cpu = [], []
    for _ in range(rounds):
        start = time.perf_counter(), time.process_time()
        f()
        wall.append(1e3 * (time.perf_counter() - start[0]))
        cpu.append(1e3 * (time.process_time() - start[1]))
    return "%.2f %.2f" % (statistics.median(wall), statistics.median(cpu))


def herd(x, width, picks):
    """Lazy greedy coverage: distances, the kernel, first gains, then a heap of old gains."""
    square = np.einsum("ij,ij->i", x, x)
    kernel = x @ x.T
    kernel *= -2
    kernel += square[:, None]
    kernel += square
    np.maximum(kernel, 0, out=kernel)
    kernel *= -1 / width
    np.exp(kernel, out=kernel)
    cover = np.zeros(len(x), np.float32)
    gains = np.concatenate([np.maximum(kernel[i:i + 500] - cover, 0).sum(1) for i in range(0, len(x), 500)])
    heap = [(-gain, i, 0) for i, gain in enumerate(gains.tolist())]
    heapq.heapify(heap)
    taken = []
    while len(taken) < picks:
        _, i, when = heap[0]
        if when == len(taken):
            heapq.heappop(heap)
            taken.append(i)
            np.maximum(cover, kernel[i], out=cover)
        else:
            heapq.heapreplace(heap, (-float(np.maximum(kernel[i] - cover, 0).sum()), i, len(taken)))
    return taken


def rank(x, weights, bias, picks):
    score = x @ weights.T + bias
    score -= score.max(1, keepdims=True)
    np.exp(score, out=score)
    score /= score.sum(1, keepdims=True)
    best = np.partition(score, -2, axis=1)
    margin = best[:, -1] - best[:, -2]
    return np.argpartition(margin, picks)[:picks]


what, n, d = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
fall = (1 / np.sqrt(np.arange(1, d + 1))).astype(np.float32)
fall /= np.sqrt((fall ** 2).mean() * 1.36)
middle = 0.6 * rng.standard_normal((10, d), dtype=np.float32)
y = rng.integers(0, 10, n)
x = rng.standard_normal((n, d), dtype=np.float32)
for first in range(0, n, 100000):
    x[first:first + 100000] += middle[y[first:first + 100000]]
    x[first:first + 100000] *= fall
if what == "herd":
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    some = ((x[:128, None] - x[None, :1000]) ** 2).sum(2)
    width = float(np.median(np.sort(some, axis=1)[:, 10]))
    print("herd", median(lambda: herd(x, width, 50)))
else:
    warnings.simplefilter("ignore")
    labels = 1000
    try:
        from sklearn.linear_model import LogisticRegression
        fit = median(lambda: LogisticRegression(C=0.1, tol=1e-3, max_iter=200, class_weight="balanced").fit(
            x[:labels], y[:labels]))
    except ImportError:
        fit = "nan nan"
    weights = 0.1 * rng.standard_normal((10, d), dtype=np.float32)
    print("fit", fit, "rank", median(lambda: rank(x, weights, np.zeros(10, np.float32), 50)))
