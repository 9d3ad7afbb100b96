# shellcheck shell=bash
# Finds the .NET SDK that global.json asks for, and installs it into ./.dotnet where there is none. Sourced by ./build,
# ./serve, ./test and .ci/run, with ANCHORAGE_ROOT set. Everything said here goes to stderr: stdout is the caller's.

say() { printf '%s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# The signing key of Microsoft's installer script ("Microsoft DevUXTeamPrague"), by its full fingerprint.
readonly INSTALLER_KEY=2B930AB1228D11D5D7F6B6ACB9CF1A51FC7D3ACF

# Telemetry off, no first-run banner; the SDK itself works without libicu, and so without one more system package.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 TESTINGPLATFORM_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

wanted_sdk() { sed -n 's/.*"version": *"\([0-9][^"]*\)".*/\1/p' "$ANCHORAGE_ROOT/global.json" | head -n 1; }

# dotnet itself reads global.json in the folder it runs in, and fails where no installed SDK satisfies it.
satisfies() { [ -x "$1" ] && (cd "$ANCHORAGE_ROOT" && "$1" --version) >/dev/null 2>&1; }

find_sdk() {
    local candidate
    for candidate in "$(command -v dotnet || true)" "$ANCHORAGE_ROOT/.dotnet/dotnet" "${DOTNET_ROOT:-/nonexistent}/dotnet" \
        /usr/share/dotnet/dotnet /usr/lib/dotnet/dotnet "${HOME:-/nonexistent}/.dotnet/dotnet"; do
        if [ -n "$candidate" ] && satisfies "$candidate"; then
            readlink -f "$candidate"
            return 0
        fi
    done
    return 1
}

download() { # URL FILE
    if command -v curl >/dev/null; then
        curl --proto '=https' --tlsv1.2 -fsSL --retry 3 --connect-timeout 20 -o "$2" "$1"
    elif command -v wget >/dev/null; then
        wget --https-only -q --tries=3 -O "$2" "$1"
    else
        say "Neither curl nor wget is installed."
        return 1
    fi
}

# Downloaded over verified HTTPS; where gpg is installed, the script's signature is checked against the known key too.
fetch_installer() { # DIR
    local base=https://dot.net/v1/dotnet-install
    download $base.sh "$1/dotnet-install.sh" || return 1
    if ! command -v gpg >/dev/null; then
        say "gpg is not installed: the installer script rests on the HTTPS download alone."
        return 0
    fi
    download $base.sig "$1/dotnet-install.sig" && download $base.asc "$1/dotnet-install.asc" || return 1
    mkdir -m 700 "$1/keys"
    gpg --homedir "$1/keys" --batch --quiet --import "$1/dotnet-install.asc" 2>/dev/null
    if ! gpg --homedir "$1/keys" --batch --status-fd 1 --verify "$1/dotnet-install.sig" "$1/dotnet-install.sh" 2>/dev/null \
        | grep -q "^\[GNUPG:\] VALIDSIG .*$INSTALLER_KEY"; then
        die "The signature of Microsoft's installer script is not by the key $INSTALLER_KEY: not running it."
    fi
}

install_sdk() {
    local version work
    version=$(wanted_sdk)
    say "The .NET SDK $version is not installed: installing it into .dotnet (about 230 MB to download)"
    work=$(mktemp -d)
    if ! fetch_installer "$work" || ! bash "$work/dotnet-install.sh" --version "$version" --install-dir "$ANCHORAGE_ROOT/.dotnet" --no-path >&2; then
        rm -rf "$work"
        say ""
        say "The .NET SDK $version could not be downloaded. Without network to dot.net and builds.dotnet.microsoft.com, either"
        say "  - install it from your distribution or mirror so that 'dotnet --version' in this folder prints $version; or"
        say "  - on a machine with network, download dotnet-sdk-$version-linux-$(machine_architecture).tar.gz and its SHA-512 from"
        say "    https://dotnet.microsoft.com/download/dotnet/${version%.*}, compare the checksum, and unpack it here:"
        say "    mkdir -p .dotnet && tar -xzf dotnet-sdk-*.tar.gz -C .dotnet"
        exit 1
    fi
    rm -rf "$work"
}

machine_architecture() {
    case $(uname -m) in
        x86_64 | amd64) echo x64 ;;
        aarch64 | arm64) echo arm64 ;;
        *) die "Anchorage is built for x64 and arm64; this machine is $(uname -m)." ;;
    esac
}

# Afterwards `dotnet` is the right one, and programs built by it find its runtime.
use_sdk() {
    local dotnet
    dotnet=$(find_sdk) || { install_sdk; dotnet=$(find_sdk) || die "The SDK in .dotnet does not run; 'ldd .dotnet/dotnet' tells a missing library."; }
    DOTNET_ROOT=$(dirname "$dotnet")
    export DOTNET_ROOT PATH="$DOTNET_ROOT:$PATH"
}
