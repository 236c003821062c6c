//! Reading: syntax, fields, codes, blank words, lengths of time, and the rules
//! of single bases, limits, forms, lists, items and mandates.

use super::*;
use proptest::prelude::*;

#[test]
fn what_cannot_be_read_is_named_with_its_line() {
    let files = good().with_in("S-EXIT", "code = \"S-EXIT\"", "code = # nothing");
    check(files, "code = # nothing", "syntax", "");
}

#[test]
fn every_unreadable_entry_is_a_fault_of_its_own() {
    let files = good()
        .with_in("LAW", "level = \"law\"", "level = \"hearsay\"")
        .with_in(
            "S-EXIT",
            "disclosure = \"government\"",
            "disclosure = \"open\"",
        )
        .with_in(
            "L-WAGES",
            "human_gate = \"official\"",
            "humane_gate = \"official\"",
        )
        .with_in("HONOUR", "title = \"表彰奖励\"\n", "");
    let fields: Vec<(String, usize, String)> = files
        .faults()
        .into_iter()
        .map(|fault| (fault.file, fault.line, fault.field))
        .collect();
    let at = |line: &str, field: &str| {
        let (file, line) = files.place(line);
        (file, line, field.to_owned())
    };
    let expected = [
        at("level = \"hearsay\"", "level"),
        at("code = \"HONOUR\"", "items"),
        at("disclosure = \"open\"", "disclosure"),
        at("humane_gate", "humane_gate"),
    ];
    assert_eq!(fields, expected);
}

#[test]
fn a_table_or_field_that_nobody_reads_is_a_fault() {
    let penance = good().and("more.toml", "[[penances]]\ncode = \"X\"\n");
    check(
        penance,
        "[[penances]]",
        "penances",
        "no table of a catalogue",
    );
    let field = good().with("region = \"35\"", "region = \"35\"\nprefix = \"35\"");
    check(field, "prefix", "prefix", "unknown field");
}

#[test]
fn days_and_lengths_of_time_are_ones_that_exist() {
    let swap = |words, instead| good().with(words, instead);
    check(
        swap("filed_on = \"2026-03-15\"", "filed_on = \"2026-02-30\""),
        "filed_on = \"2026-02-30\"",
        "filed_on",
        "",
    );
    check(
        swap(
            "feedback_within = { working_days = 5 }",
            "feedback_within = { weeks = 5 }",
        ),
        "feedback_within = { weeks",
        "feedback_within",
        "unknown variant",
    );
    check(
        swap(
            "feedback_within = { working_days = 5 }",
            "feedback_within = { working_days = -5 }",
        ),
        "feedback_within = { working_days = -5",
        "feedback_within",
        "",
    );
}

#[test]
fn no_time_has_length_0() {
    let zero = |words: &str, field: &str| {
        let start = words.split(" = ").next().unwrap();
        let unit = words.split(['{', '=']).nth(2).unwrap().trim();
        let line = format!("{start} = {{ {unit} = 0 }}");
        check(good().with(words, &line), &line, field, "length 0");
    };
    zero("feedback_within = { working_days = 5 }", "feedback_within");
    zero("hearing = { working_days = 5 }", "hearing");
    zero("review_within = { months = 12 }", "review_within");
    zero(
        "decides_within = { working_days = 3 }",
        "repair.decides_within",
    );
    zero("publish_within = { working_days = 20 }", "publish_within");
}

/// Requirement 34: what a notice has to say is said.
#[test]
fn nothing_is_blank() {
    let blank = |words: &str, field: &str| {
        let line = format!("{} = \" \"", words.split(" = ").next().unwrap());
        check(good().with(words, &line), &line, field, "blank");
    };
    blank("words = \"履行完毕后申请解除\"", "repair.words");
    blank("condition = \"有履行能力而拒不履行\"", "condition");
    blank("source = \"人社部令45号\"", "source");
    blank("duty = \"参考依据\"", "duty");
    blank("issuer = \"福建省人民政府\"", "issuer");
    check(
        good().with("needs = [\"书面信用承诺\"]", "needs = [\"\"]"),
        "needs",
        "repair.needs",
        "blank",
    );
}

