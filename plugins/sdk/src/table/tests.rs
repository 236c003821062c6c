//! Tables as departments export them, and cut in every way. In comes text; what is
//! checked is the rows, their numbers and their cells. Absent: any department.

use std::fmt::Write as _;

use super::*;
use crate::contract::types::{Date, Moment, Rejection, Statement};
use proptest::prelude::*;

static LAYOUT: Layout = Layout::new(&[
    Column::required("number", &["文号", "决定书文号"]),
    Column::required("name", &["当事人名称", "企业名称"]),
    Column::optional("amount", &["罚款金额（元）"]),
    Column::optional("agency", &["处罚机关名称"]),
]);

/// Each row as a rejection whose words are its cells, so that a test can see them.
fn normalise(chunk: &Chunk, layout: &Layout) -> Result<Normalised, FeedError> {
    super::normalise(chunk, layout, |row| {
        let mut shown = String::new();
        for (name, cell) in row.into_rest() {
            let _ = write!(shown, "{name}={} ", cell.into_text());
        }
        Ok(Statements::from(Statement::Rejected(Rejection {
            field: None,
            rule: "shown".to_owned(),
            text: shown.trim_end().to_owned(),
        })))
    })
}

/// What a delivery in these pieces gave: its lines, and the number of rows.
fn read(layout: &Layout, pieces: &[&str]) -> Result<(Vec<String>, u32), FeedError> {
    let (mut lines, mut rows, mut carry) = (Vec::new(), 0, String::new());
    for (at, piece) in pieces.iter().enumerate() {
        let chunk = Chunk {
            feed: "f".into(),
            delivery: "d".into(),
            received_at: Moment {
                date: Date {
                    year: 2026,
                    month: 6,
                    day: 2,
                },
                hour: 9,
                minute: 0,
                second: 0,
            },
            text: (*piece).to_owned(),
            first_row: rows + 1,
            carry,
            last: at + 1 == pieces.len(),
        };
        let answer = normalise(&chunk, layout)?;
        let given = chunk.carry.chars().count() + piece.chars().count();
        assert!(answer.rows as usize <= given, "more rows than characters");
        let within = chunk.first_row..chunk.first_row + answer.rows;
        for line in answer.lines {
            assert!(within.contains(&line.row), "row {} was not read", line.row);
            lines.push(match line.statement {
                Statement::Rejected(r) if r.rule == "shown" => format!("{} {}", line.row, r.text),
                Statement::Rejected(r) => format!("{} {}", line.row, r.rule),
                other => panic!("{other:?}"),
            });
        }
        rows += answer.rows;
        carry = answer.carry;
    }
    Ok((lines, rows))
}

/// In one piece, and in pieces of every size.
fn check_with(layout: &Layout, text: &str, lines: &[&str], rows: u32) {
    let expected = Ok((lines.iter().map(|l| (*l).to_owned()).collect(), rows));
    assert_eq!(read(layout, &[text]), expected, "{text}");
    assert_eq!(read(layout, &[text, ""]), expected, "an empty last chunk");
    for size in [1, 2, 3, 7] {
        let letters: Vec<char> = text.chars().collect();
        let pieces: Vec<String> = letters.chunks(size).map(|c| c.iter().collect()).collect();
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        assert_eq!(read(layout, &pieces), expected, "pieces of {size}: {text}");
    }
}

fn check(text: &str, lines: &[&str], rows: u32) {
    check_with(&LAYOUT, text, lines, rows);
}

fn check_wrong(text: &str, words: &[&str]) {
    for size in [1, 1 << 20] {
        let letters: Vec<char> = text.chars().collect();
        let mut pieces: Vec<String> = letters.chunks(size).map(|c| c.iter().collect()).collect();
        if pieces.is_empty() {
            pieces.push(String::new());
        }
        let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
        match read(&LAYOUT, &pieces) {
            Err(FeedError::WrongFormat(message)) => {
                for word in words {
                    assert!(message.contains(word), "{word}: {message}");
                }
            }
            other => panic!("{text} was read as {other:?}"),
        }
    }
}

