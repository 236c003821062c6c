use super::*;
use jiff::civil::date;
use proptest::prelude::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// `N` working days after a day by the published notices.
#[track_caller]
fn working_days(start: &str, n: u32, date: &str, provisional: bool) {
    let known = Calendar::published().after(day(start), Span::WorkingDays(n));
    let due = Deadline {
        date: day(date),
        provisional,
    };
    assert_eq!(known, Some(due), "{n} working days after {start}");
}

/// Requirement 12 (7 working days) and requirement 36 (20 working days).
#[test]
fn working_days_are_counted_without_the_start_and_with_make_up_days() {
    working_days("2017-01-25", 7, "2017-02-09", false);
    working_days("2017-01-25", 20, "2017-02-28", false);
    working_days("2026-02-13", 7, "2026-03-02", false);
    working_days("2026-09-21", 20, "2026-10-26", false);
}

#[test]
fn no_working_days_end_where_they_begin_and_weekends_that_are_worked_count() {
    working_days("2026-02-15", 0, "2026-02-15", false);
    working_days("2026-02-13", 1, "2026-02-14", false);
    working_days("2026-10-09", 1, "2026-10-10", false);
    // A start on a holiday: the first day worked is the first that counts.
    working_days("2026-10-03", 1, "2026-10-08", false);
}

#[test]
fn a_deadline_is_provisional_only_if_it_counts_a_day_of_an_unknown_year() {
    working_days("2026-12-30", 1, "2026-12-31", false);
    working_days("2026-12-30", 2, "2027-01-01", true);
    working_days("2026-12-31", 0, "2026-12-31", false);
    working_days("2003-12-30", 1, "2003-12-31", true);
    // What began in an unknown year stays provisional when it ends in a known one.
    working_days("2003-12-30", 2, "2004-01-02", true);
    let unknown = Calendar::default();
    assert_eq!(unknown.day(day("2026-01-05")), Day::Unknown);
    let due = unknown.after(day("2026-01-02"), Span::WorkingDays(1));
    let guess = Deadline {
        date: day("2026-01-05"),
        provisional: true,
    };
    assert_eq!(due, Some(guess));
}

#[test]
fn days_months_and_years_are_counted_by_the_calendar_alone() {
    let check = |start: &str, span, end: &str| {
        let due = Calendar::default().after(day(start), span).unwrap();
        assert_eq!(
            (due.date, due.provisional),
            (day(end), false),
            "{start} {span}"
        );
    };
    check("2027-01-31", Span::Months(1), "2027-02-28");
    check("2028-02-29", Span::Years(1), "2029-02-28");
    check("2026-12-31", Span::Days(1), "2027-01-01");
    assert_eq!(Calendar::default().after(Date::MAX, Span::Days(1)), None);
    assert_eq!(
        Calendar::default().after(Date::MAX, Span::WorkingDays(1)),
        None
    );
}

#[test]
fn the_next_working_day_is_the_day_itself_if_it_is_worked() {
    let check = |from: &str, to: &str, provisional| {
        let next = Calendar::published().next_working_day(day(from)).unwrap();
        assert_eq!(
            (next.date, next.provisional),
            (day(to), provisional),
            "{from}"
        );
    };
    check("2026-09-30", "2026-09-30", false);
    check("2026-10-01", "2026-10-08", false);
    check("2026-02-14", "2026-02-14", false);
    check("2022-12-31", "2023-01-03", false);
    check("2027-01-01", "2027-01-01", true);
    check("2027-01-02", "2027-01-04", true);
}

/// Requirement 12: on time on day 7, late on day 8.
#[test]
fn what_was_done_on_the_seventh_working_day_counts_seven() {
    let check = |start: &str, end: &str, days, provisional| {
        let counted = Calendar::published().working_days_between(day(start), day(end));
        assert_eq!(counted, WorkingDays { days, provisional }, "{start} {end}");
    };
    check("2017-01-25", "2017-02-09", 7, false);
    check("2017-01-25", "2017-02-10", 8, false);
    check("2017-01-25", "2017-01-25", 0, false);
    check("2017-01-25", "2017-01-24", 0, false);
    check("2026-12-31", "2027-01-04", 2, true);
}

#[test]
fn the_published_years_are_2004_to_2026_and_each_names_its_notice() {
    let published = Calendar::published();
    assert!(published.years().eq(2004..=2026));
    assert!(!published.is_known(2027));
    for year in published.years() {
        let title = format!("国务院办公厅关于{year}年部分节假日安排的通知");
        let first = published.notices_of(year).next().unwrap();
        assert_eq!((&first.title, first.amends), (&title, false));
    }
    let amended: Vec<i16> = published
        .years()
        .filter(|year| published.notices_of(*year).count() > 1)
        .collect();
    assert_eq!(amended, [2015, 2019, 2020]);
}

