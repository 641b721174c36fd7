#!/bin/sh
# Herding among 4,000 candidates, or the model fitted and the pool ranked again after a label, ours
# beside numpy and scikit-learn in alternating rounds; prints medians and their ratios.
#     tests/bench/pick_vs_numpy.sh BUILD herd [dimensions] [threads] [rounds]
#     tests/bench/pick_vs_numpy.sh BUILD rerank [dimensions] [threads] [rounds] [rows]
set -eu
here=$(dirname "$0")
build=${1:?"usage: pick_vs_numpy.sh BUILD herd|rerank [dimensions] [threads] [rounds] [rows]"}
what=${2:?"herd or rerank"}
threads=${4:-1}
rounds=${5:-3}
python=${PYTHON:-/usr/bin/python3}
export OPENBLAS_NUM_THREADS="$threads" OMP_NUM_THREADS="$threads" OMP_WAIT_POLICY=passive

"$python" -c 'import numpy' 2>/dev/null || { echo "numpy is not installed: apt install python3-numpy"; exit 77; }
case $what in
herd) rows=4000 d=${3:-64} times=20 ;;
*) rows=${6:-100000} d=${3:-256} times=100 ;;
esac
[ "$rows" -le 100000 ] || times=20
for _ in $(seq "$rounds"); do
    echo "$("$build"/tests/bench/bench_pick "$what" "$rows" "$d" "$threads" "$times")" \
        "$("$python" "$here"/pick_vs_numpy.py "$what" "$rows" "$d")"
done | awk -v what="$what" -v size="$rows x $d, $threads threads" '
    function median(a, n,  i, j, t) {
        for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++) if (a[j] < a[i]) { t = a[i]; a[i] = a[j]; a[j] = t }
        return a[int((n + 1) / 2)]
    }
    { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9.na]+$/) v[i, NR] = $i }
    function of(i,  k, a) { for (k = 1; k <= NR; k++) a[k] = v[i, k]; return median(a, NR) }
    function over(i, j,  k, a) { for (k = 1; k <= NR; k++) a[k] = v[i, k] / v[j, k]; return median(a, NR) }
    END {
        if (what == "herd")
            printf "herd %s: maxherd %.1f ms wall, %.1f cpu; uherd %.1f wall, %.1f cpu; numpy %.1f wall, %.1f cpu; numpy / ours %.1f cpu, %.1f wall\n",
                size, of(2), of(3), of(5), of(6), of(8), of(9), over(9, 3), over(8, 2)
        else
            printf "rerank %s: fit %.1f ms, rank %.1f, both %.1f, p99 %.1f wall, %d MiB; scikit-learn fit %.1f, numpy rank %.1f wall; theirs / ours %.1f fit, %.1f rank, wall\n",
                size, of(2), of(4), of(6), of(8), of(12), of(14), of(17), over(14, 2), over(17, 4)
    }'