#[test]
fn cells_come_under_the_names_of_the_layout() {
    check(
        "文号,企业名称,罚款金额(元),备注\n1号,甲公司,5,好\n2号,\"乙,公司\",,\n",
        &[
            "2 number=1号 name=甲公司 amount=5 备注=好",
            "3 number=2号 name=乙,公司",
        ],
        3,
    );
}

#[test]
fn names_are_compared_without_width_spaces_case_and_stars() {
    check(
        "\u{feff}* 文 号,Ｎａｍｅ,罚款金额（元）：\n1,甲,5\n",
        &["2 number=1 name=甲 amount=5"],
        2,
    );
}

#[test]
fn titles_above_the_header_are_skipped_and_counted() {
    check(
        "超限处罚公示,,\n,,\n填报单位：某局,,\n文号,name,amount\n1,甲,5\n",
        &["5 number=1 name=甲 amount=5"],
        5,
    );
}

#[test]
fn a_merged_header_of_two_rows_is_one_header() {
    check(
        "文号,当事人,,处罚,\n,名称,代码,机关名称,结果\n1,甲,9,某局,罚\n",
        &["3 number=1 name=甲 当事人代码=9 agency=某局 处罚结果=罚"],
        3,
    );
    // The same lower name twice: only together with the upper one is it one column.
    check(
        "文号,当事人,处罚机关\n,名称,名称\n1,甲,某局\n",
        &["3 number=1 name=甲 agency=某局"],
        3,
    );
    // All that is required stands in the upper row already.
    check(
        "文号,企业名称,处罚机关,\n,,名称,罚款金额（元）\n1,甲,某局,5\n",
        &["3 number=1 name=甲 agency=某局 amount=5"],
        3,
    );
}

#[test]
fn a_header_that_comes_again_is_skipped_and_counted() {
    check(
        "文号,name,x\n1,甲,\n文号,name,x\n2,乙,\n",
        &["2 number=1 name=甲", "4 number=2 name=乙"],
        4,
    );
    check(
        "文号,当事人\n,名称\n1,甲\n文号,当事人\n2,乙\n",
        &["3 number=1 name=甲", "5 number=2 name=乙"],
        5,
    );
}

#[test]
fn subtotals_are_skipped_and_counted() {
    check(
        "文号,name,amount\n1,甲,5\n小 计：,,5\n2,乙,6\n合计2条,,11\n,总计,11\n",
        &["2 number=1 name=甲 amount=5", "4 number=2 name=乙 amount=6"],
        6,
    );
    // A company of that name is no subtotal.
    check(
        "文号,name\n合计号1,甲\n3,合计公司\n总计划1,\n",
        &[
            "2 number=合计号1 name=甲",
            "3 number=3 name=合计公司",
            "4 number=总计划1",
        ],
        4,
    );
}

#[test]
fn blank_rows_are_skipped_and_counted() {
    check(
        "\n文号,name\n\n1,甲\n , \n无,/\n2,乙\n\n",
        &["4 number=1 name=甲", "7 number=2 name=乙"],
        8,
    );
}

#[test]
fn a_row_is_a_record_and_not_a_line() {
    check(
        "文号,name\r\n1,\"甲\r\n公司\"\r\n2,\"乙\"\"丙\"\r\n",
        &["2 number=1 name=甲\r\n公司", "3 number=2 name=乙\"丙"],
        3,
    );
}

#[test]
fn a_table_that_breaks_off_is_truncated() {
    check(
        "文号,name\n1,甲\n2",
        &["2 number=1 name=甲", "3 truncated"],
        3,
    );
    check(
        "文号,name\n1,甲\n2,乙",
        &["2 number=1 name=甲", "3 truncated"],
        3,
    );
    check("文号,name\n1,\"甲\n2,乙\n", &["2 truncated"], 2);
    let lacking = LAYOUT.last_row_may_lack_break();
    check_with(&lacking, "文号,name\n1,甲", &["2 number=1 name=甲"], 2);
    check_with(&lacking, "文号,name\n1", &["2 truncated"], 2);
    check_with(&lacking, "文号,name\n1,\"甲", &["2 truncated"], 2);
    check_with(&lacking, "文号,name\n1,甲\n ", &["2 number=1 name=甲"], 3);
}

