use super::*;

#[track_caller]
fn wrong(line: &str, words: &str) {
    let text = format!("# a story\n\n{line}\n");
    let error = parse("steps.txt", &text).unwrap_err().to_string();
    assert!(error.starts_with("steps.txt:3: "), "{line}: {error}");
    assert!(error.contains(words), "{line}: {error}");
    assert!(error.contains(line), "{line}: {error}");
}

#[test]
fn every_kind_of_wrong_line_names_its_place_the_rule_and_what_to_write() {
    wrong("passs 5 days", "begins no step");
    wrong("pass 5 weeks", "pass 20 days");
    wrong("pass five days", "pass 20 days");
    wrong("pass until tomorrow", "no day; write 2026-11-23");
    wrong("at 2026-11-23 9 o'clock'", "at 2026-11-23 09:00");
    wrong("at 2026-11-23 25:00", "no time of the day");
    wrong("at 2026-02-30", "no day");
    wrong("credence", "a command with its words");
    wrong("credence serve", "cannot stand here");
    wrong("! case open", "a command follows");
    wrong("quiet", "a command follows");
    wrong("credence case list --data x", "the runner's to say");
    wrong("credence case list --config=x", "the runner's to say");
    wrong("credence id check -", "no standard input");
    wrong("credence case show \"x", "not closed");
    wrong("department", "department tax");
    wrong("department tax =", "department toy = ");
    wrong("department Tax", "no name of a department");
    wrong("switch", "switch tax drop-after 1");
    wrong("switch tax", "switch tax down");
    wrong("switch tax down soon", "switch tax down");
    wrong("grant", "grant tax");
    wrong("take x credence case list : /a", "take NAME = ");
    wrong("take x = credence case list", "POINTER");
    wrong("take X = credence case list : /a", "no name");
    wrong("take x = credence case list : a", "no pointer");
    wrong(
        "take x = credence case list : /a where /b = c",
        "put one `*`",
    );
    wrong("take x = credence demo : /a", "cannot stand here");
    wrong("lay a b", "lay {here}");
    wrong("catalogue", "catalogue {here}");
    wrong("credence case list \\", "nothing follows");
}

#[test]
fn time_is_set_once() {
    let error = parse("s", "at 2026-11-23\ndepartment tax\nat 2026-11-24").unwrap_err();
    assert!(error.to_string().starts_with("s:3: "), "{error}");
    assert!(error.to_string().contains("pass until"), "{error}");
    assert!(parse("s", "// nothing\n").is_err());
}

#[test]
fn lines_are_read_as_they_stand() {
    let text = "# 税务 / tax\n> A sentence.\nat 2026-11-23 09:00\n// a remark\n\
                ! credence case open --reason \"two words\" \\\n   --measure L-TAX-02\n\
                pass 5 working days\n\
                take r = credence subject show X : /records/*/id where /record/item = TAX-PENALTY\n\
                switch tax late 1 ms 0\n";
    let steps = parse("s", text).unwrap();
    let lines: Vec<usize> = steps.iter().map(|step| step.line).collect();
    assert_eq!(lines, [1, 2, 3, 5, 7, 8, 9]);
    assert_eq!(steps[0].what, What::Heading("税务 / tax".to_owned()));
    let What::Command { words, refused, .. } = &steps[3].what else {
        panic!("{:?}", steps[3]);
    };
    assert!(refused);
    assert_eq!(
        words[2..],
        ["--reason", "two words", "--measure", "L-TAX-02"]
    );
    assert_eq!(steps[4].what, What::Pass(Passing::WorkingDays(5)));
    let What::Take { pick, .. } = &steps[5].what else {
        panic!("{:?}", steps[5]);
    };
    assert_eq!(pick.pointer, "/records/*/id");
    let condition = ("/record/item".to_owned(), "TAX-PENALTY".to_owned());
    assert_eq!(pick.condition, Some(condition));
}
