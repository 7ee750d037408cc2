#!/usr/bin/env bash
# Training speed against PyTorch, in turns on the same two cores: see bench/train.py.
#
#   bench/train.sh            prints rates and ratios (more than 1: nncc is faster)
#   bench/train.sh --update   also writes the ratios to bench/train.tsv
#
# NNCC_TORCH_PYTHON names a Python that has torch (CPU build) installed; without it, nothing is measured.
set -euo pipefail
cd "$(dirname "$0")/.."
bench=${NNCC_BENCH:-.build/release/nncc-bench}
if ! "${NNCC_TORCH_PYTHON:-false}" -c 'import torch' 2>/dev/null; then
  echo "bench/train.sh: skipped: set NNCC_TORCH_PYTHON to a Python with PyTorch (pip install torch, CPU build)" >&2
  exit 0
fi
out=()
if [ "${1:-}" = --update ]; then
  out=(--out bench/train.tsv)
  shift
fi
exec "$NNCC_TORCH_PYTHON" bench/train.py "$bench" "${out[@]}" "$@"
