//! The profile as a file for `go tool pprof` and other tools that read its format. The file is a
//! compressed Protocol Buffers message. The names and numbers of its fields are defined in
//! <https://github.com/google/pprof/blob/main/proto/profile.proto>.
//!
//! Each instruction is its own location, with all functions at that instruction. So the tool can
//! distinguish lines, and it can distinguish inlined functions from their callers.

use std::{
    collections::HashMap,
    io::{self, Write},
    time::SystemTime,
};

use flate2::{Compression, write::GzEncoder};

use super::protobuf::Message;
use crate::profiler::sampling::profile::{Function, Profile};

/// The compressed file.
///
/// # Errors
/// If the compression fails.
pub fn gzip(profile: &Profile) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&message(profile).into_bytes())?;
    encoder.finish()
}

fn message(profile: &Profile) -> Message {
    let mut tables = Tables::default();
    // By definition, string 0 is empty, and mapping 1 is the program.
    tables.text("");
    for location in profile.locations.iter().filter(|location| location.is_program) {
        tables.mapping(&location.module);
    }
    let value_type = |kind, unit| Message::default().number(1, kind).number(2, unit);
    let samples = value_type(tables.text("samples"), tables.text("count"));
    let cpu = value_type(tables.text("cpu"), tables.text("nanoseconds"));
    let [worker, thread] = ["worker", "thread"].map(|key| tables.text(key));
    let began = profile.began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut file = Message::default()
        .message(1, &samples) // sample_type
        .message(1, &cpu)
        .number(9, began.as_nanos() as u64) // time_nanos
        .number(10, profile.elapsed.as_nanos() as u64) // duration_nanos
        .message(11, &cpu) // period_type
        .number(12, (1e9 / profile.rate().max(1.0)).round() as u64) // period
        .numbers(13, [tables.text(&profile.summary())]); // comment

    for (index, location) in profile.locations.iter().enumerate() {
        let mut message = Message::default()
            .number(1, index as u64 + 1) // id
            .number(2, tables.mapping(&location.module)) // mapping_id
            .number(3, location.address); // address
        for function in &location.functions {
            let line = Message::default()
                .number(1, tables.function(function)) // function_id
                .number(2, function.line.into()); // line
            message = message.message(4, &line);
        }
        file = file.message(4, &message); // location
    }
    for stack in &profile.stacks {
        let pid = profile.workers[stack.worker].pid.to_string();
        let label = |key, text| Message::default().number(1, key).number(2, text);
        let nanoseconds = (profile.seconds(stack) * 1e9).round() as u64;
        let sample = Message::default()
            .numbers(1, stack.locations.iter().map(|index| *index as u64 + 1)) // location_id
            .numbers(2, [stack.samples, nanoseconds]) // value
            .message(3, &label(worker, tables.text(&pid))) // label
            .message(3, &label(thread, tables.text(&stack.thread)));
        file = file.message(2, &sample); // sample
    }
    tables.append_to(file)
}

/// Strings, functions and mappings, to which other messages refer by number.
#[derive(Default)]
struct Tables {
    texts: Vec<String>,
    text_ids: HashMap<String, u64>,
    functions: Vec<Message>,
    function_ids: HashMap<(u64, u64), u64>,
    mappings: Vec<Message>,
    mapping_ids: HashMap<u64, u64>,
}

impl Tables {
    fn text(&mut self, text: &str) -> u64 {
        if let Some(id) = self.text_ids.get(text) {
            return *id;
        }
        let id = self.texts.len() as u64;
        self.texts.push(text.to_owned());
        self.text_ids.insert(text.to_owned(), id);
        id
    }

    fn function(&mut self, function: &Function) -> u64 {
        let name = self.text(&function.name);
        let filename = self.text(function.file.as_deref().unwrap_or(""));
        *self.function_ids.entry((name, filename)).or_insert_with(|| {
            let id = self.functions.len() as u64 + 1;
            // Without a system_name (3), because the tool would demangle it again.
            let message = Message::default().number(1, id).number(2, name).number(4, filename);
            self.functions.push(message);
            id
        })
    }

    fn mapping(&mut self, module: &str) -> u64 {
        let filename = self.text(module);
        *self.mapping_ids.entry(filename).or_insert_with(|| {
            let id = self.mappings.len() as u64 + 1;
            let message = Message::default()
                .number(1, id)
                .number(3, u64::MAX) // memory_limit
                .number(5, filename)
                // has_functions to has_inline_frames tell the tool that it doesn't need to read the
                // program.
                .number(7, 1)
                .number(8, 1)
                .number(9, 1)
                .number(10, 1);
            self.mappings.push(message);
            id
        })
    }

    fn append_to(self, mut file: Message) -> Message {
        for mapping in &self.mappings {
            file = file.message(3, mapping);
        }
        for function in &self.functions {
            file = file.message(5, function);
        }
        for text in &self.texts {
            file = file.text(6, text);
        }
        file
    }
}
