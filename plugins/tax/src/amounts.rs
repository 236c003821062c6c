//! Amounts of money, fed in 万元 (ten thousand yuan) and stated in yuan.
//!
//! In comes a cell; out go the digits of the amount in yuan. Always: the point
//! is moved four places to the right by hand, because binary floating point
//! would make 0.29万元 something else than 2,900 yuan. Absent: sums.

use crate::cells::{Cell, Fault, half_width};

/// What a column in 万元 may hold.
#[derive(Debug, PartialEq)]
pub(crate) enum Amount {
    /// Digits as the contract's `yuan` wants them.
    Yuan(String),
    /// No amount, but words; the contract keeps them as text.
    Words(String),
}

/// The unit of the column, as cells repeat it.
const UNITS: [&str; 4] = ["万元人民币", "人民币万元", "万元", "万"];
/// Ten thousand million million yuan are more than there are.
const DIGITS: usize = 12;

/// Reads the cell `field`.
///
/// # Errors
/// `ambiguous`: a comma that may be a point, or yuan in a column of 万元;
/// `damaged-text`: a spreadsheet float; `out-of-range`: below zero, or parts of
/// a fen.
pub(crate) fn read(field: &str, cell: Cell) -> Result<Amount, Fault> {
    let (written, may_have_exponent) = match cell {
        Cell::Number(digits) => (digits, true),
        Cell::Text(text) => (text, false),
        Cell::Bool(_) => return Err(Fault::cell(field, "malformed", "write an amount in 万元")),
    };
    let text = half_width(&written).replace(' ', "");
    let number = without_unit(&text);
    if let Some(start) = number.strip_suffix("元").or(number.strip_suffix("圆"))
        && start.starts_with(|c: char| c.is_ascii_digit())
    {
        return Err(Fault::cell(
            field,
            "ambiguous",
            "the column is in 万元 and the cell in 元; write the amount in 万元, digits only",
        ));
    }
    if !number.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return Ok(Amount::Words(written));
    }
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        None => (number, 0),
        Some((mantissa, exponent)) if may_have_exponent => match exponent.parse::<i32>() {
            Ok(exponent) => (mantissa, exponent),
            Err(_) => return Err(too_large(field)),
        },
        Some((_, exponent)) if exponent.starts_with(['+', '-']) => {
            return Err(Fault::cell(
                field,
                "damaged-text",
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
    shift(field, &whole, part, exponent).map(Amount::Yuan)
}

/// `1,000(万元人民币)` and `1,000万元` without the unit.
fn without_unit(text: &str) -> &str {
    for unit in UNITS {
        if let Some(rest) = text.strip_suffix(unit) {
            return rest;
        }
        let bracketed = text
            .strip_suffix(')')
            .and_then(|rest| rest.strip_suffix(unit))
            .and_then(|rest| rest.strip_suffix('('));
        if let Some(rest) = bracketed {
            return rest;
        }
    }
    text
}

/// Digits without separators of thousands; `None`: not digits.
fn without_commas(field: &str, whole: &str) -> Result<Option<String>, Fault> {
    let below_zero = whole.starts_with('-');
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let groups: Vec<&str> = digits.split(',').collect();
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b',');
    if !all_digits {
        return Ok(None);
    }
    if below_zero {
        return Err(Fault::cell(
            field,
            "out-of-range",
            "an amount is not below zero; a refund is a record of its own",
        ));
    }
    let well_grouped = groups.len() == 1
        || (matches!(groups[0].len(), 1..=3) && groups[1..].iter().all(|g| g.len() == 3));
    if !well_grouped {
        return Err(Fault::cell(
            field,
            "ambiguous",
            "the comma may separate thousands or stand for a point; write 1000.5",
        ));
    }
    Ok(Some(groups.concat()))
}

/// Moves the point four places to the right, and by the exponent.
fn shift(field: &str, whole: &str, part: &str, exponent: i32) -> Result<String, Fault> {
    let digits = format!("{whole}{part}");
    let places = i64::try_from(whole.len()).unwrap_or(i64::MAX) + 4 + i64::from(exponent);
    if digits.bytes().all(|b| b == b'0') {
        return Ok("0".to_owned());
    }
    let limit = i64::try_from(DIGITS + 4 + digits.len()).unwrap_or(i64::MAX);
    if !(-limit..=limit).contains(&places) {
        return Err(if places > 0 {
            too_large(field)
        } else {
            too_fine(field)
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
        return Err(too_fine(field));
    }
    if yuan.len() > DIGITS + 4 {
        return Err(too_large(field));
    }
    let yuan = if yuan.is_empty() { "0" } else { yuan };
    Ok(match fen.len() {
        0 => yuan.to_owned(),
        _ => format!("{yuan}.{fen:0<2}"),
    })
}

fn too_fine(field: &str) -> Fault {
    Fault::cell(
        field,
        "out-of-range",
        "the amount has parts of a fen; write 万元 with at most six places behind the point",
    )
}

fn too_large(field: &str) -> Fault {
    Fault::cell(
        field,
        "out-of-range",
        "the amount is larger than any fine; write it in 万元",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::credence::department::types::Rejection;

    fn text(cell: &str) -> Cell {
        Cell::Text(cell.to_owned())
    }

    fn check(cell: Cell, yuan: &str) {
        let shown = format!("{cell:?}");
        assert_eq!(
            read("F", cell),
            Ok(Amount::Yuan(yuan.to_owned())),
            "{shown}"
        );
    }

    fn check_fault(cell: Cell, rule: &str) {
        let shown = format!("{cell:?}");
        let fault = read("F", cell).expect_err(&shown);
        assert_eq!(Rejection::from(fault).rule, rule, "{shown}");
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
                read("F", text(words)),
                Ok(Amount::Words(words.into())),
                "{words}"
            );
        }
    }
}
