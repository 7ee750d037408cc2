#!/usr/bin/env bash
# Accuracy against hardware: trains networks while the price of hardware grows, keeps the checkpoints
# on the front, compiles each, simulates a few frames, counts LUTs. What is done already is kept, so
# that an interrupted run goes on.
#
#   DATA=mnist:DIR bench/pareto.sh [OUT]   results in OUT/pareto.tsv (default out/pareto)
#   RACE=1 …                               also at prices of bit operations, to compare the two costs
#   EPOCHS=20 LUTS= NO_TABLES=1 …          shorter; without synthesis; without tables
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
nncc=${NNCC:-$here/.build/release/nncc}
data=${DATA:-}
[ -n "$data" ] || { echo 'set DATA=mnist:DIR to run this one'; exit 0; }
out=${1:-out/pareto}
luts=${LUTS-1}
mkdir -p "$out"

field() { sed -n "s/.*\"$2\": *\([0-9.e-]*\).*/\1/p" <<<"$1"; }

# train NAME RECIPE [--set …]: a model, unless it is there; the name tells its settings.
train() {
  local name=$1 recipe=$2
  shift 2
  [ -e "$out/$name.nnm" ] && return 0
  echo "training $name" >&2
  "$nncc" train "$recipe" --data "$data" "$@" ${EPOCHS:+--set "epochs=$EPOCHS"} \
    --run "$out/$name.run" --resume -o "$out/$name.part.nnm" --json >"$out/$name.json"
  mv "$out/$name.part.nnm" "$out/$name.nnm"
}

# measure NAME: compiled with every step checked, simulated, synthesized, one line of the table.
measure() {
  local name=$1 accuracy compiled total simulated lut=-
  [ -s "$out/$name.row" ] && return 0
  echo "measuring $name" >&2
  accuracy=$("$nncc" eval "$out/$name.nnm" --data "$data" --engine fixed --json)
  compiled=$("$nncc" compile "$out/$name.nnm" -o "$out/$name" --interface plain --verify-each --json)
  total=${compiled##*\"total\":}
  simulated=$("$nncc" sim "$out/$name" --frames 16 --json)
  [ "$(field "$simulated" mismatches)" = 0 ] || { echo "$name: $simulated" >&2; exit 1; }
  [ -z "$luts" ] || lut=$(field "$("$nncc" synth "$out/$name" --json)" lut)
  printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$(field "$accuracy" accuracy)" \
    "$(field "$total" adders)" "$(field "$total" adder_bits)" "$lut" >"$out/$name.row"
}

# ramp NAME RECIPE TYPE INITIAL FINAL [--set …]: one run whose price grows from INITIAL to FINAL; the
# checkpoints on its front of validation accuracy against cost are the models NAME-EPOCH.
ramp() {
  local name=$1 recipe=$2 type=$3 initial=$4 final=$5
  shift 5
  train "$name" "$recipe" --set "cost.type=$type" --set "cost.initial=$initial" \
    --set "cost.final=$final" --set schedule.final=0.2 --set keep=front --set hardware=false "$@"
  local model
  for model in "$out/$name".run/front/*/*.nnm; do
    cp "$model" "$out/$name-$(basename "$model")"
    models+=("$name-$(basename "$model" .nnm)")
  done
}

models=()
wide=(--set layers.fc1.units=64 --set layers.fc2.units=32)
varied='stages.widths.augmentation={"horizontal_shift": 1, "vertical_shift": 1, "rotation": 8}'
ramp adders mnist-hgq adders 2e-7 2e-5 "${wide[@]}"
ramp accurate mnist-hgq adders 2e-8 4e-6 "${wide[@]}" --set "$varied"
[ -n "${NO_TABLES:-}" ] || ramp tables mnist-table adders 1e-6 2e-5
[ -z "${RACE:-}" ] || ramp ebops mnist-hgq ebops 6e-7 6e-5 "${wide[@]}"
for name in "${models[@]}"; do measure "$name"; done

{
  printf 'model\taccuracy\tadders\tadder_bits\tluts\n'
  for name in "${models[@]}"; do cat "$out/$name.row"; done | sort -t"$(printf '\t')" -k4,4nr
} | tee "$out/pareto.tsv"
