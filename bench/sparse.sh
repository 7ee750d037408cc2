#!/usr/bin/env bash
# Cycles of the sparse matrix-vector engine per vector, against the dense engine with as many multipliers,
# on random matrices of which an exact share of the weights (or of the blocks) is zero.
#
#   bench/sparse.sh            compares with bench/sparse.tsv; exits 1 when a figure got worse
#   bench/sparse.sh --update   writes the baseline anew
#   LUTS=1 bench/sparse.sh     also synthesizes engines with Yosys (minutes) and prints their cells
set -euo pipefail
cd "$(dirname "$0")/.."
bench=${NNCC_BENCH:-.build/release/nncc-bench}
[ -n "${NNCC_BENCH:-}" ] || swift build -c release --product nncc-bench ${SWIFTFLAGS:-} >&2
baseline=bench/sparse.tsv
now=$(mktemp)
trap 'rm -f "$now"' EXIT

"$bench" sparse >"$now"
cat "$now"

# Cells of an engine: cells NAME "FILE…" PARAMETER=VALUE…; the first file holds the engine.
cells() {
  local name=$1 files=$2 set=()
  shift 2
  for pair in "$@"; do set+=(-chparam "${pair%=*}" "${pair#*=}"); done
  (cd hw && yosys -p "read_verilog $files; hierarchy -check -top ${files%%.*} ${set[*]}; \
    synth_xilinx -family xcup -noiopad -flatten; stat") |
    awk -v name="$name" '
      /Number of cells/ { delete count }
      $1 ~ /^LUT[1-6]$/ { count["LUT"] += $2 }
      $1 ~ /^RAM(32M16|64M8)$/ { count["RAM"] += 8 * $2 }
      $1 ~ /^SRL/ { count["SRL"] += $2 }
      $1 ~ /^FD/ { count["FF"] += $2 }
      $1 ~ /^DSP/ { count["DSP"] += $2 }
      END { printf "%s: LUT %d (logic) + %d (RAM) + %d (shift registers), FF %d, DSP %d\n", name,
                   count["LUT"], count["RAM"], count["SRL"], count["FF"], count["DSP"] }'
}
if [ -n "${LUTS:-}" ]; then
  sparse="nn_sparse_matvec.v nn_sparse_unit.v nn_sum.v nn_delay.v"
  widths="X_SIGNED=0 B_WIDTH=16 ACC_WIDTH=24"
  echo "1024x64 on 64 multipliers of 8x8 bits:"
  cells "dense" "nn_matvec.v nn_multiply.v nn_multiply_pair.v nn_adder_tree.v" \
    PE=8 SIMD=8 SF=128 NF=8 $widths
  cells "sparse" "$sparse" LANES=16 WINDOW=4 CLUSTERS=2 MULTS=32 CLASSES=8 NF=32 LINES=530 $widths
  cells "sparse, blocks of 4x4" "$sparse" LANES=16 WINDOW=2 CLUSTERS=1 MULTS=4 BLOCK_ROWS=4 \
    BLOCK_COLS=4 NF=16 LINES=512 $widths
fi

if [ "${1:-}" = --update ]; then
  cp "$now" "$baseline"
  echo "wrote $baseline"
  exit
fi
awk -F'\t' '
  { key = $1 FS $2 FS $3 FS $6 }
  NR == FNR { old[key] = $8; next }
  FNR > 1 && key in old && $8 > old[key] { print "worse: " key " " old[key] " -> " $8; bad = 1 }
  END { exit bad }' "$baseline" "$now" && echo "no figure is worse than $baseline"
