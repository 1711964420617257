//! Translates an address into its function, file and line, and the functions that are inlined
//! there.
//!
//! The compiler writes this information into the program (DWARF). We read it for each profile and
//! drop it again, so that it does not take up a worker's memory.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::Path,
    sync::Arc,
};

use addr2line::Loader;

use super::{
    frameless::CallFrames,
    modules::{FileId, Module, Modules},
    profile::{Function, Location},
};

/// The folder of this crate's sources when it was built.
const WORKSPACE: &str = env!("CARGO_MANIFEST_DIR");

/// All locations that have been looked up.
#[derive(Default)]
pub struct Symbols {
    files: HashMap<FileId, Option<Loader>>,
    call_frames: HashMap<FileId, Option<CallFrames>>,
    known: HashMap<(FileId, u64), usize>,
    locations: Vec<Location>,
}

impl Symbols {
    /// Inserts the callers that the chain of frame pointers missed. See
    /// [`frameless`](super::frameless).
    pub fn add_missing_callers(
        &mut self,
        modules: &Modules,
        addresses: &mut Vec<u64>,
        mut stack_top: &[u64],
    ) {
        let Some(mut address) = addresses.first().copied() else { return };
        for index in 1.. {
            let Some((offset, size)) = self.return_address(modules, address) else { return };
            let Some(caller) = stack_top.get(offset).copied() else { return };
            if modules.find(caller).is_none() {
                return;
            }
            address = caller - 1;
            addresses.insert(index, address);
            stack_top = stack_top.get(size..).unwrap_or(&[]);
        }
    }

    fn return_address(&mut self, modules: &Modules, address: u64) -> Option<(usize, usize)> {
        let (module, address) = modules.find(address).filter(|(module, _)| module.is_file)?;
        let frames = self.call_frames.entry(module.id.clone());
        let frames = frames.or_insert_with(|| CallFrames::read(&module.path));
        frames.as_ref()?.return_address(address)
    }

    /// The locations at these addresses, by index. An address outside all files is not code, so the
    /// walk went wrong there, and the rest is cut off.
    pub fn locations(&mut self, modules: &Modules, addresses: &[u64]) -> Vec<usize> {
        let found = addresses.iter().map_while(|address| modules.find(*address));
        let locations: Vec<_> =
            found.map(|(module, address)| self.location(module, address)).collect();
        // The CPU time counts even if no address is known.
        if locations.is_empty() { vec![self.unknown_location()] } else { locations }
    }

    /// All locations, by index.
    pub fn into_locations(self) -> Vec<Location> {
        self.locations
    }

    fn location(&mut self, module: &Module, address: u64) -> usize {
        let vacant = match self.known.entry((module.id.clone(), address)) {
            Entry::Occupied(known) => return *known.get(),
            Entry::Vacant(vacant) => vacant,
        };
        let loader = self.files.entry(module.id.clone()).or_insert_with(|| {
            Some(module).filter(|module| module.is_file).and_then(|it| Loader::new(&it.path).ok())
        });
        let functions = loader.as_ref().map(|loader| functions(loader, address));
        let functions = functions.filter(|functions| !functions.is_empty());
        let functions = functions.unwrap_or_else(|| vec![unknown(&module.id.name)]);
        self.locations.push(Location {
            module: module.id.name.clone(),
            is_program: module.is_program,
            address,
            functions,
        });
        *vacant.insert(self.locations.len() - 1)
    }

    fn unknown_location(&mut self) -> usize {
        let functions = vec![unknown("unknown")];
        let module = "".into();
        self.locations.push(Location { module, is_program: false, address: 0, functions });
        self.locations.len() - 1
    }
}

/// The functions at this address, as in [`Location`].
fn functions(loader: &Loader, address: u64) -> Vec<Function> {
    let symbol = loader.find_symbol(address).map(demangled);
    let mut functions = Vec::new();
    if let Ok(mut frames) = loader.find_frames(address) {
        while let Ok(Some(frame)) = frames.next() {
            let name = frame.function.as_ref().and_then(|function| function.raw_name().ok());
            let location = frame.location.as_ref();
            let file: Option<Arc<str>> = location.and_then(|location| location.file).map(Arc::from);
            functions.push(Function {
                name: name.map_or_else(|| "unknown".into(), |name| demangled(&name)),
                is_own: file.as_deref().is_some_and(is_own),
                file,
                line: location.and_then(|location| location.line).unwrap_or(0),
                is_inlined: true,
            });
        }
    }
    match functions.last_mut() {
        Some(called) => {
            called.is_inlined = false;
            // The symbol table has the full path of a function, but DWARF has only its name.
            called.name = symbol.unwrap_or_else(|| called.name.clone());
        }
        None => functions.extend(symbol.map(without_lines)),
    }
    functions
}

fn demangled(name: &str) -> Arc<str> {
    format!("{:#}", rustc_demangle::demangle(name)).into()
}

fn unknown(module: &str) -> Function {
    // The name of the kernel's code already has brackets, as in [vdso].
    without_lines(format!("[{}]", module.trim_matches(['[', ']'])).into())
}

fn without_lines(name: Arc<str>) -> Function {
    Function { name, file: None, line: 0, is_own: false, is_inlined: false }
}

/// Whether this file is in the workspace.
fn is_own(file: &str) -> bool {
    let workspace = Path::new(WORKSPACE).parent();
    workspace.is_some_and(|workspace| Path::new(file).starts_with(workspace))
        && !file.contains("/.cargo/")
}

/// The path of a file from the top of the workspace.
pub fn in_workspace(file: &str) -> &str {
    let workspace = Path::new(WORKSPACE).parent().and_then(Path::to_str).unwrap_or("");
    file.strip_prefix(workspace).map_or(file, |path| path.trim_start_matches('/'))
}
