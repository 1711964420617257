//! Finds the caller of a function without a frame of its own. The compiler leaves out the frame of
//! a function that calls no other, and no function has a frame at its first and last instructions.
//! In such a function, the return address is near the top of the stack, and the chain of frame
//! pointers starts with the caller's frame, so the caller itself is missing. On ARM64 the return
//! address may be in a register instead. We do not read that register, so the caller stays missing
//! there.
//!
//! The program describes where the return address is at each instruction, in DWARF's call frame
//! information (the section `.eh_frame`, which panics use to unwind the stack). The lookup is too
//! much work for a signal handler. So the handler copies the top of the stack, and we look up the
//! address here, later.

use std::{fs, path::Path};

use addr2line::gimli::{
    BaseAddresses, CfaRule, EhFrame, EhFrameHdr, EndianSlice, NativeEndian, Register, RegisterRule,
    UnwindContext, UnwindSection,
};
use object::{Object, ObjectSection};

/// The call frame information of one file.
pub struct CallFrames {
    eh_frame: Vec<u8>,
    eh_frame_hdr: Vec<u8>,
    bases: BaseAddresses,
}

/// The stack pointer (System V ABI for x86-64, figure 3.36; DWARF for ARM64, section 4.1).
#[cfg(target_arch = "x86_64")]
const SP: Register = Register(7);
#[cfg(target_arch = "aarch64")]
const SP: Register = Register(31);

/// The return address is a register on ARM64. On x86-64, this number means its place on the
/// stack.
#[cfg(target_arch = "x86_64")]
const RETURN_ADDRESS: Register = Register(16);
#[cfg(target_arch = "aarch64")]
const RETURN_ADDRESS: Register = Register(30);

impl CallFrames {
    /// Reads the information from a program or library. Returns `None` if it has none.
    pub fn read(path: &Path) -> Option<Self> {
        let file = fs::File::open(path).ok()?;
        let file = object::ReadCache::new(file);
        let file = object::File::parse(&file).ok()?;
        let section = |name| {
            let section = file.section_by_name(name)?;
            Some((section.address(), section.data().ok()?.to_vec()))
        };
        let (eh_frame_at, eh_frame) = section(".eh_frame")?;
        let (hdr_at, eh_frame_hdr) = section(".eh_frame_hdr")?;
        let bases = BaseAddresses::default().set_eh_frame(eh_frame_at).set_eh_frame_hdr(hdr_at);
        Some(Self { eh_frame, eh_frame_hdr, bases })
    }

    /// The place of the return address of the function at `address`, if the function has no frame
    /// at this instruction. The first number is how many words it is above the stack pointer. The
    /// second is how many words of the stack belong to the function.
    pub fn return_address(&self, address: u64) -> Option<(usize, usize)> {
        let hdr = EhFrameHdr::new(&self.eh_frame_hdr, NativeEndian);
        let hdr = hdr.parse(&self.bases, size_of::<usize>() as u8).ok()?;
        let eh_frame = EhFrame::from(EndianSlice::new(&self.eh_frame, NativeEndian));
        let mut context = UnwindContext::new();
        let row = hdr.table()?.unwind_info_for_address(
            &eh_frame,
            &self.bases,
            &mut context,
            address,
            |section, bases, offset| section.cie_from_offset(bases, offset),
        );
        let row = row.ok()?;
        let CfaRule::RegisterAndOffset { register: SP, offset: size } = *row.cfa() else {
            return None;
        };
        // Negative, because it counts from the upper end of the frame.
        let Some(RegisterRule::Offset(place)) = row.register(RETURN_ADDRESS) else { return None };
        let words = |bytes: i64| usize::try_from(bytes / 8).ok();
        Some((words(size + place)?, words(size)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profiler::sampling::modules::Modules;

    #[test]
    fn at_its_first_instruction_a_function_has_its_return_address_on_top() {
        let modules = Modules::of(std::process::id());
        let here = CallFrames::read as fn(&Path) -> Option<CallFrames> as usize as u64;
        let (module, address) = modules.find(here).unwrap();
        let frames = CallFrames::read(&module.path).unwrap();
        if cfg!(target_arch = "x86_64") {
            assert_eq!(frames.return_address(address), Some((0, 1)));
        }
        assert_eq!(frames.return_address(0), None, "no function is there");
    }
}
