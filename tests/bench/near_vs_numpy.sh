#!/bin/sh
# Exact k-center (k = 1000) and top-100, ours beside numpy's matrix-vector form, in alternating
# rounds; prints the median ratios of processor time on one thread.
#     tests/bench/near_vs_numpy.sh BUILD [rows] [rounds]
set -eu
here=$(dirname "$0")
build=${1:?"usage: near_vs_numpy.sh BUILD [rows] [rounds]"}
rows=${2:-1000000}
rounds=${3:-3}
python=${PYTHON:-/usr/bin/python3}
export OPENBLAS_NUM_THREADS=1

"$python" -c 'import numpy' 2>/dev/null || { echo "numpy is not installed: apt install python3-numpy"; exit 77; }
for _ in $(seq "$rounds"); do
    ours=$("$build"/tests/bench/bench_near "$rows" 64 1 1 |
        sed 's/.*wall, \([0-9.]*\) s cpu; plain.*top 100: [0-9.]* ms wall, \([0-9.]*\) ms cpu.*/\1 \2/')
    theirs=$("$python" "$here"/near_vs_numpy.py "$rows" 64)
    echo "$ours $theirs"
done | awk '
    function median(a, n,  i, j, t) {
        for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++) if (a[j] < a[i]) { t = a[i]; a[i] = a[j]; a[j] = t }
        return a[int((n + 1) / 2)]
    }
    { centers[NR] = $4 / $1; top[NR] = $6 * 1000 / $2
      printf "centers %.2f s, numpy %.2f s; top %.2f ms, numpy %.2f ms\n", $1, $4, $2, $6 * 1000 }
    END { printf "numpy / ours, median of %d: centers %.2f, top %.2f\n", NR, median(centers, NR), median(top, NR) }'
