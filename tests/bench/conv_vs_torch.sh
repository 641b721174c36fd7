#!/bin/sh
# The convolutional autoencoder, ours beside PyTorch's, in alternating rounds; prints the median
# ratios of images a second of processor time and of wall clock.
#     tests/bench/conv_vs_torch.sh BUILD [28|96] [threads] [rounds]
set -eu
here=$(dirname "$0")
build=${1:?"usage: conv_vs_torch.sh BUILD [28|96] [threads] [rounds]"}
size=${2:-28}
threads=${3:-1}
rounds=${4:-5}
python=${PYTHON:-/usr/bin/python3}
export OMP_WAIT_POLICY=passive # PyTorch's threads would spin and lose on a busy machine
export OMP_NUM_THREADS="$threads" # its own setting leaves a second thread to the libraries below it

"$python" -c 'import torch' 2>/dev/null || { echo "PyTorch is not installed: apt install python3-torch"; exit 77; }
for _ in $(seq "$rounds"); do
    echo "$("$build"/tests/bench/bench_conv "$size" "$threads" 1 | head -1)" \
        "$("$python" "$here"/conv_vs_torch.py "$size" "$threads")"
done | awk -v what="$size px, $threads threads" '
    function median(a, n,  i, j, t) {
        for (i = 1; i < n; i++) for (j = i + 1; j <= n; j++) if (a[j] < a[i]) { t = a[i]; a[i] = a[j]; a[j] = t }
        return a[int((n + 1) / 2)]
    }
    { print "ours", $1, $2, $3, $4, $5, $6, "torch", $7, $8, $9, $10, $11, $12
      train_wall[NR] = $2 / $8; train[NR] = $3 / $9; encode_wall[NR] = $5 / $11; encode[NR] = $6 / $12 }
    END { printf "%s, ours / torch, median of %d: train %.2f cpu, %.2f wall; encode %.2f cpu, %.2f wall\n", what, NR,
          median(train, NR), median(train_wall, NR), median(encode, NR), median(encode_wall, NR) }'
