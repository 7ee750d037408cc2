#!/usr/bin/env bash
# What the modules of hw/ take of an FPGA: a sweep over their parameters, synthesized with Yosys for
# UltraScale+, written as bench/costs.tsv. HardwareCostTests compares the cost model with that table.
#
#   bench/costs.sh                  all modules; tens of minutes
#   bench/costs.sh nn_fifo nn_rom   these modules; the rows of the others stay
#   HW=DIR bench/costs.sh           takes the modules from DIR instead of hw/
set -euo pipefail
cd "$(dirname "$0")/.."
hw=${HW:-hw}
table=bench/costs.tsv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A ROM of random words read through a register, as the memories of weights are.
rom() { # width depth
  awk -v width="$1" -v depth="$2" 'BEGIN {
    srand(1)
    bits = 0; while (2 ^ bits < depth) bits++
    print "module nn_rom(input wire clk, input wire [" (bits ? bits : 1) - 1 ":0] a, output reg [" width - 1 ":0] d);"
    print "  reg [" width - 1 ":0] words [0:" depth - 1 "];\n  initial begin"
    for (i = 0; i < depth; i++) {
      word = ""; for (b = 0; b < width; b++) word = word (rand() < 0.5 ? "0" : "1")
      print "    words[" i "] = " width "\047b" word ";"
    }
    print "  end\n  always @(posedge clk) d <= words[a];\nendmodule" }'
}

# All cases: module, parameters.
sweep() {
  for case in "8 1" "8 2" "64 2" "8 4" "32 16" "8 32" "64 32" "16 64" "64 64" "40 100" "64 128" \
    "128 512" "16 2048"; do
    set -- $case; echo "nn_fifo WIDTH=$1 DEPTH=$2"
  done
  for case in "8 8 8 64" "8 1 4 64" "8 4 1 64" "6 16 4 64" "8 4 16 64" "8 3 2 12" "8 2 3 12" "8 8 13 104"; do
    set -- $case; echo "nn_resize ELEMENT=$1 IN_LANES=$2 OUT_LANES=$3 COUNT=$4"
  done
  for case in "8 1 1 28 3" "8 16 1 14 3" "8 4 4 16 3" "6 8 2 32 5" "8 64 1 28 3" "8 16 1 112 3"; do
    set -- $case
    echo "nn_window ELEMENT=$1 LANES=$2 CHUNKS=$3 ROWS=$4 COLS=$4 KERNEL_ROWS=$5 KERNEL_COLS=$5" \
      "PAD_TOP=$(($5 / 2)) PAD_LEFT=$(($5 / 2)) OUT_ROWS=$4 OUT_COLS=$4"
  done
  # PE SIMD SF NF X_WIDTH W_WIDTH ACC_WIDTH DSP PAIR
  for case in "1 1 16 16 8 8 20 1 0" "2 4 8 8 8 8 21 1 0" "4 9 4 8 8 8 22 1 0" "4 8 1 4 8 8 19 1 0" \
    "4 8 8 1 8 8 22 1 0" "4 4 8 8 8 8 22 1 1" "1 1 16 16 8 8 20 0 0" "2 4 8 8 8 8 21 0 0" \
    "4 4 8 8 4 4 14 0 0" "2 5 4 8 6 5 16 0 0" "2 4 4 100 8 8 22 1 0"; do
    set -- $case
    echo "nn_matvec PE=$1 SIMD=$2 SF=$3 NF=$4 X_WIDTH=$5 W_WIDTH=$6 ACC_WIDTH=$7 B_WIDTH=$7 DSP=$8 PAIR=$9"
  done
  # LANES WINDOW CLUSTERS MULTS CLASSES NF LINES ACC_WIDTH BLOCK_ROWS BLOCK_COLS PLACES
  for case in "4 4 2 2 1 4 16 20 1 1 1" "4 8 2 2 1 16 64 22 1 1 1" "16 4 2 8 4 32 512 24 1 1 1" \
    "16 2 1 2 1 16 256 24 4 4 1" "8 4 2 4 2 16 32 22 1 1 2" "8 4 4 2 1 4 64 20 2 2 1"; do
    set -- $case
    echo "nn_sparse_matvec LANES=$1 WINDOW=$2 CLUSTERS=$3 MULTS=$4 CLASSES=$5 NF=$6 LINES=$7 ACC_WIDTH=$8" \
      "BLOCK_ROWS=$9 BLOCK_COLS=${10} PLACES=${11}"
  done
  # LANES ELEMENT OUT CHUNKS VECTORS MAXIMUM
  for case in "8 8 15 1 100 0" "8 8 15 4 100 0" "16 8 8 1 36 1"; do
    set -- $case
    echo "nn_reduce LANES=$1 ELEMENT=$2 OUT=$3 CHUNKS=$4 VECTORS=$5 MAXIMUM=$6"
  done
  # WIDTH CHUNKS ROWS COLS BORDER
  for case in "8 1 28 28 1" "32 4 14 14 2" "128 1 112 112 3"; do
    set -- $case
    echo "nn_pad WIDTH=$1 CHUNKS=$2 ROWS=$3 COLS=$4 TOP=$5 LEFT=$5 OUT_ROWS=$(($3 + 2 * $5)) OUT_COLS=$(($4 + 2 * $5))"
    echo "nn_crop WIDTH=$1 CHUNKS=$2 ROWS=$3 COLS=$4 TOP=$5 LEFT=$5 OUT_ROWS=$(($3 - 2 * $5)) OUT_COLS=$(($4 - 2 * $5))"
  done
  # WIDTH CHUNKS COLS FACTOR_ROWS FACTOR_COLS
  for case in "8 1 14 2 2" "64 1 14 2 2" "32 4 28 2 2" "64 8 28 2 2" "16 8 100 1 3"; do
    set -- $case
    echo "nn_upsample WIDTH=$1 CHUNKS=$2 COLS=$3 FACTOR_ROWS=$4 FACTOR_COLS=$5"
  done
  # LANES ELEMENT COUNT INDEX
  for case in "1 8 10 4" "2 16 10 4" "10 12 10 4" "4 16 1000 10" "8 8 1000 10" "32 12 1000 10"; do
    set -- $case
    echo "nn_argmax LANES=$1 ELEMENT=$2 COUNT=$3 INDEX=$4"
  done
  for case in "8 16" "32 64" "16 128" "32 256" "9 1024" "36 512" "72 576" "64 4096" "18 5000"; do
    set -- $case; echo "nn_rom WIDTH=$1 DEPTH=$2"
  done
}