#[test]
fn days_that_later_notices_or_other_years_notices_changed_are_as_they_came_to_be() {
    let check =
        |date: &str, known| assert_eq!(Calendar::published().day(day(date)), known, "{date}");
    // 国发明电〔2015〕1号
    check("2015-09-03", Day::Rest);
    check("2015-09-04", Day::Rest);
    check("2015-09-06", Day::Working);
    // 国办发明电〔2019〕3号
    check("2019-05-02", Day::Rest);
    check("2019-05-05", Day::Working);
    // 国办发明电〔2020〕1号: 1 February had been a make-up day.
    check("2020-01-31", Day::Rest);
    check("2020-02-01", Day::Rest);
    check("2020-02-03", Day::Working);
    // Named by the next year's notice.
    check("2005-12-31", Day::Working);
    check("2006-12-30", Day::Working);
    check("2007-12-31", Day::Rest);
    check("2011-12-31", Day::Working);
    check("2018-12-29", Day::Working);
    check("2018-12-31", Day::Rest);
}

/// 全国年节及纪念日放假办法: 10 days until 2007, 11 from 2008, 13 from 2025. A notice
/// moves days about and grants none, but for two occasions.
#[test]
fn each_year_takes_out_as_many_weekdays_as_the_law_grants_holidays() {
    let published = Calendar::published();
    for year in published.years() {
        let granted = match year {
            ..=2007 => 10,
            2008..=2024 => 11,
            2025.. => 13,
        };
        let extra = match year {
            // 抗战胜利70周年纪念日.
            2015 => 1,
            // The extension took out Friday 31 January, and a make-up day.
            2020 => 2,
            _ => 0,
        };
        let named: BTreeMap<Date, bool> = published
            .notices_of(year)
            .flat_map(HolidayNotice::days)
            .collect();
        let weekdays_off = named
            .iter()
            .filter(|(d, worked)| !**worked && !is_weekend(**d));
        let weekends_worked = named
            .iter()
            .filter(|(d, worked)| **worked && is_weekend(**d));
        assert_eq!(
            weekdays_off.count(),
            weekends_worked.count() + granted + extra,
            "{year}"
        );
    }
}

const NEXT: &str = r#"year = 2027
notice = "国务院办公厅关于2027年部分节假日安排的通知"
number = "国办发明电〔2026〕0号"
issued_on = "2026-11-30"

[[off]]
name = "元旦"
from = "2026-12-31"
to = "2027-01-02"
worked = ["2026-12-27"]

[[off]]
name = "清明节"
from = "2027-04-05"

[[off]]
name = "劳动节"
from = "2027-05-01"
to = "2027-05-05"
worked = ["2027-04-25", "2027-05-08"]
"#;

#[test]
fn a_notice_reads_as_it_was_written() {
    let notice = read_notice("2027.toml", NEXT).unwrap();
    insta::assert_debug_snapshot!(notice);
}

/// Breaks one thing of a good notice and expects one fault in that line.
#[track_caller]
fn breaks(from: &str, to: &str, field: &str, part: &str) {
    assert_eq!(NEXT.matches(from).count(), 1, "{from}");
    let text = NEXT.replace(from, to);
    let line = NEXT[..NEXT.find(from).unwrap()].matches('\n').count() + 1;
    let faults = read_notice("x.toml", &text).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    let told = faults[0].to_string();
    assert!(
        told.starts_with(&format!("x.toml:{line}: {field}: ")),
        "{told}"
    );
    assert!(told.contains(part), "{part} is not in: {told}");
}

