//! Folded stacks are a profile as lines of text, `outermost;…;innermost microseconds`. Flamegraphs
//! are drawn from this form (<https://www.brendangregg.com/FlameGraphs/cpuflamegraphs.html>), and
//! the last profile is kept in it.

use std::collections::BTreeMap;

use crate::profiler::sampling::profile::Profile;

/// Microseconds of CPU time by stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded(pub BTreeMap<String, u64>);

impl Folded {
    /// Folds a profile. The outermost name is the name of the thread.
    ///
    /// The only inlined functions shown are those of this workspace
    /// ([`Profile::folded_functions`]). Twenty inlined closures of tokio on top of each other would
    /// tell you nothing. `top` has all functions.
    pub fn of(profile: &Profile) -> Self {
        let mut seconds = BTreeMap::<String, f64>::new();
        for stack in &profile.stacks {
            let mut line = plain(&stack.thread);
            for function in profile.folded_functions(stack).rev() {
                line.push(';');
                line += &plain(&function.name);
            }
            *seconds.entry(line).or_default() += profile.seconds(stack);
        }
        let microseconds = |seconds: f64| (seconds * 1e6).round() as u64;
        Self(seconds.into_iter().map(|(line, time)| (line, microseconds(time))).collect())
    }

    /// Parses lines, and ignores those that do not have this form.
    pub fn parse(text: &str) -> Self {
        let entry = |line: &str| {
            let (stack, time) = line.rsplit_once(' ')?;
            Some((stack.to_owned(), time.parse().ok()?))
        };
        Self(text.lines().filter_map(entry).collect())
    }

    /// The lines, in descending order of time.
    pub fn lines(&self) -> Vec<String> {
        let mut stacks: Vec<_> = self.0.iter().collect();
        stacks.sort_by_key(|(_, time)| std::cmp::Reverse(**time));
        stacks.iter().map(|(stack, time)| format!("{stack} {time}")).collect()
    }

    /// The microseconds of all stacks.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// A name without the characters that separate names or lines.
pub fn plain(name: &str) -> String {
    name.replace(';', ",").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines_are_read_back() {
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
