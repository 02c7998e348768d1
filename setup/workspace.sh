# The colcon workspace of this clone.

# needed_underlay: the packages of underlay/ that the ROS 2 in use does not have, one a line.
needed_underlay() {
  local folder prefix found
  for folder in "$ROOT"/underlay/*/; do
    found=
    while IFS= read -r -d : prefix; do
      [[ -d $prefix/share/$(basename "$folder") ]] && found=yes
    done <<<"$AMENT_PREFIX_PATH:"
    [[ -n $found ]] || echo "${folder%/}"
  done
}

# What needs a new build. Python code and the contents of installed files do not: they are linked.
interfaces_key() {
  (
    cd "$ROOT"
    needed_underlay
    find remogen_msgs underlay -type f -not -path '*/__pycache__/*' -print0 | sort -z | xargs -0 sha256sum
  ) | contents
}

package_key() {
  (
    cd "$ROOT"
    sha256sum package.xml setup.py setup.cfg setup/workspace.sh
    for folder in launch config models rviz bags; do
      [[ ! -d $folder ]] || find "$folder" -type f -not -path '*/__pycache__/*' | sort
    done
  ) | contents
}

# colcon_build FOLDER...: build the packages in these folders.
colcon_build() {
  (
    cd "$ROOT" &&
      python -m colcon build --symlink-install --base-paths "$@" \
        --cmake-args -DPython3_EXECUTABLE="$VENV/bin/python" -DBUILD_TESTING=OFF
  )
}

build_interfaces() {
  local underlay
  mapfile -t underlay < <(needed_underlay)
  # What an interrupted or a differently configured build left may stand in the way.
  colcon_build remogen_msgs "${underlay[@]}" ||
    { rm -rf "$ROOT/build" "$ROOT/install" && colcon_build remogen_msgs "${underlay[@]}"; }
}

build_package() { colcon_build .; }

# enter_workspace: what `source install/local_setup.bash` does, in this shell.
enter_workspace() {
  set +u
  source "$ROOT/install/local_setup.bash"
  set -u
}

# stay_on_this_machine: keep discovery local, unless the user has decided otherwise.
stay_on_this_machine() {
  export ROS_DOMAIN_ID="${ROS_DOMAIN_ID:-0}"
  export ROS_AUTOMATIC_DISCOVERY_RANGE="${ROS_AUTOMATIC_DISCOVERY_RANGE:-LOCALHOST}"
  # Humble does not know the discovery range yet.
  [[ $DISTRIBUTION != humble ]] || export ROS_LOCALHOST_ONLY="${ROS_LOCALHOST_ONLY:-1}"
}
