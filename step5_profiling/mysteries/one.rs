//! The cache is in 16 shards, each with a lock and a share of the capacity. The last four bits of `n` choose
//! the shard, but round numbers have few different last bits: those of all multiples of 1,000 are 0 or 8.
//! So two shards evict entries while the other 14 have room. The fix uses bits of a hash, which depend on all
//! bits of `n`.

use std::{num::NonZeroUsize, process::ExitCode, sync::Arc};

use serde::Serialize;
use step1_plain::{
    process_time::process_time,
    slow::{N, Slow},
    support::http::{computation::Begin, problem::Problem, run},
};
use step2_dict_cache::{cache::Cache, support::stats::hit_ratio};
use step3_ttl_cache::{
    freshness::FreshResponse,
    routes,
    shared_ttl::SharedTtl,
    stale::Lifetime,
    support::{args::TtlArgs, lab::lab, stats::Stats},
    sweep::sweep,
};

/// How many shards there are.
const SHARDS: usize = 16;

/// The shards, as one cache.
struct Shards {
    shards: Vec<Arc<SharedTtl>>,
    fixed: bool,
}

impl Shards {
    fn of(&self, N(n): N) -> &Arc<SharedTtl> {
        // Knuth's multiplicative hash: the top four bits of the 32-bit product.
        let number = if self.fixed { n.wrapping_mul(0x9E37_79B1) >> 28 } else { n % SHARDS as u32 };
        &self.shards[number as usize]
    }
}

impl Cache for Shards {
    type Response = FreshResponse;

    async fn get_or_compute(
        self: &Arc<Self>,
        n: N,
        begin: impl Begin,
    ) -> Result<FreshResponse, Problem> {
        self.of(n).get_or_compute(n, begin).await
    }

    async fn clear(&self) -> Result<(), Problem> {
        for shard in &self.shards {
            shard.clear().await?;
        }
        Ok(())
    }

    async fn stats(&self) -> impl Serialize + Send {
        let shards = self.shards.iter().map(|shard| shard.stats_now());
        let sum = shards.reduce(|a, b| Stats {
            hits: a.hits + b.hits,
            misses: a.misses + b.misses,
            collapsed: a.collapsed + b.collapsed,
            stale: a.stale + b.stale,
            refreshes: a.refreshes + b.refreshes,
            entries: a.entries + b.entries,
            capacity: a.capacity + b.capacity,
            evictions: a.evictions + b.evictions,
            expirations: a.expirations + b.expirations,
            ..a
        });
        let sum = sum.expect("there are 16 shards");
        let hit_ratio = hit_ratio(sum.hits, sum.hits + sum.misses + sum.collapsed);
        Stats { hit_ratio, ..sum }
    }
}

/// Step 3's program with this cache.
pub fn run(args: &TtlArgs, fixed: bool) -> ExitCode {
    let &TtlArgs { ref cache, ttl, stale_while_revalidate, stale_if_error } = args;
    let lifetime = Lifetime { ttl, stale_while_revalidate, stale_if_error };
    let share = cache.capacity.get().div_ceil(SHARDS);
    let share = NonZeroUsize::new(share).expect("the capacity is not zero");
    run::run(&cache.server, &lab(), || {
        let shard = |_| {
            let shard = Arc::new(SharedTtl::new(share, lifetime));
            tokio::spawn(sweep(Arc::downgrade(&shard), lifetime));
            shard
        };
        let shards = Arc::new(Shards { shards: (0..SHARDS).map(shard).collect(), fixed });
        process_time(routes(shards, Slow::default()).merge(lab().routes()))
    })
}
