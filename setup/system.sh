# What pip cannot bring: shared libraries, a compiler, parts of Python.

# missing_packages: the Debian packages whose part is not on this machine, one a line.
missing_packages() {
  local libraries library package
  libraries=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p)
  while read -r library package; do
    [[ $libraries == *"$library "* ]] || echo "$package"
  done <<'LIST'
libusb-1.0.so.0 libusb-1.0-0
libGL.so.1 libgl1
libgomp.so.1 libgomp1
libEGL.so.1 libegl1
LIST
  command -v g++ >/dev/null || echo g++
  command -v make >/dev/null || echo make
  "$PYTHON" - <<'CHECK'
import importlib.util
import os
import sys
import sysconfig

name = "python3.%d" % sys.version_info[1]
if importlib.util.find_spec("ensurepip") is None:
    print(name + "-venv")
if not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")):
    print(name + "-dev")
CHECK
}

install_system_packages() {
  local packages command
  mapfile -t packages < <(missing_packages)
  [[ ${#packages[@]} -eq 0 ]] && return
  command="apt-get install -y --no-install-recommends ${packages[*]}"
  if ! command -v apt-get >/dev/null; then
    echo "This machine lacks what Debian calls ${packages[*]}: install them and run this again."
    return 1
  fi
  if [[ $EUID -eq 0 ]]; then
    apt-get update && DEBIAN_FRONTEND=noninteractive $command
  elif sudo -n true 2>/dev/null; then
    sudo -n apt-get update && sudo -n env DEBIAN_FRONTEND=noninteractive $command
  else
    echo "System packages are missing, and this user may not install them: run 'sudo $command' and then this again."
    return 1
  fi
}