#[test]
fn each_rule_names_its_line_and_what_to_do() {
    let clean = "from = \"2027-04-05\"";
    breaks(clean, "from = \"2028-04-05\"", "from", "the notice of 2028");
    breaks(
        clean,
        "from = \"2026-11-30\"",
        "from",
        "the December before",
    );
    breaks(clean, "from = \"2027-04-31\"", "syntax", "range `1..=30`");
    breaks(
        clean,
        "from = 2027-04-05",
        "syntax",
        "days are written \"2026-01-01\"",
    );
    let long = "from = \"2027-05-01\"";
    breaks(
        long,
        "from = \"2027-04-04\"",
        "from",
        "2027-04-05 is off twice",
    );
    breaks(
        "to = \"2027-05-05\"",
        "to = \"2027-04-30\"",
        "to",
        "before `from`",
    );
    breaks("to = \"2027-05-05\"", "to = \"2028-05-05\"", "to", "2028");
    breaks(
        "to = \"2027-05-05\"",
        "until = \"2027-05-05\"",
        "syntax",
        "unknown field",
    );
    breaks(
        "\"2026-12-27\"",
        "\"2026-12-28\"",
        "worked",
        "Monday and worked anyway",
    );
    breaks(
        "\"2026-12-27\"",
        "\"2027-01-02\"",
        "worked",
        "both off and worked",
    );
    breaks(
        "\"2026-12-27\"",
        "\"2026-11-29\"",
        "worked",
        "the notice of 2026",
    );
    breaks("\"2027-05-08\"", "\"2027-04-25\"", "worked", "twice");
    breaks(
        "name = \"清明节\"",
        "name = \" \"",
        "name",
        "as the notice has it",
    );
    breaks("2027年", "2026年", "notice", "notice for 2026");
    breaks(
        "\"国务院办公厅关于2027年部分节假日安排的通知\"",
        "\"\"",
        "notice",
        "title",
    );
    breaks(
        "2026-11-30",
        "2025-11-30",
        "issued_on",
        "that year or the one before",
    );
    breaks("year = 2027", "year = 27", "year", "write it as 2026");
}

#[test]
fn a_file_that_is_no_notice_says_what_one_is() {
    let head = "year = 2027\nnotice = \"关于2027年…的通知\"\n";
    let amends = format!("{head}amends = true\n");
    let told: String = [head, &amends, "", "year = \"2027\"\n", "二〇二七年"]
        .into_iter()
        .flat_map(|text| read_notice("x.toml", text).unwrap_err())
        .map(|fault| format!("{fault}\n"))
        .collect();
    insta::assert_snapshot!(told);
}

#[test]
fn every_fault_of_a_file_is_told_at_once() {
    let text = NEXT
        .replace("2027-04-05", "2028-04-05")
        .replace("2026-12-27", "2026-12-28");
    let lines: Vec<usize> = read_notice("x.toml", &text)
        .unwrap_err()
        .iter()
        .map(|fault| fault.line)
        .collect();
    assert_eq!(lines, [10, 14]);
}

fn next() -> HolidayNotice {
    read_notice("2027.toml", NEXT).unwrap()
}

fn amendment(text: &str) -> HolidayNotice {
    let head = "year = 2027\nnotice = \"关于调整2027年放假安排的通知\"\namends = true\n";
    read_notice("a.toml", &format!("{head}{text}")).unwrap()
}

#[test]
fn an_imported_year_is_known_and_reaches_back_into_december() {
    let before = Calendar::published();
    let after = before.with(next()).unwrap();
    assert!(after.is_known(2027));
    assert_eq!(after.day(day("2027-01-01")), Day::Rest);
    assert_eq!(after.day(day("2027-05-08")), Day::Working);
    assert_eq!(
        before.days_changed_by(&after),
        [
            (day("2026-12-27"), Day::Working),
            (day("2026-12-31"), Day::Rest)
        ]
    );
    assert_eq!(
        after.with(next()).unwrap(),
        after,
        "again it changes nothing"
    );
}

#[test]
fn a_second_notice_of_a_year_must_amend_the_first() {
    let known = Calendar::published().with(next()).unwrap();
    let mut other = next();
    other.holidays[1].from = day("2027-04-06");
    other.holidays[1].to = day("2027-04-06");
    let refused = known.with(other).unwrap_err();
    assert!(matches!(
        refused,
        NoticeRefused::YearKnown { year: 2027, .. }
    ));
    assert!(refused.to_string().contains("amends = true"), "{refused}");
    let amends =
        amendment("issued_on = \"2027-03-01\"\n[[off]]\nname = \"x\"\nfrom = \"2027-04-06\"");
    let refused = Calendar::published().with(amends.clone()).unwrap_err();
    assert_eq!(refused, NoticeRefused::NothingToAmend { year: 2027 });
    let amended = known.with(amends).unwrap();
    assert_eq!(amended.day(day("2027-04-05")), Day::Rest, "the rest stands");
    assert_eq!(amended.day(day("2027-04-06")), Day::Rest);
    assert_eq!(amended.notices_of(2027).count(), 2);
}

#[test]
fn of_two_amendments_the_one_issued_later_decides_whichever_came_first() {
    let off = amendment("issued_on = \"2027-03-01\"\n[[off]]\nname = \"x\"\nfrom = \"2027-03-08\"");
    let on = amendment(
        "issued_on = \"2027-03-05\"\n[[off]]\nname = \"x\"\nfrom = \"2027-03-15\"\nworked = [\"2027-03-08\"]",
    );
    let known = Calendar::published().with(next()).unwrap();
    let one = known.with(off.clone()).unwrap().with(on.clone()).unwrap();
    let other = known.with(on).unwrap().with(off).unwrap();
    assert_eq!(one, other);
    assert_eq!(one.day(day("2027-03-08")), Day::Working);
    let mut back = one.notices_of(2027).nth(1).unwrap().clone();
    assert_eq!(one.with(back.clone()).unwrap(), one, "known already");
    back.issued_on = Some(day("2027-03-06"));
    let back = one.with(back).unwrap();
    assert_eq!(
        back.day(day("2027-03-08")),
        Day::Rest,
        "returned to what the first said"
    );
}

