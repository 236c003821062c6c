//! Days in every form seen, each in a table of what it must give. Absent: columns
//! and rows, which `record` knows.

use super::*;

fn check(cell: &str, expected: Result<Option<&str>, NoDay>) {
    let found = read(cell).map(|moment| {
        moment.map(|m| {
            let day = write_day(m.date);
            match (m.hour, m.minute, m.second) {
                (0, 0, 0) => day,
                (h, m, s) => format!("{day} {h:02}:{m:02}:{s:02}"),
            }
        })
    });
    assert_eq!(found, expected.map(|day| day.map(str::to_owned)), "{cell}");
}

#[test]
fn days_as_departments_write_them() {
    for cell in [
        "2022-01-24",
        "2022-1-24",
        "2022/1/24",
        "2022.01.24",
        "2022年1月24日",
        "2022年01月24日",
        "２０２２年１月２４日",
        "２０２２－０１－２４",
        "20220124",
        "20220124000000",
        "2022-1-24 0:00:00",
        "2022-01-24T00:00:00",
        "2022-01-24 00:00:00.0",
        "2022-01-24T00:00:00.000+08:00",
        "2022-01-23T16:00:00Z",
        "2022-01-23T16:00:00.000+0000",
        "1642953600000",
        "44585",
    ] {
        check(cell, Ok(Some("2022-01-24")));
    }
    check("2019-5-22 0:00:00", Ok(Some("2019-05-22")));
    check("2017年1月25日", Ok(Some("2017-01-25")));
    check("2020-02-29", Ok(Some("2020-02-29")));
    check("2022-01-24 9:05", Ok(Some("2022-01-24 09:05:00")));
    check("2016-12-31T23:59:60", Ok(Some("2016-12-31 23:59:59")));
    check("1642986061000", Ok(Some("2022-01-24 09:01:01")));
}

#[test]
fn days_that_stand_for_none() {
    for cell in [
        "1900-1-1",
        "1899-12-31",
        "1899-12-30 0:00:00",
        "2099-12-31",
        "2099年12月31日",
        "9999-12-31",
        "4102329600000",
        "-2209017600000",
        "73050",
    ] {
        check(cell, Ok(None));
    }
}

#[test]
fn what_can_be_read_in_two_ways() {
    for cell in [
        "2022124",
        "1/24/2022",
        "22-1-24",
        "202201",
        "1642953600",
        "202201241530",
        "12345",
        "99999",
    ] {
        check(cell, Err(NoDay::Ambiguous));
    }
}

#[test]
fn what_is_no_day() {
    for cell in [
        "2022-02-30",
        "2021-2-29",
        "2022-13-01",
        "2022-00-10",
        "20220230",
        "2022-1/24",
        "2022年1月24",
        "2022-1-24 25:00",
        "2022-1-24x",
        "2022-1-24 0:00:00+8",
        "处罚决定日期",
        "长期",
        "0",
        "4.4585E+4",
        "44585.5",
        "-",
        "99999999999999999999",
    ] {
        check(cell, Err(NoDay::Malformed));
    }
    check("1812-01-01", Err(NoDay::OutOfRange));
    check("2200-01-01", Err(NoDay::OutOfRange));
}

#[test]
fn every_day_of_the_contract_survives_the_arithmetic() {
    let first = days_from_civil(1900, 1, 1);
    let last = days_from_civil(2199, 12, 31);
    assert_eq!((first, last), (-25_567, 84_005));
    for day in first..=last {
        let (y, m, d) = civil_from_days(day);
        assert_eq!(days_from_civil(y, m, d), day);
    }
}
