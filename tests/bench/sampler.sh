#!/bin/sh
# All that docs/performance.md says of the sampler, in one run of a few minutes: ours beside PyTorch,
# numpy and scikit-learn in alternating rounds, then growth from 10,000 items to 10 million.
#     tests/bench/sampler.sh BUILD [rounds]
# Wants 2 idle cores, 8 GiB of memory and 3 GiB of disk in ${TMPDIR:-/tmp}.
set -eu
cd "$(dirname "$0")"
build=$(cd "$OLDPWD" && cd "${1:?"usage: sampler.sh BUILD [rounds]"}" && pwd)
rounds=${2:-3}
rows=${TMPDIR:-/tmp}/exemplar-bench-$$.z
trap 'rm -f "$rows"' EXIT

part() { # title, command: says so when its peer is not installed
    title=$1
    shift
    echo "== $title"
    "$@" || [ $? = 77 ]
}

echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg); products by $("$build"/tests/bench/bench_pick library)"
for threads in 1 2; do
    for size in 28 96; do
        part "convolutional autoencoder, $size px, $threads threads: ours / PyTorch" \
            sh -c './conv_vs_torch.sh "$@" | tail -1' - "$build" $size $threads "$rounds"
    done
done
part "k-center and top-100 of a million" ./near_vs_numpy.sh "$build" 1000000 "$rounds" 2
part "the same on one thread" ./near_vs_numpy.sh "$build" 1000000 1 1
for threads in 1 2; do
    part "50 picks among 4,000" ./pick_vs_numpy.sh "$build" herd 64 $threads "$rounds"
done
part "fit and rank 100,000 again" ./pick_vs_numpy.sh "$build" rerank 256 2 "$rounds"
part "fit and rank 1,000,000 again" ./pick_vs_numpy.sh "$build" rerank 64 2 1 1000000
echo "== growth"
for n in 10000 100000 1000000; do
    "$build"/tests/bench/bench_near $n 64 2 1
    echo "   fit and rank $n x 64: $("$build"/tests/bench/bench_pick rerank $n 64 2 20)"
done
"$build"/tests/bench/bench_near open "$rows" 10000000 64 2
