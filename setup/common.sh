# Words, steps and stamps. Sourced by ../remogen, which sets ROOT.

VENV="$ROOT/.venv"
LOGS="$ROOT/log/setup"

say() { printf 'remogen: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

# contents [FILE...]: what the files, or the input, hold, as one word.
contents() { cat -- "$@" | sha256sum | cut -d ' ' -f 1; }

# stamped STAMP KEY: whether the step of this stamp was done with this key.
stamped() { [[ -f $1 && $(<"$1") == "$2" ]]; }

# step NUMBER NAME "what happens" STAMP KEY COMMAND...
# Runs COMMAND unless STAMP holds KEY, and writes the stamp only when it succeeds: what was
# interrupted is done again. COMMAND's output goes to log/setup/NAME.log.
step() {
  local number=$1 name=$2 what=$3 stamp=$4 key=$5 log="$LOGS/$2.log" started=$SECONDS
  shift 5
  stamped "$stamp" "$key" && return
  rm -f "$stamp"
  printf '[%s] %s ... ' "$number" "$what" >&2
  if ! ("$@") >"$log" 2>&1 </dev/null; then
    printf 'failed\n' >&2
    tail -n 20 "$log" >&2
    die "$what failed; the whole log is log/setup/$name.log. Run the command again to go on from here."
  fi
  mkdir -p "$(dirname "$stamp")"
  printf '%s' "$key" >"$stamp"
  printf '%d s\n' $((SECONDS - started)) >&2
}

# locked COMMAND...: run it while no other ./remogen of this clone is setting up.
locked() {
  mkdir -p "$LOGS"
  exec 9>"$LOGS/lock"
  flock -n 9 || {
    say "another set-up is running in this clone; waiting for it."
    flock 9
  }
  "$@"
  exec 9>&-
}
