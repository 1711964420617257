//! The chapter's figures are measured on the real programs, kept in `plots/figures.csv`, and shown from there.
//!
//! ```sh
//! cargo build --release --workspace --bins
//! cargo run --release -p step5_profiling --example figures              # measures, eight minutes or so
//! cargo run --release -p step5_profiling --example figures -- tail      # measures only the tail
//! cargo run --release -p step5_profiling --example figures -- show      # shows the file again
//! ```
//!
//! Showing means drawing the picture of the chapter in both languages (`plots/chapter.svg`,
//! `plots/chapter.ko.svg`), and writing the tables below `<!-- figures: … -->` in the guides.
//!
//! | file | contents |
//! |---|---|
//! | `measure` | the cases, over HTTP, interleaved, in several rounds |
//! | `tail` | of these, the steady stream of requests, in an open loop |
//! | `record` | the file of the measurements |
//! | `picture` | the picture of the whole chapter |
//! | `tables` | the tables in the guides |
//! | `digits` | numbers with two digits |

mod digits;
mod measure;
mod picture;
mod record;
mod tables;
mod tail;

use std::{error::Error, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let plots = top.join("step5_profiling/plots");
    match std::env::args().nth(1).as_deref() {
        None => record::write(&plots, &measure::everything()?)?,
        Some("tail") => record::write(&plots, &measure::only_the_tail()?)?,
        Some("show") => {}
        Some(other) => {
            return Err(format!("unknown argument {other}: write `tail`, `show` or nothing").into());
        }
    }
    let record = record::read(&plots)?;
    picture::draw(&record, &plots)?;
    tables::write(&record, &top)
}
