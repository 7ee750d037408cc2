#!/usr/bin/env bash
# Accuracy against hardware: trains models at growing prices of hardware, compiles each, simulates a
# few frames, counts LUTs. What is done already is kept, so that an interrupted run goes on.
#
#   DATA=mnist:DIR bench/pareto.sh [OUT]   results in OUT/pareto.tsv (default out/pareto)
#   RACE=1 …                               also at prices of bit operations, to compare the two costs
#   RAMP=1 …                               also one run whose price grows, with its front of checkpoints
#   EPOCHS=20 LUTS= …                      shorter; without synthesis
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

price() { echo --set "cost.type=$1" --set "cost.initial=$2" --set "cost.final=$2"; }

models=()
for beta in 5e-7 1e-6 2e-6 4e-6 8e-6 1.6e-5 3e-5; do
  train "hgq-$beta" mnist-hgq $(price adders $beta)
  models+=("hgq-$beta")
done
train wide-5e-7 mnist-hgq $(price adders 5e-7) --set layers.fc1.units=64 --set layers.fc2.units=32
models+=(wide-5e-7)
for beta in 3e-6 1e-5; do
  train "table-$beta" mnist-table $(price adders $beta)
  models+=("table-$beta")
done
if [ -n "${RACE:-}" ]; then
  for beta in 2e-6 6e-6 1.2e-5 2.4e-5; do
    train "ebops-$beta" mnist-hgq $(price ebops $beta)
    models+=("ebops-$beta")
  done
fi
if [ -n "${RAMP:-}" ]; then
  train ramp mnist-hgq --set cost.initial=5e-7 --set cost.final=3e-5 --set schedule.final=0.2 \
    --set keep=front
  for model in "$out"/ramp.run/front/*/*.nnm; do
    name=ramp-$(basename "$model" .nnm)
    cp "$model" "$out/$name.nnm"
    models+=("$name")
  done
fi
for name in "${models[@]}"; do measure "$name"; done

{
  printf 'model\taccuracy\tadders\tadder_bits\tluts\n'
  for name in "${models[@]}"; do cat "$out/$name.row"; done | sort -t"$(printf '\t')" -k4,4nr
} | tee "$out/pareto.tsv"
