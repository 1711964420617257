#!/bin/sh
# Is everything there that the class needs? From the top folder of the workspace:
#     sh step1_plain/check.sh
# It changes nothing, and says what to do about what is missing. On Windows, run it in Git Bash or in WSL.
set -u
missing=0
port=${PORT:-8000}

ok() { printf 'ok       %s\n' "$*"; }
must() {
    printf 'MISSING  %s\n         -> %s\n' "$1" "$2"
    missing=$((missing + 1))
}
may() { printf 'without  %s\n         -> %s\n' "$1" "$2"; }
note() { printf 'note     %s\n         -> %s\n' "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }

# How this system installs what is missing, and what it calls it.
ab=apache2-utils redis=redis-server nginx=nginx-light go=golang-go
case $(uname -s) in
Darwin)
    install='brew install' linker='xcode-select --install'
    ab=httpd redis=redis nginx=nginx go=go browser='the system'
    ;;
MINGW* | MSYS* | CYGWIN*)
    install='in WSL: sudo apt install' browser='the system'
    linker='the Visual Studio Build Tools with "Desktop development with C++"; see https://rustup.rs'
    ;;
*)
    install='sudo apt install' browser=
    if has dnf; then install='sudo dnf install' ab=httpd-tools redis=redis nginx=nginx go=golang; fi
    if has pacman; then install='sudo pacman -S' ab=apache redis=redis nginx=nginx go=go; fi
    linker="$install gcc"
    ;;
esac

[ -f Cargo.toml ] && [ -d step1_plain ] || {
    must 'the workspace' 'cd to the folder with Cargo.toml and step1_plain in it, and run this again'
    exit 1
}

# Rust, new enough, and able to link.
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
version=$(rustc --version 2>/dev/null | sed 's/rustc \([0-9.]*\).*/\1/')
if has cargo && [ -n "$version" ]; then
    older=$(printf '%s\n%s\n' "$wanted" "$version" | sort -t . -k 1,1n -k 2,2n -k 3,3n | head -n 1)
    if [ "$older" = "$wanted" ]; then
        ok "Rust $version"
    else
        must "Rust $wanted or newer (this is $version)" 'rustup update stable'
    fi
    scratch=$(mktemp -d)
    if echo 'fn main() {}' | rustc --crate-name check -o "$scratch/check" - 2>"$scratch/error"; then
        ok 'a linker'
    else
        must "a linker: $(head -n 1 "$scratch/error")" "$linker"
    fi
    rm -rf "$scratch"
    if cargo fetch --locked --offline >/dev/null 2>&1; then
        ok 'all crates are on this machine'
    else
        may 'crates: some have yet to be loaded' 'while there is a network: cargo fetch --locked'
    fi
else
    must 'Rust' 'https://rustup.rs, then open a new terminal; if rustup is there: rustup default stable'
fi

# Where the server is to listen.
if ! has curl; then
    must 'curl' "$install curl"
else
    # (Without a proxy, which would respond for every address.)
    health=$(curl -s -i --max-time 2 --noproxy '*' "http://127.0.0.1:$port/healthz")
    # 7: no program accepts the connection.
    if [ $? -eq 7 ]; then
        ok "port $port is free"
    else
        case $health in
        # The headers that each of our servers sends.
        *x-process-time:*server-timing:\ total\;dur=*)
            note "port $port: one of our own servers is running there" \
                "stop it with Ctrl-C in its terminal, before you start another one"
            ;;
        *)
            must "port $port: another program listens there" \
                "end that program, or start ours with -- --bind 127.0.0.1:8001 and write 8001 for 8000"
            ;;
        esac
    fi
fi

# Room for what is built: programs, tests and benches of all five steps.
folder=${CARGO_TARGET_DIR:-.}
[ -d "$folder" ] || folder=.
free=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024 / 1024) }')
if [ "$free" -ge 6 ]; then
    ok "$free GiB of disk"
else
    must "6 GiB of free disk (there are $free)" 'delete something, or set CARGO_TARGET_DIR to a folder on another disk'
fi

cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo "${NUMBER_OF_PROCESSORS:-1}")
if [ "$cores" -gt 1 ]; then
    ok "$cores cores"
else
    may 'a second core' 'step 4 will show that more workers are no faster here: look at the recorded figures'
fi

# What makes more of it, and can be done without.
optional() { # program, package, what for
    if has "$1"; then ok "$1"; else may "$1: $3" "$install $2"; fi
}
optional hey hey 'load, in the guides; ab will do'
optional ab "$ab" 'load, in the guides; hey will do, and the page with the labs needs neither'
optional redis-server "$redis" 'a cache for all workers, in step 4'
optional nginx "$nginx" 'a cache in front, in step 3'
optional go "$go" "Go's tool for profiles, in step 5"
for name in firefox chromium chromium-browser google-chrome microsoft-edge; do
    if has "$name"; then browser=$name; fi
done
if [ -n "$browser" ]; then
    ok "a browser: $browser"
else
    may 'a browser: the labs' 'any recent one will do'
fi

if [ "$missing" -eq 0 ]; then
    echo 'ready: cargo run -p step1_plain'
else
    echo "not ready: $missing missing; do what is said above, and run this again"
    exit 1
fi
