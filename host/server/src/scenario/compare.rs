//! What a scenario led to, held against what it must lead to.
//!
//! Comes in: two texts. Goes out: nothing, or the differences as a unified diff, each
//! under the step that it belongs to.

use similar::{ChangeTag, TextDiff};

/// Lines shown around a difference.
const AROUND: usize = 3;

/// Begins the line of a step.
pub(super) const STEP: &str = "$ ";
/// Begins the line of a part of the outcome.
pub(super) const PART: &str = "== ";

/// The differences; `None` where there are none.
pub(super) fn difference(expected: &str, came: &str) -> Option<String> {
    if expected == came {
        return None;
    }
    let diff = TextDiff::from_lines(expected, came);
    let lines: Vec<&str> = came.lines().collect();
    let mut text = "--- expected.txt\n+++ what came\n".to_owned();
    for group in diff.grouped_ops(AROUND) {
        let first = group.first().map_or(0, |op| op.new_range().start);
        let changed = group.iter().find(|op| op.tag() != similar::DiffTag::Equal);
        let changed = changed.map_or(first, |op| op.new_range().start);
        text += &format!("@@ {} @@\n", step_at(&lines, changed));
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let mark = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            text.push(mark);
            text += change.value().trim_end_matches('\n');
            text.push('\n');
        }
    }
    Some(text)
}

/// The step, or the part of the outcome, to which a line belongs.
fn step_at<'t>(lines: &[&'t str], at: usize) -> &'t str {
    let upto = &lines[..lines.len().min(at + 1)];
    let is = |line: &&&str| line.starts_with(STEP) || line.starts_with(PART);
    upto.iter()
        .rev()
        .find(is)
        .copied()
        .unwrap_or("the beginning")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_stands_under_its_step() {
        let expected = "$ credence case list\nno cases\n\n$ credence order list\nno orders\n";
        assert_eq!(difference(expected, expected), None);
        let came = expected.replace("no orders", "order-1  in-force");
        assert_eq!(
            difference(expected, &came).unwrap(),
            "--- expected.txt\n+++ what came\n@@ $ credence order list @@\n no cases\n \n \
             $ credence order list\n-no orders\n+order-1  in-force\n"
        );
    }
}
