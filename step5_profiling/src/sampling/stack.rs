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
//! the chain is looked for on the stack, where they have put its beginning aside; the function that
//! called the library may be missing from it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

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
/// instruction of its line.
pub fn walk(registers: Registers, frames: &[AtomicU64]) -> usize {
    let Registers { pc, sp, fp } = registers;
    let (mut floor, mut fp) = (sp, if leads_on(sp, fp) { fp } else { put_aside(sp).unwrap_or(fp) });
    let mut addresses = frames.iter();
    let mut push = |address| addresses.next().map(|place| place.store(address, Relaxed));
    let mut depth = usize::from(push(pc).is_some());
    // In foreign code the register may hold anything. What is no chain that leads outwards is not
    // followed; and what is no memory is not read, for the system reads it.
    while fp >= floor && fp.is_multiple_of(8) {
        let Some([caller, return_address]) = read(fp) else { break };
        if return_address == 0 || push(return_address - 1).is_none() {
            break;
        }
        depth += 1;
        (floor, fp) = (fp + 16, caller);
    }
    depth
}

/// How many words of the stack a C function may have put on it before it calls the system.
const ASIDE: usize = 64;

/// The first word near the end of the stack that could be a frame pointer.
fn put_aside(sp: u64) -> Option<u64> {
    let words: [u64; ASIDE] = read(sp)?;
    words.into_iter().find(|word| leads_on(sp, *word))
}

/// How far apart two frames may be; a frame of more than that would be a strange one.
const FRAME: u64 = 256 * 1024;

/// Whether this is a frame pointer from which a chain leads outwards, as far as one can see.
fn leads_on(sp: u64, mut fp: u64) -> bool {
    let mut floor = sp;
    for _ in 0..3 {
        if !(floor..floor.saturating_add(FRAME)).contains(&fp) || !fp.is_multiple_of(8) {
            return false;
        }
        let Some([caller, return_address]) = read(fp) else { return false };
        if return_address == 0 {
            return false;
        }
        if caller == 0 {
            return true;
        }
        (floor, fp) = (fp + 16, caller);
    }
    true
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

    #[test]
    fn a_chain_is_followed_to_its_end() {
        let mut stack = [0_u64; 8];
        let at = |index: usize| stack.as_ptr() as u64 + 8 * index as u64;
        let (first, second) = (at(0), at(4));
        stack[..2].copy_from_slice(&[second, 0x1001]);
        stack[4..6].copy_from_slice(&[0, 0x2001]);
        let frames: [AtomicU64; 8] = Default::default();
        let depth = walk(Registers { pc: 0xabc, sp: first, fp: first }, &frames);
        let frames: Vec<_> = frames.iter().map(|frame| frame.load(Relaxed)).collect();
        assert_eq!(frames[..depth], [0xabc, 0x1000, 0x2000]);
    }

    #[test]
    fn what_is_no_chain_ends_the_walk_and_not_the_process() {
        let looped = [0_u64; 2];
        let here = looped.as_ptr() as u64;
        for fp in [0, 1, 8, here - 8, here + 4, u64::MAX - 7, 0xffff_8000_0000_0000] {
            let frames: [AtomicU64; 4] = Default::default();
            assert_eq!(walk(Registers { pc: 1, sp: here, fp }, &frames), 1, "{fp:#x}");
        }
        assert_eq!(walk(Registers { pc: 1, sp: 0, fp: 8 }, &[]), 0, "no room");
    }
}