#[test]
fn every_code_named_is_the_code_of_an_entry() {
    let unknown = |code: &str, words: &str, field: &str, table: &str| {
        let line = format!("{field} = \"NONE\"");
        let files = good().with_in(code, words, &line);
        check(
            files,
            &line,
            field,
            &format!("`NONE` is not in [[{table}]]"),
        );
    };
    unknown("INTERPRETATION", "parent = \"LAW\"", "parent", "bases");
    unknown("courts", "basis = \"LAW\"", "basis", "bases");
    unknown("review-at-most", "basis = \"PLAN\"", "basis", "bases");
    unknown("EXEMPLARS", "standard = \"PLAN\"", "standard", "bases");
    unknown(
        "PENALTY",
        "publish_basis = \"REGULATION\"",
        "publish_basis",
        "bases",
    );
    unknown("S-EXIT", "domain = \"courts\"", "domain", "domains");
    unknown("I-BONUS", "notice = \"incentive\"", "notice", "notices");
    unknown("L-WAGES", "list = \"WAGES\"", "list", "lists");
    let bases = good().with_in("L-WAGES", "bases = [\"RULE\"]", "bases = [\"NONE\"]");
    check(
        bases,
        "bases = [\"NONE\"]",
        "bases",
        "`NONE` is not in [[bases]]",
    );
    let mandate = good().with("measure = \"C-TAX\"", "measure = \"NONE\"");
    check(
        mandate,
        "measure = \"NONE\"",
        "measure",
        "`NONE` is not in [[measures]]",
    );
}

#[test]
fn a_code_stands_once() {
    let again = |text: &str, line: &str, words: &str| {
        check(good().and("again.toml", text), line, "code", words);
    };
    again(
        "[[domains]]\n# Again.\ncode = \"courts\" # again\ntitle = \"又\"\nbasis = \"LAW\"\n",
        "code = \"courts\" # again",
        "twice",
    );
    let files = good();
    let measures = files.0[3].1.clone();
    let (head, rest) = measures.split_once("[[measures]]").unwrap();
    let first = rest.split("[[measures]]").next().unwrap();
    let text = format!("{head}[[measures]]{first}").replace("\"S-EXIT\"", "\"S-EXIT\" # again");
    again(
        &text,
        "code = \"S-EXIT\" # again",
        "twice in the same edition",
    );
    let persons = files.0[2].1.replace("\"JUDGMENT\"", "\"JUDGMENT\" # again");
    again(
        &persons,
        "code = \"JUDGMENT\" # again",
        "twice in the same edition",
    );
}

#[test]
fn a_region_stands_with_a_local_regulation_and_nowhere_else() {
    let absent = good().with("region = \"35\"\n", "");
    check(absent, "code = \"LOCAL\"", "region", "holds in one region");
    let wrong = good().with("region = \"35\"", "region = \"福建\"");
    check(wrong, "region", "region", "GB/T 2260");
    let elsewhere = good().with_in("LAW", "level = \"law\"", "level = \"law\"\nregion = \"44\"");
    check(
        elsewhere,
        "region = \"44\"",
        "region",
        "only a local regulation",
    );
}

#[test]
fn a_parent_stands_with_a_judicial_interpretation_and_is_a_law() {
    let absent = good().with("parent = \"LAW\"\n", "");
    check(
        absent,
        "code = \"INTERPRETATION\"",
        "parent",
        "names the law",
    );
    let elsewhere = good().with_in("PLAN", "article", "parent = \"LAW\" # not its\narticle");
    check(
        elsewhere,
        "parent = \"LAW\" # not its",
        "parent",
        "nothing else does",
    );
    let no_law = good()
        .with("parent = \"LAW\"", "parent = \"REGULATION\"")
        .with("bases = [\"LAW\", \"INTERPRETATION\"]", "bases = [\"LAW\"]");
    check(
        no_law,
        "parent = \"REGULATION\"",
        "parent",
        "interprets a law",
    );
}

#[test]
fn whatever_ends_begins_before_it_ends() {
    let basis = good().with(
        "repealed_on = \"2030-01-01\"",
        "repealed_on = \"2022-01-01\"",
    );
    let basis = basis.with_in("L-WAGES", "bases = [\"RULE\"]", "bases = [\"REGULATION\"]");
    check(basis, "repealed_on", "repealed_on", "not after");
    let mandate = good().with("until = \"2040-01-01\"", "until = \"2015-05-01\"");
    // Without a day on which it holds it is no mandate.
    check(mandate, "until", "until", "not after");
    let limit = good().with_in(
        "review-at-most",
        "from = \"2017-01-25\"",
        "from = \"2027-01-25\"\nuntil = \"2027-01-25\"",
    );
    let faults = limit.faults();
    assert!(faults.iter().any(|f| f.field == "until"), "{faults:?}");
}

#[test]
fn limits_are_ordered_and_never_two_at_once() {
    let least = good().with("at_least = { years = 1 }", "at_least = { months = 37 }");
    check(least, "at_least", "at_least", "longer than `at_most`");
    let more = |from: &str| {
        let text = format!(
            "[[limits]]\ncode = \"publicity-serious\"\nat_most = {{ years = 3 }}\nbasis = \
             \"PLAN\"\nfrom = \"2023-05-01\" # earlier\nuntil = \"{from}\"\n"
        );
        good().and("more.toml", &text)
    };
    more("2026-04-01").sound();
    check(
        more("2026-04-02"),
        "from = \"2023-05-01\" # earlier",
        "from",
        "on the same day",
    );
}

