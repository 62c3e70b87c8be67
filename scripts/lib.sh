# Shared by scripts/start and scripts/test. Expects to stand in the project's folder.

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

check_node() {
  command -v node >/dev/null 2>&1 || fail 'Node is missing: install Node 20.19 or newer from https://nodejs.org.'
  node -e 'var v = process.versions.node.split("."); process.exit(v[0] > 20 || (v[0] == 20 && v[1] >= 19) ? 0 : 1)' ||
    fail "Zaguán needs Node 20.19 or newer, and this is Node $(node -p process.versions.node)."
}

# Installs Debian's packages where that can be done without asking for a password.
apt_install() {
  local as_root=''
  [ "$(id -u)" -eq 0 ] || as_root='sudo -n'
  { command -v apt-get && $as_root apt-get update -q && $as_root apt-get install -y -q --no-install-recommends "$@"; } >&2
}

# The database driver and the WhatsApp library have native parts, which are compiled where no ready one fits. Where one does,
# nothing of this is needed, so what cannot be installed is said and npm has the last word.
install_compiler() {
  local missing=()
  command -v make >/dev/null 2>&1 || missing+=(make)
  command -v python3 >/dev/null 2>&1 || missing+=(python3)
  command -v c++ >/dev/null 2>&1 || command -v g++ >/dev/null 2>&1 || command -v clang++ >/dev/null 2>&1 || missing+=(g++)
  [ ${#missing[@]} -eq 0 ] && return
  echo "Installing ${missing[*]}, which compile the native parts …" >&2
  apt_install "${missing[@]}" ||
    echo "Not installed: ${missing[*]}. If npm fails now, install them, on Debian and Raspberry Pi OS with \"sudo apt install ${missing[*]}\"." >&2
}

# npm writes node_modules/.package-lock.json as its last step, so an interrupted installation is done again.
install_packages() {
  local stamp=node_modules/.package-lock.json
  if [ -e "$stamp" ] && [ ! "$stamp" -ot package-lock.json ]; then return; fi
  install_compiler
  echo 'Installing packages …' >&2
  # Native parts are compiled on all cores.
  JOBS=max npm ci --no-audit --no-fund >&2 || fail 'The packages could not be installed; npm says why above.'
}

# The compiler writes files also when it finds faults, so only a build that went well leaves its mark.
build() {
  npm run --silent build && touch dist/.built
}

build_is_current() {
  [ -e dist/.built ] || return 1
  [ -z "$(find src package.json tsconfig.json tsconfig.build.json tsconfig.client.json scripts/bundle.mjs -newer dist/.built -print -quit)" ]
}

# The commands that the documents print are run as they are printed.
install_curl() {
  command -v curl >/dev/null 2>&1 && return
  echo 'Installing curl …' >&2
  apt_install curl ||
    echo 'curl is missing, and its tests will fail: install it, on Debian with "sudo apt install curl".' >&2
}

# The page at /api is tested in a real browser, Debian's Chromium; another one can be named in CHROMIUM. All other tests
# run without it.
install_browser() {
  local name
  for name in "${CHROMIUM:-chromium}" chromium-browser google-chrome; do
    if CHROMIUM=$(command -v "$name"); then
      export CHROMIUM
      return
    fi
  done
  echo 'Installing Chromium …' >&2
  if ! apt_install chromium; then
    echo 'A browser is missing, and its tests will fail: install one, on Debian with "sudo apt install chromium", or name one in CHROMIUM.' >&2
    return
  fi
  CHROMIUM=$(command -v chromium)
  export CHROMIUM
}
