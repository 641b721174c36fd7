#!/bin/sh
# Exact k-center (k = 1000) and top-100, ours beside numpy's matrix-vector form, in alternating
# rounds; prints medians and their ratios.
#     tests/bench/near_vs_numpy.sh BUILD [rows] [rounds] [threads]
set -eu
here=$(dirname "$0")
build=${1:?"usage: near_vs_numpy.sh BUILD [rows] [rounds] [threads]"}
rows=${2:-1000000}
rounds=${3:-3}
threads=${4:-1}
python=${PYTHON:-/usr/bin/python3}
export OPENBLAS_NUM_THREADS="$threads"

"$python" -c 'import numpy' 2>/dev/null || { echo "numpy is not installed: apt install python3-numpy"; exit 77; }
for _ in $(seq "$rounds"); do
    ours=$("$build"/tests/bench/bench_near "$rows" 64 "$threads" 1 |
        sed 's/.*centers: \([0-9.]*\) s wall, \([0-9.]*\) s cpu; plain.*top 100: \([0-9.]*\) ms wall, \([0-9.]*\) ms cpu.* \([0-9]*\) MiB/\1 \2 \3 \4 \5/')
    theirs=$("$python" "$here"/near_vs_numpy.py "$rows" 64)
    echo "$ours $theirs"
done | awk -v size="$rows x 64, $threads threads" '
    function median(a, n,  i, j, t) {
        for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++) if (a[j] < a[i]) { t = a[i]; a[i] = a[j]; a[j] = t }
        return a[int((n + 1) / 2)]
    }
    { for (i = 1; i <= NF; i++) v[i, NR] = $i }
    function of(i,  k, a) { for (k = 1; k <= NR; k++) a[k] = v[i, k]; return median(a, NR) }
    function over(i, j,  k, a) { for (k = 1; k <= NR; k++) a[k] = v[i, k] / v[j, k]; return median(a, NR) }
    END {
        printf "k-center %s: %.2f s wall, %.2f cpu, %d MiB; numpy %.1f wall, %.1f cpu; numpy / ours %.1f wall, %.1f cpu\n",
            size, of(1), of(2), of(5), of(7), of(8), over(7, 1), over(8, 2)
        printf "top-100 %s: %.1f ms wall, %.1f cpu; numpy %.1f wall, %.1f cpu; numpy / ours %.1f wall, %.1f cpu\n",
            size, of(3), of(4), of(10), of(11), over(10, 3), over(11, 4)
    }'
