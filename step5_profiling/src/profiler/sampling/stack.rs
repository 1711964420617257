//! Walks the stack of an interrupted thread to find the callers of its current function.
//!
//! A function that is compiled with frame pointers (`.cargo/config.toml` enables them) starts by
//! storing its caller's frame pointer on the stack, right below the return address, and then points
//! the frame pointer register at it. Each pair leads to the next, down to the thread's first
//! function:
//!
//! ```text
//! register → [ caller's frame pointer | return address ] → [ its caller's | return address ] → …
//! ```
//!
//! No other way to walk a stack is as cheap, and none needs as little, because the stack itself is
//! enough. C libraries are often compiled without frame pointers, and may use the register for
//! something else. Their functions save the caller's frame pointer on the stack first, so the walk
//! looks for it there.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use libc::{c_void, iovec, ucontext_t};

/// The three registers that a walk needs.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    /// The next instruction.
    pub pc: u64,
    /// The top of the stack, which is its lowest address in use, because it grows downwards.
    pub sp: u64,
    /// The frame pointer, which points to the innermost pair of the chain.
    pub fp: u64,
}

impl Registers {
    /// The registers of an interrupted thread.
    #[cfg(target_arch = "x86_64")]
    pub fn of(context: &ucontext_t) -> Self {
        let register = |name| context.uc_mcontext.gregs[name as usize] as u64;
        let [pc, sp, fp] = [libc::REG_RIP, libc::REG_RSP, libc::REG_RBP].map(register);
        Self { pc, sp, fp }
    }

    /// The registers of an interrupted thread.
    #[cfg(target_arch = "aarch64")]
    pub fn of(context: &ucontext_t) -> Self {
        let registers = &context.uc_mcontext;
        Self { pc: registers.pc, sp: registers.sp, fp: registers.regs[29] }
    }
}

/// Writes the addresses of the chain, with the innermost first, and returns their number. The first
/// is that of the interrupted instruction. The others are one byte before a return address, inside
/// the call instruction, because the return address itself may belong to the next source line.
/// `is_code` tells whether an address can be a return address.
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
            fp = saved_frame_pointer(sp, &is_code)?;
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

/// The largest frame that the walk follows.
const MAX_FRAME: u64 = 256 * 1024;

/// The pair at `fp`, if there is one. In code without frame pointers the register may hold
/// anything, so the walk accepts only a pair that leads outwards and returns to code. The system
/// call reads the memory, so an invalid address causes no fault.
fn next(floor: u64, fp: u64, is_code: &impl Fn(u64) -> bool) -> Option<(u64, u64)> {
    let leads_outwards =
        (floor..floor.saturating_add(MAX_FRAME)).contains(&fp) && fp.is_multiple_of(8);
    let [outer, return_address] = if leads_outwards { read(fp)? } else { return None };
    is_code(return_address).then_some((outer, return_address))
}

/// How many words of the stack are searched for a saved frame pointer.
const SAVED_WITHIN: usize = 64;

/// The caller's frame pointer, if the function uses the register for something else and has saved
/// the pointer on the stack.
fn saved_frame_pointer(sp: u64, is_code: &impl Fn(u64) -> bool) -> Option<u64> {
    let words: [u64; SAVED_WITHIN] = read(sp)?;
    words.into_iter().find(|fp| next(sp, *fp, is_code).is_some())
}

/// Copies the top of the stack, for [`frameless`](super::frameless).
pub fn copy_stack_top<const N: usize>(sp: u64, copy: &[AtomicU64; N]) {
    let words: [u64; N] = read(sp).unwrap_or([0; N]);
    copy.iter().zip(words).for_each(|(place, word)| place.store(word, Relaxed));
}

/// Checks that this process can read its stack, because a container may forbid the system call for
/// this.
///
/// # Errors
/// If it can't. The message gives advice.
pub fn can_read_stack() -> io::Result<()> {
    let word = 4711_u64;
    match read(&raw const word as u64) {
        Some([4711_u64]) => Ok(()),
        _ => Err(io::Error::other(
            "the profiler reads stacks with the system call process_vm_readv, and the system does not \
             allow it here: allow it for this container, or use --no-profiler",
        )),
    }
}

/// Words of this process's own memory, or `None` if there is no memory at this address.
#[allow(unsafe_code, reason = "only the system can tell whether an address may be read")]
fn read<const N: usize>(address: u64) -> Option<[u64; N]> {
    let mut words = [0_u64; N];
    let here = iovec { iov_base: words.as_mut_ptr().cast(), iov_len: size_of_val(&words) };
    let there = iovec { iov_base: address as *mut c_void, iov_len: size_of_val(&words) };
    // SAFETY: process_vm_readv(2) never writes beyond `words`. If there is no memory at `address`,
    // it returns an error and causes no fault. A signal handler must leave errno unchanged.
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
    fn a_saved_frame_pointer_is_found() {
        let mut stack = [0_u64; 80];
        let at = |index: usize| stack.as_ptr() as u64 + 8 * index as u64;
        let (sp, caller) = (at(0), at(70));
        // An unrelated word, the caller's frame pointer, and the return address.
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
    fn a_bad_frame_pointer_ends_the_walk_and_not_the_process() {
        let stack = [0_u64; SAVED_WITHIN];
        let here = stack.as_ptr() as u64;
        for fp in [0, 1, 8, here - 8, here + 4, u64::MAX - 7, 0xffff_8000_0000_0000] {
            let frames: [AtomicU64; 4] = Default::default();
            assert_eq!(walk(Registers { pc: 1, sp: here, fp }, is_code, &frames), 1, "{fp:#x}");
        }
        assert_eq!(walk(Registers { pc: 1, sp: 0, fp: 8 }, is_code, &[]), 0, "no room");
    }
}
