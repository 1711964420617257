//! Finds the file that an address belongs to. A process runs the code of its program and of some
//! libraries. The system loads each of them at a different address in every process (address space
//! layout randomisation). So an address of one process makes sense to another process only as an
//! address in a file.

use std::{
    fs,
    ops::Range,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file, with the same identity in all processes. A path is not enough, because a rebuilt program
/// has the path of the old one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    device: String,
    inode: u64,
    /// The name of the file, without its folders.
    pub name: Arc<str>,
}

/// A program or a library.
#[derive(Clone, Debug)]
pub struct Module {
    /// The file.
    pub id: FileId,
    /// A path that can be read, even after a rebuild has replaced the file.
    pub path: PathBuf,
    /// Whether it is the program, not a library.
    pub is_program: bool,
    /// Whether it is a file. The kernel's own code in every process, such as `[vdso]`, is not.
    pub is_file: bool,
}

/// The program and libraries of one process.
#[derive(Debug, Default)]
pub struct Modules {
    code: Vec<Code>,
}

#[derive(Debug)]
struct Code {
    start: u64,
    end: u64,
    /// The address at which the file is loaded.
    base: u64,
    module: Module,
}

impl Modules {
    /// The modules of this process. There are none if the process has ended.
    pub fn of(pid: u32) -> Self {
        let exe = PathBuf::from(format!("/proc/{pid}/exe"));
        let inode_of = |path: &Path| fs::metadata(path).map_or(0, |file| file.ino());
        let (exe_inode, own_exe) = (inode_of(&exe), PathBuf::from("/proc/self/exe"));
        // If that process runs our program, we read our own copy, because the process may end
        // first.
        let exe = if inode_of(&own_exe) == exe_inode { own_exe } else { exe };
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
        let mut code = Vec::new();
        let mut base = (0, 0);
        for MapsLine { start, end, is_code, offset, device, inode, path } in
            maps.lines().filter_map(parse)
        {
            if offset == 0 {
                base = (inode, start);
            }
            if !is_code {
                continue;
            }
            let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(" (deleted)");
            let is_program = inode == exe_inode && inode != 0;
            let module = Module {
                id: FileId { device: device.to_owned(), inode, name: name.into() },
                path: if is_program { exe.clone() } else { path.into() },
                is_program,
                is_file: path.starts_with('/'),
            };
            let base = if base.0 == inode { base.1 } else { start };
            code.push(Code { start, end, base, module });
        }
        Self { code }
    }

    /// Whether there are no modules, because the process has ended or we may not look at it.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// The addresses of all code.
    pub fn ranges(&self) -> Vec<Range<u64>> {
        self.code.iter().map(|code| code.start..code.end).collect()
    }

    /// The file with the code at `address`, and the address in that file.
    pub fn find(&self, address: u64) -> Option<(&Module, u64)> {
        let code = self.code.iter().find(|code| (code.start..code.end).contains(&address))?;
        Some((&code.module, address - code.base))
    }
}

struct MapsLine<'a> {
    start: u64,
    end: u64,
    is_code: bool,
    offset: u64,
    device: &'a str,
    inode: u64,
    path: &'a str,
}

/// A line of proc_pid_maps(5): `start-end rights offset device inode path`.
fn parse(line: &str) -> Option<MapsLine<'_>> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let mut fields = rest.splitn(5, ' ');
    let (rights, offset, device) = (fields.next()?, fields.next()?, fields.next()?);
    let (inode, path) = (fields.next()?, fields.next().unwrap_or("").trim_start());
    let hex = |text| u64::from_str_radix(text, 16).ok();
    Some(MapsLine {
        start: hex(start)?,
        end: hex(end)?,
        is_code: rights.contains('x'),
        offset: hex(offset)?,
        device,
        inode: inode.parse().ok()?,
        path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_with_a_path_or_without() {
        let line =
            "7f00-7f10 r-xp 00001a00 fe:01 4711                 /a folder/lib c.so (deleted)";
        let MapsLine { start, end, is_code, offset, device, inode, path } = parse(line).unwrap();
        assert_eq!((start, end, is_code, offset, inode), (0x7f00, 0x7f10, true, 0x1a00, 4711));
        assert_eq!((device, path), ("fe:01", "/a folder/lib c.so (deleted)"));
        assert_eq!(parse("7f00-7f10 rw-p 00000000 00:00 0 ").unwrap().path, "");
        assert!(parse("nonsense").is_none());
    }

    #[test]
    fn this_code_is_in_this_program() {
        let modules = Modules::of(std::process::id());
        let here = this_code_is_in_this_program as fn() as usize as u64;
        let (module, address) = modules.find(here).unwrap();
        assert!(module.is_file && module.path.ends_with("exe"), "{module:?}");
        assert!(address < here && module.id.name.starts_with("step5_profiling"), "{module:?}");
        assert!(modules.find(0).is_none());
    }
}
