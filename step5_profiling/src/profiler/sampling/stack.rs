//! How a thread came to where it is: the chain of frame pointers.
//!
//! A function that is compiled with frame pointers (`.cargo/config.toml` asks for them) begins by
//! storing its caller's frame pointer on the stack, right below the address to return to, and points
//! the register at it. So each pair leads to the next, down to the thread's first function:
//!
//! ```text
//! register → [ caller's frame pointer | return address ] → [ its caller's | return address ] → …
//! ```
//!
//! It is the cheapest way there is to walk a stack, and the only one that needs nothing but the stack
//! itself. C libraries are often compiled without, and may use the register for something else. Then
//! the chain is looked for on the stack, where they have put its beginning aside.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use libc::{c_void, iovec, ucontext_t};

/// The three registers that matter.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    /// The next instruction.
    pub pc: u64,
    /// The end of the stack that is in use. (It grows downwards.)
    pub sp: u64,
    /// The innermost pair of the chain.
    pub fp: u64,
}

impl Registers {
    /// Those of an interrupted thread.
    #[cfg(target_arch = "x86_64")]
    pub fn of(context: &ucontext_t) -> Self {
        let register = |name| context.uc_mcontext.gregs[name as usize] as u64;
        let [pc, sp, fp] = [libc::REG_RIP, libc::REG_RSP, libc::REG_RBP].map(register);
        Self { pc, sp, fp }
    }

    /// Those of an interrupted thread.
    #[cfg(target_arch = "aarch64")]
    pub fn of(context: &ucontext_t) -> Self {
        let registers = &context.uc_mcontext;
        Self { pc: registers.pc, sp: registers.sp, fp: registers.regs[29] }
    }
}

/// Writes the addresses of the chain, the innermost first, and returns how many there are. All but
/// the first are of the byte before the one to return to: that is in the call, which may be the last
/// instruction of its line. `is_code` tells whether an address may be one to return to.
pub fn walk(
    Registers { pc, sp, fp }: Registers,
    is_code: impl Fn(u64) -> bool,
    frames: &[AtomicU64],
) -> usize {
    let mut places = frames.iter();
    let mut depth = 0;
    let mut push = |address| {
        let place = places.next()?;
        place.store(address, Relaxed);
        depth += 1;
        Some(())
    };
    let mut follow = || {
        push(pc)?;
        let (mut floor, mut fp) = (sp, fp);
        if next(floor, fp, &is_code).is_none() {
            fp = put_aside(sp, &is_code)?;
        }
        while let Some((outer, return_address)) = next(floor, fp, &is_code) {
            push(return_address - 1)?;
            (floor, fp) = (fp + 16, outer);
        }
        Some(())
    };
    let _ = follow();
    depth
}

/// How far apart two frames may be; a frame of more than that would be a strange one.
const FRAME: u64 = 256 * 1024;

/// The next pair of the chain, if `fp` is the address of one. In foreign code the register may hold
/// anything. What does not lead outwards, to code, is not followed; and what is no memory is not read,
/// for the system reads it.
fn next(floor: u64, fp: u64, is_code: &impl Fn(u64) -> bool) -> Option<(u64, u64)> {
    let leads_outwards = (floor..floor.saturating_add(FRAME)).contains(&fp) && fp.is_multiple_of(8);
    let [outer, return_address] = if leads_outwards { read(fp)? } else { return None };
    is_code(return_address).then_some((outer, return_address))
}

/// How many words of the stack a C function may have put on it.
const ASIDE: usize = 64;

/// What a C function that uses the register for itself has put aside at its beginning: its caller's
/// frame pointer.
fn put_aside(sp: u64, is_code: &impl Fn(u64) -> bool) -> Option<u64> {
    let words: [u64; ASIDE] = read(sp)?;
    words.into_iter().find(|fp| next(sp, *fp, is_code).is_some())
}