#[test]
fn remedies_are_said_in_both_languages() {
    let files = good().with("\"reconsideration\", \"suit\"", "\"reconsideration\"");
    check(files, "remedies_en", "remedies_en", "one for one");
}

/// Requirement 10.
#[test]
fn a_list_has_its_ways_out() {
    let wages = |exits: &str| {
        good().with_in(
            "WAGES",
            "exits = [\"expiry\", \"repair\", \"correction\", \"revocation\"]",
            &format!("exits = [{exits}] # changed"),
        )
    };
    let line = |exits: &str| format!("exits = [{exits}] # changed");
    for exits in ["\"expiry\", \"correction\"", "\"expiry\", \"revocation\""] {
        check(
            wages(exits),
            &line(exits),
            "exits",
            "a wrong entry has to end",
        );
    }
    let without = "\"correction\", \"revocation\"";
    check(
        wages(without),
        &line(without),
        "exits",
        "if and only if `longest`",
    );
    let endless = good().with_in("WAGES", "longest = { years = 3 }\n", "");
    check(
        endless,
        "exits = [\"expiry\", \"repair\"",
        "exits",
        "if and only if `longest`",
    );
}

#[test]
fn an_entry_stands_on_a_list_on_every_day() {
    let files = good().with_in(
        "EXEMPLARS",
        "longest = { years = 1 }",
        "longest = { working_days = 250 }",
    );
    check(
        files,
        "longest = { working_days",
        "longest",
        "runs on every day",
    );
}

/// Requirement 12.
#[test]
fn another_time_of_publication_names_its_statute() {
    let files = good().with("publish_basis = \"REGULATION\"\n", "");
    check(files, "publish_within", "publish_within", "stand together");
    let files = good().with("publish_within = { working_days = 20 }\n", "");
    check(
        files,
        "code = \"PENALTY\"",
        "publish_within",
        "stand together",
    );
}

/// I5, 征信业管理条例 第十四条第一款.
#[test]
fn no_directory_collects_what_is_forbidden() {
    let organization = good().with("fields = [\"NAME\"]", "fields = [\"NAME\", \"宗教信仰\"]");
    check(
        organization,
        "fields = [\"NAME\", ",
        "fields",
        "第十四条第一款",
    );
    let person = good().with("fields = [\"P_TEXT\"]", "fields = [\"GPS_TRACK\"]");
    check(person, "fields = [\"GPS_TRACK\"]", "fields", "location");
}

/// 征信业管理条例 第十四条第二款: it binds about persons only.
#[test]
fn what_needs_consent_is_not_collected_about_persons() {
    let person = good().with("fields = [\"P_TEXT\"]", "fields = [\"纳税数额\"]");
    check(
        person,
        "fields = [\"纳税数额\"]",
        "fields",
        "written consent",
    );
    good()
        .with("fields = [\"NAME\"]", "fields = [\"纳税数额\"]")
        .sound();
}

/// I1.
#[test]
fn nothing_ranks_a_person() {
    for field in ["信用评分", "creditScore", "RANK", "积分"] {
        let line = format!("fields = [\"{field}\"]");
        let files = good().with("fields = [\"P_TEXT\"]", &line);
        check(files, &line, "fields", "score, grade, rank");
    }
    let title = good().with("title = \"未履行判决\"", "title = \"个人信用等级\"");
    check(
        title,
        "title = \"个人信用等级\"",
        "title",
        "score, grade, rank",
    );
    good()
        .with("fields = [\"NAME\"]", "fields = [\"信用等级\"]")
        .sound();
}

proptest! {
    /// Whatever is cut out of a file, the answer is a catalogue or faults in lines
    /// that exist.
    #[test]
    fn a_damaged_file_is_named_and_nothing_panics(
        file in 0usize..4, from in 0.0f64..1.0, length in 1usize..400,
    ) {
        let mut files = good();
        let text = &mut files.0[file].1;
        let mut letters: Vec<char> = text.chars().collect();
        let from = (from * letters.len() as f64) as usize;
        letters.drain(from..(from + length).min(letters.len()));
        *text = letters.into_iter().collect();
        for fault in files.faults() {
            let (_, text) = files.0.iter().find(|(name, _)| *name == fault.file).unwrap();
            prop_assert!((1..=text.lines().count() + 1).contains(&fault.line), "{fault}");
        }
    }
}
