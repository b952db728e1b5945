# To be sourced by the install scripts: Debian's packages for the system, and Debian sid's packages in
# private. The caller sets `me` (its name, for messages), `work` (an empty folder of its own) and
# `system_packages`, uses bash with `set -euo pipefail`, and calls `remove_own_policy` when it ends.
# shellcheck shell=bash disable=SC2154

say() { printf '%s\n' "$me: $*"; }
fail() {
  printf '%s\n' "$me: $*" >&2
  exit 1
}

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail 'needs root (or sudo) to install packages'
  as_root=(sudo)
fi
command -v apt-get >/dev/null || fail 'needs Debian: there is no apt-get here'

own_policy=''
remove_own_policy() {
  if [ -n "$own_policy" ]; then "${as_root[@]}" rm -f "$own_policy"; fi
}

# The machine may have no service manager, and a second engine or Prometheus must not hold the ports.
forbid_services() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then return; fi
  printf '#!/bin/sh\nexit 101\n' >"$work/policy-rc.d"
  own_policy=$policy
  "${as_root[@]}" install -m 755 "$work/policy-rc.d" "$policy"
}

missing_packages() {
  local name
  for name in "${system_packages[@]}"; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || printf '%s\n' "$name"
  done
}

install_system_packages() {
  local missing
  mapfile -t missing < <(missing_packages)
  if [ "${#missing[@]}" -eq 0 ]; then return; fi
  say "installing ${missing[*]}"
  # A foreign source that does not answer must not stop us: the install below tells whether it mattered.
  "${as_root[@]}" apt-get -q update || say 'apt-get update reported errors, going on'
  forbid_services
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y install --no-install-recommends "${missing[@]}"
}

# Prints "URI FILE" of the system's own Debian main archive: the address, and the sources file naming it.
debian_source() {
  # shellcheck disable=SC2016 # the names in the format are apt's, not the shell's
  apt-get indextargets --format '$(REPO_URI) $(SOURCESENTRY) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    awk -v release="$1" '$3 == release && $4 == "main" && !seen++ { sub(/:[0-9]+$/, "", $2); print $1, $2 }'
}

# The keyring the sources file names, else Debian's own (old style sources name none).
keyring_of() {
  local named
  named=$(sed -n -E 's#^.*signed-by[=: ]+(/[^] ,]+).*$#\1#Ip' "$1" | head -n 1)
  if [ -n "$named" ]; then
    printf '%s' "$named"
  elif [ -e /usr/share/keyrings/debian-archive-keyring.gpg ]; then
    printf '%s' /usr/share/keyrings/debian-archive-keyring.gpg
  fi
}

private_apt() {
  local action=$1
  shift
  "apt-$action" -q \
    -o Dir::Etc::sourcelist="$work/sid.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" \
    -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User=root -o Debug::NoLocking=1 "$@"
}

prepare_sid() {
  if [ -e "$work/sid.list" ]; then return; fi
  local codename uri='' file keyring
  codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  read -r uri file < <(debian_source "$codename") || true
  [ -n "$uri" ] || fail "apt's sources name no 'main' of Debian '$codename': add one, then run this again"
  keyring=$(keyring_of "$file")
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  printf 'deb [target=Packages%s] %s sid main\n' "${keyring:+ signed-by=$keyring}" "$uri" >"$work/sid.list"
  say 'reading the package lists of Debian sid (privately)'
  private_apt get update
}
