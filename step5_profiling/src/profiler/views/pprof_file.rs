//! The profile as a file for `go tool pprof` and all that read its format: a protobuf, compressed.
//!
//! Each instruction is a location of its own, with all functions that are there: so the tool can tell
//! lines apart, and a function from those that the compiler has put into it.

use std::{
    collections::HashMap,
    io::{self, Write},
    time::SystemTime,
};

use flate2::{Compression, write::GzEncoder};
use prost::Message;

use super::profile_proto as proto;
use crate::profiler::sampling::profile::{self, Profile};

/// The compressed file.
///
/// # Errors
/// What the compression says.
pub fn gzip(profile: &Profile) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&message(profile).encode_to_vec())?;
    encoder.finish()
}

/// The message.
pub fn message(profile: &Profile) -> proto::Profile {
    let mut table = Table::default();
    table.text("");
    let [samples, count] = ["samples", "count"].map(|text| table.text(text));
    let [cpu, nanoseconds] = ["cpu", "nanoseconds"].map(|text| table.text(text));
    let [worker, thread] = ["worker", "thread"].map(|text| table.text(text));
    let cpu = proto::ValueType { r#type: cpu, unit: nanoseconds };

    // The first mapping is the program (so the format says).
    for place in profile.places.iter().filter(|place| place.is_program) {
        table.mapping(&place.module);
    }

    let mut location = Vec::new();
    for (index, place) in profile.places.iter().enumerate() {
        let line = place.functions.iter().map(|function| proto::Line {
            function_id: table.function(function),
            line: function.line.into(),
        });
        location.push(proto::Location {
            id: index as u64 + 1,
            line: line.collect(),
            mapping_id: table.mapping(&place.module),
            address: place.address,
        });
    }
    let sample = profile.stacks.iter().map(|stack| {
        let pid = profile.workers[stack.worker].pid.to_string();
        proto::Sample {
            location_id: stack.places.iter().map(|place| *place as u64 + 1).collect(),
            value: vec![stack.samples as i64, (profile.seconds(stack) * 1e9).round() as i64],
            label: vec![
                proto::Label { key: worker, str: table.text(&pid) },
                proto::Label { key: thread, str: table.text(&stack.thread) },
            ],
        }
    });
    let sample = sample.collect();
    let comment = vec![table.text(&profile.truth())];
    let began = profile.began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    proto::Profile {
        sample_type: vec![proto::ValueType { r#type: samples, unit: count }, cpu],
        sample,
        mapping: table.mappings,
        location,
        function: table.functions,
        string_table: table.texts,
        time_nanos: began.as_nanos() as i64,
        duration_nanos: profile.elapsed.as_nanos() as i64,
        period_type: Some(cpu),
        period: (1e9 / profile.rate().max(1.0)).round() as i64,
        comment,
    }
}

/// What others name by a number.
#[derive(Default)]
struct Table {
    texts: Vec<String>,
    text_ids: HashMap<String, i64>,
    functions: Vec<proto::Function>,
    function_ids: HashMap<(i64, i64), u64>,
    mappings: Vec<proto::Mapping>,
}

impl Table {
    fn text(&mut self, text: &str) -> i64 {
        if let Some(id) = self.text_ids.get(text) {
            return *id;
        }
        let id = self.texts.len() as i64;
        self.texts.push(text.to_owned());
        self.text_ids.insert(text.to_owned(), id);
        id
    }

    fn function(&mut self, function: &profile::Function) -> u64 {
        let name = self.text(&function.name);
        let filename = self.text(function.file.as_deref().unwrap_or(""));
        *self.function_ids.entry((name, filename)).or_insert_with(|| {
            let id = self.functions.len() as u64 + 1;
            // No system name: the tool would take names apart that are in order already.
            self.functions.push(proto::Function { id, name, filename, ..Default::default() });
            id
        })
    }

    fn mapping(&mut self, module: &str) -> u64 {
        let filename = self.text(module);
        let known = self.mappings.iter().find(|mapping| mapping.filename == filename);
        if let Some(known) = known {
            return known.id;
        }
        let id = self.mappings.len() as u64 + 1;
        self.mappings.push(proto::Mapping {
            id,
            memory_limit: u64::MAX,
            filename,
            // All of it is said here: the tool need not look at the program.
            has_functions: true,
            has_filenames: true,
            has_line_numbers: true,
            has_inline_frames: true,
        });
        id
    }
}
