//! Amounts of money, fed in 万元 (ten thousand yuan) or in 元, stated in yuan.
//!
//! In come a cell and the unit of its column; out go the digits of the amount in
//! yuan. Always: the point is moved by hand, because binary floating point would
//! make 0.29万元 something else than 2,900 yuan; a cell that repeats another unit
//! than its column's is refused. Absent: sums.

use crate::fault::{Fault, rule};
use crate::numbers;
use crate::row::Cell;
use crate::text::half_width;

/// The unit of a column, by the department's word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// 万元: ten thousand yuan.
    TenThousandYuan,
    /// 元.
    Yuan,
}

impl Unit {
    /// As clerks write it.
    fn word(self) -> &'static str {
        match self {
            Self::TenThousandYuan => "万元",
            Self::Yuan => "元",
        }
    }

    /// How far the point moves to the right.
    fn places(self) -> i64 {
        match self {
            Self::TenThousandYuan => 4,
            Self::Yuan => 0,
        }
    }
}

/// What a column of amounts may hold.
#[derive(Debug, PartialEq)]
pub enum Amount {
    /// Digits as the contract's `yuan` wants them.
    Yuan(String),
    /// No amount, but words; the contract keeps them as text.
    Words(String),
}

/// Units as cells repeat them, longest first.
const UNITS: [(&str, Unit); 10] = [
    ("万元人民币", Unit::TenThousandYuan),
    ("人民币万元", Unit::TenThousandYuan),
    ("万元", Unit::TenThousandYuan),
    ("万", Unit::TenThousandYuan),
    ("元人民币", Unit::Yuan),
    ("人民币元", Unit::Yuan),
    ("元整", Unit::Yuan),
    ("圆整", Unit::Yuan),
    ("元", Unit::Yuan),
    ("圆", Unit::Yuan),
];
/// Ten thousand million million yuan are more than there are.
const YUAN_DIGITS: usize = 16;

/// Reads the cell `field` of a column in `unit`.
///
/// # Errors
/// `ambiguous`: a comma that may be a point, or a unit that is not the column's;
/// `damaged-text`: a spreadsheet float; `out-of-range`: below zero, or parts of
/// a fen.
pub fn read(field: &str, cell: Cell, unit: Unit) -> Result<Amount, Fault> {
    let (written, may_have_exponent) = match cell {
        Cell::Number(digits) => (digits, true),
        Cell::Text(text) => (text, false),
        Cell::Bool(_) => {
            let text = format!("write an amount in {}", unit.word());
            return Err(Fault::cell(field, rule::MALFORMED, &text));
        }
    };
    let text = half_width(&written).replace(' ', "");
    // The sign speaks of yuan: in a column of 万元 it leaves the unit open.
    let text = match unit {
        Unit::Yuan => text.trim_start_matches(['¥', '￥']),
        Unit::TenThousandYuan => &text,
    };
    let (number, repeated) = without_unit(text);
    if repeated.is_some_and(|repeated| repeated != unit)
        && number.starts_with(|c: char| c.is_ascii_digit())
    {
        let text = format!(
            "the column is in {0} and the cell in another unit; write the amount in {0}, \
             digits only",
            unit.word()
        );
        return Err(Fault::cell(field, rule::AMBIGUOUS, &text));
    }
    if !number.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return Ok(Amount::Words(written));
    }
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        None => (number, 0),
        Some((mantissa, exponent)) if may_have_exponent => match exponent.parse::<i32>() {
            Ok(exponent) => (mantissa, exponent),
            Err(_) => return Err(too_large(field, unit)),
        },
        Some((_, exponent)) if exponent.starts_with(['+', '-']) => {
            return Err(Fault::cell(
                field,
                rule::DAMAGED_TEXT,
                "a spreadsheet float may have lost digits; write the amount in full",
            ));
        }
        Some(_) => return Ok(Amount::Words(written)),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let Some(whole) = without_commas(field, whole)? else {
        return Ok(Amount::Words(written));
    };
    let point_without_digits = mantissa.contains('.') && part.is_empty();
    if point_without_digits || !part.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Amount::Words(written));
    }
    shift(field, &whole, part, exponent, unit).map(Amount::Yuan)
}

/// `1,000(万元人民币)` and `1,000万元` without the unit, and the unit.
fn without_unit(text: &str) -> (&str, Option<Unit>) {
    for (word, unit) in UNITS {
        if let Some(rest) = text.strip_suffix(word) {
            return (rest, Some(unit));
        }
        let bracketed = text
            .strip_suffix(')')
            .and_then(|rest| rest.strip_suffix(word))
            .and_then(|rest| rest.strip_suffix('('));
        if let Some(rest) = bracketed {
            return (rest, Some(unit));
        }
    }
    (text, None)
}

/// Digits without separators of thousands; `None`: not digits.
fn without_commas(field: &str, whole: &str) -> Result<Option<String>, Fault> {
    let Some(digits) = whole.strip_prefix('-') else {
        return numbers::without_commas(field, whole);
    };
    if !numbers::may_be_grouped(digits) {
        return Ok(None);
    }
    Err(Fault::cell(
        field,
        rule::OUT_OF_RANGE,
        "an amount is not below zero; a refund is a record of its own",
    ))
}

