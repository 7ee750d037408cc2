#!/usr/bin/env bash
# Real models in every format: which import, and whether they compute the outputs recorded with them.
#
#   bench/import.sh MODELS [FILTER]    MODELS: a folder with models.json; FILTER: part of a group or name
#
# Without MODELS the folder in NNCC_MODELS is taken. Exits 1 when a model does not do what models.json
# expects of it.
set -euo pipefail
cd "$(dirname "$0")/.."
models=${1:-${NNCC_MODELS:-}}
[ -n "$models" ] || { echo "import: no folder of models (NNCC_MODELS); skipped"; exit 0; }
bench=${NNCC_BENCH:-.build/release/nncc-bench}
[ -n "${NNCC_BENCH:-}" ] || swift build -c release --product nncc-bench ${SWIFTFLAGS:-} >&2
"$bench" import "$models" "${2:-}"
