# Which ROS 2, which Python, and the packages in .venv.

REQUIREMENTS="$ROOT/requirements"
STAMPS="$VENV/.setup"

# forget_workspace: take this clone out of the search paths, so that set-up is the same inside
# ./remogen shell and outside of it.
forget_workspace() {
  local name entry kept
  for name in AMENT_PREFIX_PATH CMAKE_PREFIX_PATH COLCON_PREFIX_PATH LD_LIBRARY_PATH PATH PYTHONPATH; do
    [[ -n ${!name:-} ]] || continue
    kept=
    while IFS= read -r -d : entry; do
      [[ $entry == "$ROOT"/* ]] || kept+="${kept:+:}$entry"
    done <<<"${!name}:"
    if [[ -n $kept ]]; then export "$name=$kept"; else unset "$name"; fi
  done
}

# sourced_distribution: the name of the ROS 2 distribution that is sourced; nothing if none is.
sourced_distribution() {
  local prefix
  [[ -n ${ROS_DISTRO:-} ]] || return 0
  while IFS= read -r -d : prefix; do
    if [[ -d $prefix/share/rclpy ]]; then
      printf '%s' "$ROS_DISTRO"
      return
    fi
  done <<<"${AMENT_PREFIX_PATH:-}:"
}

# find_python: sets PYTHON to the first one that this package, and the ROS 2 in use, can run on.
find_python() {
  local candidate check newest=13
  check='import sys, venv; assert (3, 10) <= sys.version_info[:2] <= (3, NEWEST)'
  if [[ -n $DISTRIBUTION ]]; then
    newest=14
    check+='; import rclpy'
  fi
  for candidate in ${REMOGEN_PYTHON:-python3 python3.12 python3.11 python3.13 python3.10}; do
    if "$candidate" -c "${check/NEWEST/$newest}" >/dev/null 2>&1; then
      PYTHON=$candidate
      return
    fi
  done
  if [[ -n $DISTRIBUTION ]]; then
    die "ROS 2 $DISTRIBUTION is sourced, but no Python here can import its rclpy: leave conda or other environments, or set REMOGEN_PYTHON."
  fi
  die "no Python 3.10 to 3.13 was found: install one, or set REMOGEN_PYTHON to it."
}

create_venv() {
  local options=(--clear)
  [[ -n $DISTRIBUTION ]] && options+=(--system-site-packages)
  # What was built with another Python cannot be used with this one.
  rm -rf "$ROOT/build" "$ROOT/install"
  "$PYTHON" -m venv "${options[@]}" "$VENV" && touch "$VENV/COLCON_IGNORE"
}

# Byte code is left to the first import: most of what is installed is never imported.
pip_install() {
  "$VENV/bin/python" -m pip install --no-input --disable-pip-version-check --progress-bar off \
    --no-compile "$@"
}

# mend_packages: forget what an interrupted pip left half installed, so that it is installed again.
mend_packages() {
  local info site
  for site in "$VENV"/lib/python3.*/site-packages; do
    rm -rf "$site"/~*
    for info in "$site"/*.dist-info; do
      # pip writes INSTALLER when all else is in place.
      [[ -e $info/INSTALLER ]] || rm -rf "$info"
    done
  done
}

install_torch() {
  # A distribution's machine may have a PyTorch of its own, for its own GPU: keep it.
  if [[ -n $DISTRIBUTION ]] && "$VENV/bin/python" -c 'import torch' 2>/dev/null; then return; fi
  mend_packages &&
    pip_install ${REMOGEN_TORCH_INDEX:+--extra-index-url "$REMOGEN_TORCH_INDEX"} \
      -r "$REQUIREMENTS/torch.txt"
}

install_packages() {
  local lists=(-r "$REQUIREMENTS/runtime.txt" -r "$REQUIREMENTS/build.txt")
  if [[ -n $DISTRIBUTION ]]; then
    # Its messages are compiled against its NumPy.
    "$VENV/bin/python" -c 'import numpy; print(f"numpy=={numpy.__version__}")' >"$STAMPS/numpy.txt" ||
      return
    lists+=(-c "$STAMPS/numpy.txt")
  else
    lists+=(-r "$REQUIREMENTS/ros-wheels.txt")
  fi
  mend_packages && pip_install "${lists[@]}" &&
    pip_install --no-deps -r "$REQUIREMENTS/no-deps.txt" || return
  [[ -n $DISTRIBUTION ]] || "$VENV/bin/python" "$ROOT/setup/patch_wheels.py"
}

# wants_training COMMAND [arguments]: whether that needs it; the bench of latency draws as training does.
wants_training() { [[ $1 == train || $1 == test || "$1 ${2:-}" == "bench latency" ]]; }

install_training() { mend_packages && pip_install -r "$REQUIREMENTS/training.txt"; }

# wants_robots COMMAND [arguments]: whether a robot is asked for, or was before.
wants_robots() {
  [[ $1 == test || "$1 ${2:-}" =~ ^(build robots|bench robot)$ || -e $STAMPS/robots ]] && return
  [[ "$*" =~ embodiment(:=|=| )([^ ]+) && ${BASH_REMATCH[2]} != avatar ]]
}

install_robots() {
  mend_packages && pip_install -r "$REQUIREMENTS/robots.txt" &&
    pip_install --no-deps --ignore-requires-python -r "$REQUIREMENTS/robot-models.txt"
}

install_test_tools() { mend_packages && pip_install -r "$REQUIREMENTS/test.txt"; }

# enter_venv: the environment in which the workspace is built and everything runs.
enter_venv() {
  local libs
  export VIRTUAL_ENV="$VENV" PATH="$VENV/bin:$PATH"
  unset PYTHONHOME
  [[ -n $DISTRIBUTION ]] && return
  # The wheels would start Python a second time to set their library path; it is set here.
  libs=("$VENV"/lib/python3.*/site-packages/ros_*.libs)
  export LD_LIBRARY_PATH="$VENV/lib:$(IFS=: && echo "${libs[*]}")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1
  export AMENT_PREFIX_PATH="$VENV"
  export RMW_IMPLEMENTATION=rmw_fastrtps_cpp
}
