//! Folded stacks: a profile as lines of text, `outermost;…;innermost microseconds`. It is the form
//! that flamegraphs are drawn from, and the one in which a profile is kept to be compared with the
//! next (<https://www.brendangregg.com/FlameGraphs/cpuflamegraphs.html>).

use std::collections::BTreeMap;

use crate::profiler::sampling::profile::{Function, Profile, Stack};

/// Microseconds of CPU time by stack, all threads with the same stack together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded(pub BTreeMap<String, u64>);

impl Folded {
    /// Folds a profile. The outermost name is that of the thread.
    ///
    /// Of the functions that the compiler has put into another one, only this workspace's own are
    /// shown. Twenty steps from one closure to the next within tokio tell nobody anything; and the time
    /// of an iterator's `next` is that of the loop around it. (The table of functions has them all.)
    pub fn of(profile: &Profile) -> Self {
        let mut seconds = BTreeMap::<String, f64>::new();
        for stack in &profile.stacks {
            let mut line = plain(&stack.thread);
            for function in functions(profile, stack).iter().rev() {
                line.push(';');
                line += &plain(&function.name);
            }
            *seconds.entry(line).or_default() += profile.seconds(stack);
        }
        let microseconds = |seconds: f64| (seconds * 1e6).round() as u64;
        Self(seconds.into_iter().map(|(line, time)| (line, microseconds(time))).collect())
    }

    /// Reads lines again; what is none is left out.
    pub fn parse(text: &str) -> Self {
        let entry = |line: &str| {
            let (stack, time) = line.rsplit_once(' ')?;
            Some((stack.to_owned(), time.parse().ok()?))
        };
        Self(text.lines().filter_map(entry).collect())
    }

    /// The lines, those with the most time first.
    pub fn lines(&self) -> Vec<String> {
        let mut stacks: Vec<_> = self.0.iter().collect();
        stacks.sort_by_key(|(_, time)| std::cmp::Reverse(**time));
        stacks.iter().map(|(stack, time)| format!("{stack} {time}")).collect()
    }

    /// All its microseconds.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// Those to show, the innermost first.
fn functions<'a>(profile: &'a Profile, stack: &Stack) -> Vec<&'a Function> {
    let mut shown = Vec::new();
    for place in &stack.places {
        let [put_in @ .., outermost] = &profile.places[*place].functions[..] else { continue };
        shown.extend(put_in.iter().filter(|function| function.is_own));
        shown.push(outermost);
    }
    shown
}

/// A name without the characters that mean something in a line.
pub fn plain(name: &str) -> String {
    name.replace(';', ",").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_again() {
        let folded = Folded(BTreeMap::from([
            ("compute;<A as B>::c;[u8, 4]".to_owned(), 12),
            ("event loop;d".to_owned(), 3_000),
        ]));
        let text = folded.lines().join("\n");
        assert_eq!(text, "event loop;d 3000\ncompute;<A as B>::c;[u8, 4] 12");
        assert_eq!(Folded::parse(&text), folded);
        assert_eq!(Folded::parse("nonsense\n\n x").total(), 0);
    }
}
