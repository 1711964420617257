#!/bin/sh
# Measures anew, and puts the plots of the reports here: step5_profiling/plots/redo.sh
# It takes about eight minutes, in which the machine should have nothing else to do.
set -eu
cd "$(dirname "$0")/../.."
plots=step5_profiling/plots
cargo bench -p step5_profiling --bench steps
cargo bench -p step5_profiling --bench sieve
for group in miss hit stampede tcp_miss tcp_hit tcp_stampede count_primes_by_algorithm; do
    cp "target/criterion/$group/report/lines.svg" "$plots/$group.svg"
done
cp target/criterion/tcp_hit/report/violin.svg "$plots/tcp_hit_violin.svg"
cargo bench -p step5_profiling --bench steps -- --profile-time 5 '^hit/step3_ttl_cache/64$'
cp target/criterion/hit/step3_ttl_cache/64/profile/flamegraph.svg "$plots/hit_flamegraph.svg"

cpu=$(sed -n 's/^model name.*: //p' /proc/cpuinfo 2>/dev/null | head -n 1)
printf '%s cores of %s, %s %s, %s, on %s\n' "$(getconf _NPROCESSORS_ONLN)" "${cpu:-$(uname -m)}" \
    "$(uname -s)" "$(uname -r)" "$(rustc --version)" "$(date +%F)" > "$plots/machine.txt"