/// A day from 2025 to 2028.
fn some_day() -> impl Strategy<Value = Date> {
    (0..4 * 365_i64).prop_map(|n| date(2025, 1, 1).checked_add(n.days()).unwrap())
}

/// A notice for 2027 such as nobody would issue, which may reach into December.
fn some_notice() -> impl Strategy<Value = HolidayNotice> {
    let first = date(2026, 12, 1);
    let holiday = (
        0..385_i64,
        0..10_i64,
        prop::collection::vec(0..385_i64, 0..3),
    );
    prop::collection::vec(holiday, 1..8).prop_map(move |holidays| HolidayNotice {
        holidays: holidays
            .into_iter()
            .map(|(from, length, worked)| Holiday {
                name: "节".to_owned(),
                from: first.checked_add(from.days()).unwrap(),
                to: first.checked_add((from + length).days()).unwrap(),
                worked: worked
                    .iter()
                    .map(|n| first.checked_add(n.days()).unwrap())
                    .collect(),
            })
            .collect(),
        ..next()
    })
}

proptest! {
    /// What recomputing gives is what a fresh computation gives; a deadline that
    /// counts no day of the notice's year and no day that the notice names stays
    /// as it was.
    #[test]
    fn a_notice_changes_only_what_counts_its_days(
        notice in some_notice(),
        cases in prop::collection::vec((some_day(), 0..60_u32), 1..20),
    ) {
        let old = Calendar::published();
        let named = notice.days();
        let new = old.with(notice).unwrap();
        let computed = |(key, (start, n)): (usize, &(Date, u32))| {
            let span = Span::WorkingDays(*n);
            Computed { key, start: *start, span, deadline: old.after(*start, span).unwrap() }
        };
        let changed: BTreeMap<usize, Recomputed<usize>> = new
            .recompute(cases.iter().enumerate().map(computed))
            .map(|changed| (changed.key, changed))
            .collect();
        for (key, (start, n)) in cases.iter().enumerate() {
            let was = old.after(*start, Span::WorkingDays(*n)).unwrap();
            let fresh = new.after(*start, Span::WorkingDays(*n)).unwrap();
            match changed.get(&key) {
                Some(changed) => {
                    prop_assert_eq!((changed.was, changed.is), (was, fresh));
                    prop_assert_ne!(was, fresh);
                }
                None => prop_assert_eq!(was, fresh),
            }
            let touched = start
                .series(1.day())
                .skip(1)
                .take_while(|date| *date <= was.date)
                .any(|date| date.year() == 2027 || named.contains_key(&date));
            if !touched {
                prop_assert!(!changed.contains_key(&key), "{} {}", start, n);
            }
        }
    }

    /// Counting there and back again agrees.
    #[test]
    fn days_between_are_the_days_counted(start in some_day(), n in 0..400_u32) {
        let calendar = Calendar::published();
        let due = calendar.after(start, Span::WorkingDays(n)).unwrap();
        let counted = calendar.working_days_between(start, due.date);
        prop_assert_eq!((counted.days, counted.provisional), (n, due.provisional));
    }
}

#[test]
fn a_date_that_stays_but_becomes_certain_is_a_change() {
    let new = Calendar::published().with(next()).unwrap();
    let start = day("2026-12-30");
    let was = Calendar::published()
        .after(start, Span::WorkingDays(4))
        .unwrap();
    let changed: Vec<_> = new
        .recompute([Computed {
            key: "order 7",
            start,
            span: Span::WorkingDays(4),
            deadline: was,
        }])
        .collect();
    // 31 December and 1 January fell away, so the day moved too; from the fourth on
    // nothing but the doubt does.
    assert_eq!(changed[0].is.date, day("2027-01-07"));
    let start = day("2027-01-03");
    let was = Calendar::published()
        .after(start, Span::WorkingDays(4))
        .unwrap();
    let changed: Vec<_> = new
        .recompute([Computed {
            key: "order 8",
            start,
            span: Span::WorkingDays(4),
            deadline: was,
        }])
        .collect();
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0].was.date, changed[0].is.date);
    assert!(changed[0].was.provisional && !changed[0].is.provisional);
}
