//! Says where the profiler can run, in one word for all files: `cfg(profiler)`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(profiler)");
    let target = |what: &str| std::env::var(format!("CARGO_CFG_TARGET_{what}")).unwrap_or_default();
    if target("OS") == "linux" && ["x86_64", "aarch64"].contains(&target("ARCH").as_str()) {
        println!("cargo::rustc-cfg=profiler");
    }
    // A RUSTFLAGS of the environment takes the place of the one in .cargo/config.toml.
    let flags = std::env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    if !flags.contains("force-frame-pointers") {
        println!(
            "cargo::warning=RUSTFLAGS is set and lacks -C force-frame-pointers=yes: profiles will \
             not show who called a function. Unset it, or add that"
        );
    }
}