#[test]
fn a_row_of_another_length_is_told() {
    check("文号,name,x\n1\n", &["2 malformed"], 2);
    check("文号,name\n1,甲,乙\n", &["2 malformed"], 2);
    check("文号,name\n1,甲,,/\n", &["2 number=1 name=甲"], 2);
    let short = LAYOUT.rows_may_be_short();
    check_with(&short, "文号,name,x\n1,甲\n", &["2 number=1 name=甲"], 2);
}

#[test]
fn damaged_rows_are_told_one_by_one() {
    check(
        "文号,name\n1,福\u{fffd}\n2,\"甲\"乙\n3,丙\n",
        &["2 damaged-text", "3 malformed", "4 number=3 name=丙"],
        4,
    );
}

#[test]
fn columns_without_a_name_keep_their_cells() {
    check(
        "文号,name,,备注,备注\n1,甲,x,y,z\n",
        &["2 number=1 name=甲 列3=x 备注=y 列5=z"],
        2,
    );
}

#[test]
fn another_delimiter() {
    let layout = LAYOUT.parted_by(b'\t');
    check_with(
        &layout,
        "文号\tname\n1,2\t甲\n",
        &["2 number=1,2 name=甲"],
        2,
    );
}

#[test]
fn what_is_no_such_table_is_refused_with_the_names_found() {
    check_wrong("", &["empty"]);
    check_wrong("文号,金额\n1,5\n", &["no column name", "文号, 金额"]);
    check_wrong("文号,name,企业名称\n1,甲,乙\n", &["twice", "name"]);
    check_wrong("文号,name", &["send the table"]);
    let long = format!("文号,name\n1,\"{}", "x".repeat(ROW_BYTES));
    match read(&LAYOUT, &[&long]) {
        Err(FeedError::WrongFormat(message)) => assert!(message.contains("row 2 is longer")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_refusal_quotes_no_data() {
    let text = "1,甲某\n".repeat(40);
    match read(&LAYOUT, &[&text]) {
        Err(FeedError::WrongFormat(message)) => {
            assert!(message.contains("number, name") && !message.contains("甲某"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_carry_of_another_revision_is_refused() {
    for carry in [
        "x",
        "table-2 h 1 0 0\n",
        "table-1 h 1 0 99\n文",
        "table-1 s 1 1 0\n文",
    ] {
        let chunk = Chunk {
            carry: carry.to_owned(),
            ..chunk_of("1,甲\n")
        };
        let answer = normalise(&chunk, &LAYOUT);
        assert!(matches!(answer, Err(FeedError::WrongFormat(_))), "{carry}");
    }
}

fn chunk_of(text: &str) -> Chunk {
    Chunk {
        feed: "f".into(),
        delivery: "d".into(),
        received_at: Moment {
            date: Date {
                year: 2026,
                month: 6,
                day: 2,
            },
            hour: 9,
            minute: 0,
            second: 0,
        },
        text: text.to_owned(),
        first_row: 7,
        carry: String::new(),
        last: false,
    }
}

proptest! {
    /// Whatever the table, where it is cut makes no difference.
    #[test]
    fn where_a_table_is_cut_makes_no_difference(
        rows in prop::collection::vec("[1甲\",合计\\r\\n 文号name]{0,12}\\n", 0..12),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let text = format!("标题\n文号,name,x\n{}", rows.concat());
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| *cut.get(&places)).collect();
        cuts.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for cut in cuts {
            pieces.push(&text[from..cut]);
            from = cut;
        }
        pieces.push(&text[from..]);
        prop_assert_eq!(read(&LAYOUT, &pieces), read(&LAYOUT, &[&text]));
    }

    /// What is written is read back.
    #[test]
    fn written_rows_are_read_back(cells in prop::collection::vec("[1甲\",\\r\\n ]{0,6}", 1..6)) {
        let mut out = String::new();
        let borrowed: Vec<&str> = cells.iter().map(String::as_str).collect();
        write_row(&mut out, &borrowed);
        let mut found = Cells::default();
        prop_assert_eq!(split::record(&out, b',', &mut found), End::Break(out.len()));
        let found: Vec<String> = (0..found.len()).map(|at| found.text(at).into_owned()).collect();
        prop_assert_eq!(found, cells);
    }
}
