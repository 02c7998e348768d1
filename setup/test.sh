# ./remogen test: lint, format, types, import contracts, then the tests.

# check "name" COMMAND...: run it, say how it went, remember a failure in FAILED.
check() {
  local name=$1 started=$SECONDS output
  shift
  if output=$("$@" 2>&1); then
    printf '%-18s ok      %3d s\n' "$name" $((SECONDS - started))
  else
    printf '%-18s FAILED  %3d s\n%s\n' "$name" $((SECONDS - started)) "$output"
    FAILED+=("$name")
  fi
}

# run_tests [pytest arguments]: with arguments, only pytest. Its closing line comes last.
run_tests() {
  local status=0
  FAILED=()
  cd "$ROOT"
  if [[ $# -eq 0 ]]; then
    check 'lint' ruff check .
    check 'format' ruff format --check .
    check 'types' mypy
    check 'import contracts' lint-imports
    [[ ${#FAILED[@]} -eq 0 ]] || printf 'FAILED: %s\n' "$(IFS=, && echo "${FAILED[*]}")"
  fi
  # Two processes, each with whole files: nodes wait for one another more than they compute.
  [[ $# -gt 0 ]] || set -- -n 2 --dist loadfile
  python -m pytest "$@" || status=$?
  [[ $status -ne 0 || ${#FAILED[@]} -eq 0 ]] || status=1
  return "$status"
}