/// Writes down the end of the stack; see [`frameless`](super::frameless).
pub fn note_end<const N: usize>(sp: u64, end: &[AtomicU64; N]) {
    let words: [u64; N] = read(sp).unwrap_or([0; N]);
    end.iter().zip(words).for_each(|(place, word)| place.store(word, Relaxed));
}

/// Whether stacks can be walked at all: a container may forbid the system call that they are read by.
///
/// # Errors
/// When they can't, with what to do.
pub fn can_read_stack() -> io::Result<()> {
    let word = 4711_u64;
    match read(&raw const word as u64) {
        Some([4711_u64]) => Ok(()),
        _ => Err(io::Error::other(
            "the system does not let this process read its own memory (process_vm_readv), by which \
             the profiler walks stacks; allow that, or use --no-profiler",
        )),
    }
}

/// Words of this process's own memory, if there is memory at this address.
#[allow(unsafe_code, reason = "only the system can tell whether an address may be read")]
fn read<const N: usize>(address: u64) -> Option<[u64; N]> {
    let mut words = [0_u64; N];
    let here = iovec { iov_base: words.as_mut_ptr().cast(), iov_len: size_of_val(&words) };
    let there = iovec { iov_base: address as *mut c_void, iov_len: size_of_val(&words) };
    // SAFETY: process_vm_readv(2) writes to `words`, as many bytes as it has; what is no memory at
    // `address` is an error, not a fault. A handler must leave errno as it was.
    let length = unsafe {
        let errno = libc::__errno_location();
        let before = *errno;
        let length = libc::process_vm_readv(libc::getpid(), &here, 1, &there, 1, 0);
        *errno = before;
        length
    };
    (usize::try_from(length) == Ok(size_of_val(&words))).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_code(address: u64) -> bool {
        (0x1000..0x3000).contains(&address)
    }

    #[test]
    fn a_chain_that_was_put_aside_is_found() {
        let mut stack = [0_u64; 80];
        let at = |index: usize| stack.as_ptr() as u64 + 8 * index as u64;
        let (sp, caller) = (at(0), at(70));
        // Something else, the caller's frame pointer, the address to return to.
        stack[3..6].copy_from_slice(&[7, caller, 0x1501]);
        stack[70..72].copy_from_slice(&[0, 0x2001]);
        let frames: [AtomicU64; 8] = Default::default();
        let depth = walk(Registers { pc: 0xabc, sp, fp: 42 }, is_code, &frames);
        let frames: Vec<_> = frames.iter().map(|frame| frame.load(Relaxed)).collect();
        assert_eq!(frames[..depth], [0xabc, 0x2000]);
    }

    #[test]
    fn a_chain_is_followed_to_its_end() {
        let mut stack = [0_u64; 8];
        let at = |index: usize| stack.as_ptr() as u64 + 8 * index as u64;
        let (first, second) = (at(0), at(4));
        stack[..2].copy_from_slice(&[second, 0x1001]);
        stack[4..6].copy_from_slice(&[0, 0x2001]);
        let frames: [AtomicU64; 8] = Default::default();
        let depth = walk(Registers { pc: 0xabc, sp: first, fp: first }, is_code, &frames);
        let frames: Vec<_> = frames.iter().map(|frame| frame.load(Relaxed)).collect();
        assert_eq!(frames[..depth], [0xabc, 0x1000, 0x2000]);
    }

    #[test]
    fn what_is_no_chain_ends_the_walk_and_not_the_process() {
        let stack = [0_u64; ASIDE];
        let here = stack.as_ptr() as u64;
        for fp in [0, 1, 8, here - 8, here + 4, u64::MAX - 7, 0xffff_8000_0000_0000] {
            let frames: [AtomicU64; 4] = Default::default();
            assert_eq!(walk(Registers { pc: 1, sp: here, fp }, is_code, &frames), 1, "{fp:#x}");
        }
        assert_eq!(walk(Registers { pc: 1, sp: 0, fp: 8 }, is_code, &[]), 0, "no room");
    }
}
