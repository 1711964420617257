//! Says where the profiler can run, in one word for all files: `cfg(profiler)`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(profiler)");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && ["x86_64", "aarch64"].contains(&target("ARCH").as_str()) {
        println!("cargo::rustc-cfg=profiler");
        // Flags from elsewhere take the place of those in .cargo/config.toml.
        let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
        if !flags.contains("force-frame-pointers") {
            println!(
                "cargo::warning=other rustflags are in force (RUSTFLAGS, or target.*.rustflags in a \
                 Cargo config): add -C force-frame-pointers=yes to them, or profiles will not show \
                 who called a function"
            );
        }
    }
}
