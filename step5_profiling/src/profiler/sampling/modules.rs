//! Which file an address belongs to: a process is made of its program and some libraries, and the
//! system puts each at another place in every process (address space layout randomisation). So an
//! address means nothing to another process, until it is said as a place in a file.

use std::{
    fs,
    ops::Range,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Which file it is, in whichever process: a rebuilt program has the path of the old one, but is
/// another file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    device: String,
    inode: u64,
    /// Its name, without its folders.
    pub name: Arc<str>,
}

/// A program or a library.
#[derive(Clone, Debug)]
pub struct Module {
    /// Which file.
    pub id: FileId,
    /// Where it can be read, also after a file of the same name has taken its place.
    pub path: PathBuf,
    /// Whether it is the program itself.
    pub is_program: bool,
    /// Whether it is a file at all; the system has code of its own in every process.
    pub is_file: bool,
}

/// The files that one process is made of.
#[derive(Debug, Default)]
pub struct Modules {
    code: Vec<Code>,
}

#[derive(Debug)]
struct Code {
    start: u64,
    end: u64,
    /// Where the file begins in the process.
    base: u64,
    module: Module,
}

impl Modules {
    /// Those of this process; none if it is gone.
    pub fn of(pid: u32) -> Self {
        let exe = PathBuf::from(format!("/proc/{pid}/exe"));
        let inode_of = |path: &Path| fs::metadata(path).map_or(0, |file| file.ino());
        let (exe_inode, own_exe) = (inode_of(&exe), PathBuf::from("/proc/self/exe"));
        // By our own name, if it is the same: that process may end before the file is read.
        let exe = if inode_of(&own_exe) == exe_inode { own_exe } else { exe };
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
        let mut code = Vec::new();
        let mut base = (0, 0);
        for Line { start, end, is_code, offset, device, inode, path } in
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

    /// Whether nothing is known: the process is gone, or not ours to look at.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// Where the code is.
    pub fn ranges(&self) -> Vec<Range<u64>> {
        self.code.iter().map(|code| code.start..code.end).collect()
    }

    /// The file that has the code at this address, and the address as the file counts.
    pub fn find(&self, address: u64) -> Option<(&Module, u64)> {
        let code = self.code.iter().find(|code| (code.start..code.end).contains(&address))?;
        Some((&code.module, address - code.base))
    }
}

struct Line<'a> {
    start: u64,
    end: u64,
    is_code: bool,
    offset: u64,
    device: &'a str,
    inode: u64,
    path: &'a str,
}

/// A line of proc_pid_maps(5): `start-end rights offset device inode path`.
fn parse(line: &str) -> Option<Line<'_>> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let mut fields = rest.splitn(5, ' ');
    let (rights, offset, device) = (fields.next()?, fields.next()?, fields.next()?);
    let (inode, path) = (fields.next()?, fields.next().unwrap_or("").trim_start());
    let hex = |text| u64::from_str_radix(text, 16).ok();
    Some(Line {
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
        let Line { start, end, is_code, offset, device, inode, path } = parse(line).unwrap();
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
