#!/usr/bin/env bash
# Plans of streaming designs: what is planned, what the design does, what Yosys counts, and how busy the
# multipliers are. Models are trained with the recipes; which file is which is said by argument.
#
#   bench/streaming.sh fc-64-32=FILE cnn-student=FILE svhn-cnn=FILE   compares with the targets; exits 1 where one
#                                                                    is missed
#   SYNTH=1 bench/streaming.sh …        also synthesizes (minutes each), else the counts are `-`
#   bench/streaming.sh --update …       writes the rows of these models anew, the rows of others stay
set -euo pipefail
cd "$(dirname "$0")/.."
nncc=${NNCC:-.build/release/nncc}
table=bench/streaming.tsv
update=
[ "${1:-}" != --update ] || { update=1; shift; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Name, options of nncc compile, targets: interval, multipliers, DSPs, LUTs (as Yosys counts), percent busy.
cases() {
  cat <<'END'
fc-64-32|--interval 260 --budget dsp=231|260 231 231 - 95
cnn-student|--interval 800|800 - 105 20000 95
svhn-cnn|--interval 1030|1030 - 200 45000 95
END
}

printf 'model\toptions\tinterval\tplanned\tmultipliers\tbusy\tlut_planned\tlut\tff_planned\tff\tdsp_planned\tdsp\tbram_planned\tbram\n' >"$work/rows"
bad=0
while IFS='|' read -r name options targets; do
  model=
  for argument in "$@"; do [ "${argument%%=*}" != "$name" ] || model=${argument#*=}; done
  if [ -z "$model" ]; then
    [ ! -e "$table" ] || grep "^$name"$'\t' "$table" >>"$work/rows" || true
    continue
  fi
  # shellcheck disable=SC2086
  "$nncc" compile "$model" $options -o "$work/$name" --vectors 3 >"$work/plan"
  # Interval of the design; of the plan; multipliers; percent of useful cycles where most of them are; and
  # LUT, FF, DSP, BRAM as planned.
  read -r interval planned multipliers busy luts ffs dsps brams < <(awk '
    $1 == "layer" && $2 == "style" { for (i = 1; i <= NF; i++) place[$i] = i }
    $2 == "folded" || $2 == "sparse" {
      multipliers += $3 * $4
      if ($3 * $4 > most) { most = $3 * $4; busy = $6 }
    }
    $1 == "total" && !planned {
      planned = $2
      for (kind in place) if (kind ~ /^(LUT|FF|DSP|BRAM)$/) total[kind] = $(place[kind] - 4)
    }
    /a frame every/ { interval = $5 }
    END { print interval, planned, multipliers + 0, busy == "" ? "-" : busy,
            total["LUT"] + 0, total["FF"] + 0, total["DSP"] + 0, total["BRAM"] + 0 }' "$work/plan")
  lut=- ff=- dsp=- bram=-
  if [ -n "${SYNTH:-}" ]; then
    json=$("$nncc" synth "$work/$name" --json)
    count() { sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p" <<<"$json"; }
    lut=$(count lut) ff=$(count ff) dsp=$(count dsp) bram=$(count bram)
  fi
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$options" "$interval" "$planned" \
    "$multipliers" "$busy" "$luts" "$lut" "$ffs" "$ff" "$dsps" "$dsp" "$brams" "$bram" >>"$work/rows"
  read -r most_cycles most_multipliers most_dsps most_luts least_busy <<<"$targets"
  check() { # what, figure, relation, target
    [ "$2" = - ] || [ "$4" = - ] || awk "BEGIN { exit !($2 $3 $4) }" || {
      echo "missed: $name $1 $2, wanted $3 $4" >&2
      bad=1
    }
  }
  check interval "$interval" "<=" "$most_cycles"
  check "planned interval" "$planned" "==" "$interval"
  check multipliers "$multipliers" "<=" "$most_multipliers"
  check DSP "$dsp" "<=" "$most_dsps"
  check LUT "$lut" "<" "$most_luts"
  check busy "$busy" ">=" "$least_busy"
done < <(cases)
cat "$work/rows"
if [ -n "$update" ]; then
  cp "$work/rows" "$table"
  echo "wrote $table"
fi
exit $bad
