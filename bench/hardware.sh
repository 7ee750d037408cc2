#!/usr/bin/env bash
# What hardware costs: adders, register bits and latency of known models, compared with bench/hardware.tsv.
#
#   bench/hardware.sh            compares; exits 1 when a figure got worse
#   bench/hardware.sh --update   writes the baseline anew
#   LUTS=1 bench/hardware.sh     also synthesizes with Yosys (minutes) and prints LUTs and flip-flops
set -euo pipefail
cd "$(dirname "$0")/.."
nncc=${NNCC:-.build/release/nncc}
baseline=bench/hardware.tsv
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

field() { sed -n "s/.*\"$2\":\([0-9.]*\).*/\1/p" <<<"$1"; }

printf 'model\tadders\tadder_bits\tregister_bits\tlatency\n' >"$work/now.tsv"
for model in examples/*.nnm; do
  name=$(basename "$model" .nnm)
  json=$("$nncc" compile "$model" -o "$work/$name" --json)
  total=${json##*\"total\":}
  printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$(field "$total" adders)" "$(field "$total" adder_bits)" \
    "$(field "$total" register_bits)" "$(sed 's/.*"report":{"name":"[^"]*","latency_cycles":\([0-9]*\).*/\1/' <<<"$json")" \
    >>"$work/now.tsv"
  [ -z "${LUTS:-}" ] || echo "$name: $("$nncc" synth "$work/$name" --json)"
done
cat "$work/now.tsv"

if [ "${1:-}" = --update ]; then
  cp "$work/now.tsv" "$baseline"
  echo "wrote $baseline"
  exit
fi
awk -F'\t' -v OFS='\t' '
  NR == FNR { for (i = 2; i <= NF; i++) old[$1, i] = $i; next }
  FNR == 1 { for (i = 1; i <= NF; i++) title[i] = $i; next }
  { for (i = 2; i <= NF; i++) if (old[$1, i] != "" && $i > old[$1, i]) {
      print "worse: " $1 " " title[i] " " old[$1, i] " -> " $i; bad = 1 } }
  END { exit bad }' "$baseline" "$work/now.tsv" && echo "no figure is worse than $baseline"
