#!/bin/sh
# Measures all recorded figures again, on this machine: step5_profiling/plots/redo.sh
# It takes about 25 minutes. Leave the machine alone in that time.
set -eu
cd "$(dirname "$0")/../.."
plots=step5_profiling/plots
for tool in ab curl hey nginx redis-server go; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing: sh step1_plain/check.sh says how to get it" >&2
        exit 1
    }
done

cpu=$(sed -n 's/^model name.*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
printf '%s cores of %s, %s %s, %s, on %s\n' "$(getconf _NPROCESSORS_ONLN)" "${cpu:-$(uname -m)}" \
    "$(uname -s)" "$(uname -r)" "$(rustc --version)" "$(date +%F)" > "$plots/machine.txt"

# The picture of the chapter, and the tables in the guides.
cargo build --release --workspace --bins
cargo run --release -p step5_profiling --example figures

# What the guides' commands print.
RECORD=1 cargo test -p step5_profiling --test documents -- --ignored

# criterion's plots, with a white background for readers whose screen is dark.
cargo bench -p step5_profiling --bench steps
cargo bench -p step5_profiling --bench sieve
keep() {
    sed 's|<svg [^>]*>|&<rect width="100%" height="100%" fill="white"/>|' "$1" > "$plots/$2.svg"
}
for group in miss hit stampede tcp_hit count_primes_by_algorithm; do
    keep "target/criterion/$group/report/lines.svg" "$group"
done
keep target/criterion/tcp_hit/report/violin.svg tcp_hit_violin
# The guide shows this plot in both languages.
sed -e 's|^count_primes_by_algorithm: Comparison$|나눗셈과 에라토스테네스의 체로 n까지의 소수 세기|' \
    -e 's|^Average time (\(.*\))$|평균 시간(\1)|' -e 's|^Input$|n|' -e 's|^sieve$|체|' -e 's|^trial$|나눗셈|' \
    "$plots/count_primes_by_algorithm.svg" > "$plots/count_primes_by_algorithm.ko.svg"
cargo bench -p step5_profiling --bench steps -- --profile-time 5 '^hit/step3_ttl_cache/64$'
cp target/criterion/hit/step3_ttl_cache/64/profile/flamegraph.svg "$plots/hit_flamegraph.svg"