/// Moves the point to the right by the unit and by the exponent.
fn shift(field: &str, whole: &str, part: &str, exponent: i32, unit: Unit) -> Result<String, Fault> {
    let digits = format!("{whole}{part}");
    let places =
        i64::try_from(whole.len()).unwrap_or(i64::MAX) + unit.places() + i64::from(exponent);
    if digits.bytes().all(|b| b == b'0') {
        return Ok("0".to_owned());
    }
    let limit = i64::try_from(YUAN_DIGITS + digits.len()).unwrap_or(i64::MAX);
    if !(-limit..=limit).contains(&places) {
        return Err(if places > 0 {
            too_large(field, unit)
        } else {
            too_fine(field, unit)
        });
    }
    // Zeros on both sides, so that the point falls within.
    let before = usize::try_from(-places).unwrap_or(0);
    let mut padded = "0".repeat(before) + &digits;
    let point = usize::try_from(places).unwrap_or(0);
    while padded.len() < point {
        padded.push('0');
    }
    let (yuan, fen) = padded.split_at(point);
    let yuan = yuan.trim_start_matches('0');
    let fen = fen.trim_end_matches('0');
    if fen.len() > 2 {
        return Err(too_fine(field, unit));
    }
    if yuan.len() > YUAN_DIGITS {
        return Err(too_large(field, unit));
    }
    let yuan = if yuan.is_empty() { "0" } else { yuan };
    Ok(match fen.len() {
        0 => yuan.to_owned(),
        _ => format!("{yuan}.{fen:0<2}"),
    })
}

fn too_fine(field: &str, unit: Unit) -> Fault {
    let text = format!(
        "the amount has parts of a fen; write {} with at most {} places behind the point",
        unit.word(),
        unit.places() + 2
    );
    Fault::cell(field, rule::OUT_OF_RANGE, &text)
}

fn too_large(field: &str, unit: Unit) -> Fault {
    let text = format!(
        "the amount is larger than any sum of money; write it in {}",
        unit.word()
    );
    Fault::cell(field, rule::OUT_OF_RANGE, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(cell: &str) -> Cell {
        Cell::Text(cell.to_owned())
    }

    fn check(cell: Cell, yuan: &str) {
        let shown = format!("{cell:?}");
        assert_eq!(
            read("F", cell, Unit::TenThousandYuan),
            Ok(Amount::Yuan(yuan.to_owned())),
            "{shown}"
        );
    }

    fn check_fault(cell: Cell, rule: &str) {
        let shown = format!("{cell:?}");
        let fault = read("F", cell, Unit::TenThousandYuan).expect_err(&shown);
        assert_eq!(fault.rule(), rule, "{shown}");
    }

    fn check_yuan(cell: &str, expected: Result<&str, &str>) {
        let found = read("F", text(cell), Unit::Yuan).map_err(|fault| fault.rule());
        let expected = expected.map(|yuan| Amount::Yuan(yuan.to_owned()));
        assert_eq!(found, expected, "{cell}");
    }

    #[test]
    fn a_column_in_yuan_moves_nothing() {
        check_yuan("5000", Ok("5000"));
        check_yuan("5,000.5元", Ok("5000.50"));
        check_yuan("￥３，０００．００", Ok("3000"));
        check_yuan("2000(元)", Ok("2000"));
        check_yuan("2000元整", Ok("2000"));
        check_yuan("0.05", Ok("0.05"));
        check_yuan("0.005", Err("out-of-range"));
        check_yuan("0.5万元", Err("ambiguous"));
        check_yuan("5万", Err("ambiguous"));
        check_yuan("1,00", Err("ambiguous"));
        check_yuan("9.13E+17", Err("damaged-text"));
    }

    #[test]
    fn amounts_move_four_places() {
        check(text("1,000(万元人民币)"), "10000000");
        check(text("1,000（万元人民币）"), "10000000");
        check(text("1,000"), "10000000");
        check(text("1,234,567.89"), "12345678900");
        check(text("0.29"), "2900");
        check(text("0.05万元"), "500");
        check(text("５０万"), "500000");
        check(text("0.000001"), "0.01");
        check(text("0.00001"), "0.10");
        check(text("12.34567"), "123456.70");
        check(text("1.2300000000"), "12300");
        check(text("0"), "0");
        check(text("0.00"), "0");
        check(text("007"), "70000");
    }

    #[test]
    fn numbers_may_have_exponents() {
        check(Cell::Number("5.0E-4".into()), "5");
        check(Cell::Number("1e3".into()), "10000000");
        check(Cell::Number("1E-6".into()), "0.01");
        check(Cell::Number("0.29".into()), "2900");
        check(Cell::Number("0E9".into()), "0");
        check_fault(Cell::Number("1E-7".into()), "out-of-range");
        check_fault(Cell::Number("1E99".into()), "out-of-range");
        check_fault(Cell::Number("1E-99999999999".into()), "out-of-range");
        check_fault(Cell::Number("1E2147483647".into()), "out-of-range");
        check_fault(Cell::Number("1E-2147483648".into()), "out-of-range");
    }

    #[test]
    fn doubt_is_a_fault() {
        check_fault(text("1,00"), "ambiguous");
        check_fault(text("1000,5"), "ambiguous");
        check_fault(text("5000元"), "ambiguous");
        check_fault(text("1.2E+7"), "damaged-text");
        check_fault(text("-5"), "out-of-range");
        check_fault(text("0.0000001"), "out-of-range");
        check_fault(text("99999999999999999"), "out-of-range");
        check_fault(Cell::Bool(true), "malformed");
    }

    #[test]
    fn words_stay_words() {
        for words in ["罚款五千元", "约5", "5.", "5至10", "1.2.3", "5E", "万元"] {
            assert_eq!(
                read("F", text(words), Unit::TenThousandYuan),
                Ok(Amount::Words(words.into())),
                "{words}"
            );
        }
    }
}