# The cells of a `stat`, as nncc synth counts them, a RAMB36 as two.
count() {
  awk -v OFS='\t' '
    $1 ~ /^LUT[1-6]$|^SRL16E$|^SRLC(16|32)E$/ { lut += $2 }
    $1 ~ /^RAM(32|64)X1S$/ { lut += $2 }
    $1 ~ /^RAM((32|64)X1D|128X1S)$/ { lut += 2 * $2 }
    $1 ~ /^RAM(32M|64M|128X1D|256X1S)$/ { lut += 4 * $2 }
    $1 ~ /^RAM(32M16|64M8|256X1D|512X1S)$/ { lut += 8 * $2 }
    $1 ~ /^FD/ { ff += $2 }
    $1 == "DSP48E2" { dsp += $2 }
    $1 == "RAMB18E2" { bram += $2 }
    $1 == "RAMB36E2" { bram += 2 * $2 }
    END { print lut + 0, ff + 0, dsp + 0, bram + 0 }'
}

synthesize() { # module parameter…
  local module=$1 sources=("$hw"/*.v) settings=()
  shift
  if [ "$module" = nn_rom ]; then
    rom "${1#*=}" "${2#*=}" >"$work/rom.v"
    sources=("$work/rom.v")
  else
    for parameter in "$@"; do settings+=(-chparam "${parameter%%=*}" "${parameter#*=}"); done
  fi
  yosys -q -p "read_verilog ${sources[*]}; hierarchy -top $module ${settings[*]-};
    synth_xilinx -family xcup -flatten -noiopad -noclkbuf; tee -q -o $work/stat stat"
  count <"$work/stat"
}

wanted() { # module, wanted modules
  local module=$1
  shift
  [ "$module" = nn_rom ] || [ -e "$hw/$module.v" ] || return 1
  [ $# -eq 0 ] || [[ " $* " = *" $module "* ]]
}

printf 'module\tparameters\tlut\tff\tdsp\tbram18\n' >"$work/table"
while read -r module parameters; do
  if wanted "$module" "$@"; then
    # shellcheck disable=SC2086
    printf '%s\t%s\t%s\n' "$module" "$parameters" "$(synthesize "$module" $parameters)"
  else
    grep -F "$module"$'\t'"$parameters"$'\t' "$table" || true
  fi
done < <(sweep) | tee -a "$work/table"
cp "$work/table" "$table"
echo "wrote $table"
