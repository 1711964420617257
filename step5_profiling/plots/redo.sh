#!/bin/sh
# Measures anew, and puts the plots of the reports here: step5_profiling/plots/redo.sh
# It takes about eight minutes, in which the machine should have nothing else to do.
set -eu
cd "$(dirname "$0")/../.."
plots=step5_profiling/plots
cargo bench -p step5_profiling --bench steps
cargo bench -p step5_profiling --bench sieve
# With a white ground, for readers whose screen is dark.
keep() {
    sed 's|<svg [^>]*>|&<rect width="100%" height="100%" fill="white"/>|' "$1" > "$plots/$2.svg"
}
for group in miss hit stampede tcp_miss tcp_hit tcp_stampede count_primes_by_algorithm; do
    keep "target/criterion/$group/report/lines.svg" "$group"
done
keep target/criterion/tcp_hit/report/violin.svg tcp_hit_violin
cargo bench -p step5_profiling --bench steps -- --profile-time 5 '^hit/step3_ttl_cache/64$'
cp target/criterion/hit/step3_ttl_cache/64/profile/flamegraph.svg "$plots/hit_flamegraph.svg"

cpu=$(sed -n 's/^model name.*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
printf '%s cores of %s, %s %s, %s, on %s\n' "$(getconf _NPROCESSORS_ONLN)" "${cpu:-$(uname -m)}" \
    "$(uname -s)" "$(uname -r)" "$(rustc --version)" "$(date +%F)" > "$plots/machine.txt"
