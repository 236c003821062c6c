//! Overload rows by the million, as the transport department would send them.
//!
//! In comes a number of rows; out goes the CSV of that many in GB18030, with its
//! header. Always: the same number gives the same bytes, one row at a time is in
//! memory, every identifier has its right check character, every row is a record of
//! its own. A carrier has four rows; every tenth row is a driver's. Absent: hazards,
//! which are fixtures of the plugin.
//!
//! A file of its own, without a crate: whoever measures or tests takes it in by
//! `#[path]`.

use std::fmt::Write as _;
use std::io;

const HEADER: &str = "序号,信息类别,文书号,当事人,统一社会信用代码,身份证件号码,违法行为,违法事实,依据,\
                      处罚种类,处罚内容,罚款金额（元）,决定日期,公示截止期,决定机关,决定机关代码,更新时间,备注\r\n";
/// Characters of a unified social credit code (GB 32100-2015), in their order.
const CODE: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
const ROWS_OF_A_CARRIER: u32 = 4;

/// Writes `rows` rows and the header above them.
///
/// # Errors
/// What `out` says.
pub(crate) fn write(rows: u32, out: &mut impl io::Write) -> io::Result<()> {
    out.write_all(&encoding_rs::GB18030.encode(HEADER).0)?;
    let mut row = String::new();
    for number in 1..=rows {
        row.clear();
        one(number, &mut row);
        out.write_all(&encoding_rs::GB18030.encode(&row).0)?;
    }
    Ok(())
}

fn one(number: u32, row: &mut String) {
    let (year, month, day) = (2020 + number % 6, number / 6 % 12 + 1, number / 72 % 28 + 1);
    let is_driver = number.is_multiple_of(10);
    let who = if is_driver {
        format!("驾驶员{number},,{}", person(number / 10))
    } else {
        let carrier = number / ROWS_OF_A_CARRIER;
        // The character outside of GBK costs four bytes.
        format!("虚构𠮷顺货运{carrier}公司,{},", carrier_code(carrier))
    };
    let _ = write!(
        row,
        "{number},处罚,例交执罚〔{year}〕{number}号,{who},超限运输,\
         \"车货总质量{}.{}吨，超过公路限定标准，\r\n经复磅确认\",《公路安全保护条例》第六十四条,罚款,处以罚款,{},\
         {year}-{month:02}-{day:02},,虚构省交通运输综合执法局,11350000MB9900179H,\
         {year}-{month:02}-{day:02} 18:00:00,\r\n",
        50 + number % 40,
        number % 10,
        500 * (1 + number % 60),
    );
}

/// The unified social credit code of an invented carrier of Fuzhou.
pub(crate) fn carrier_code(carrier: u32) -> String {
    let organization = format!("9{:07}", carrier % 10_000_000);
    let sum: u32 = digits(&organization)
        .zip([3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(digit, weight)| digit * weight)
        .sum();
    let check = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from(b'0' + digit as u8),
    };
    let mut code = format!("91350100{organization}{check}");
    let mut weight = 1;
    let mut sum = 0;
    for character in code.bytes() {
        let value = CODE.iter().position(|c| *c == character).unwrap_or(0);
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    code.push(char::from(CODE[(31 - sum % 31) % 31]));
    code
}

/// The resident identity number of an invented person, born in the year 1900.
pub(crate) fn person(number: u32) -> String {
    let (month, day) = (number / 1_000 % 12 + 1, number / 12_000 % 28 + 1);
    let mut id = format!("3500001900{month:02}{day:02}{:03}", number % 1_000);
    let sum: u32 = digits(&id)
        .zip([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
        .map(|(digit, weight)| digit * weight)
        .sum();
    id.push(char::from(b"10X98765432"[(sum % 11) as usize]));
    id
}

fn digits(text: &str) -> impl Iterator<Item = u32> {
    text.bytes().map(|digit| u32::from(digit - b'0'))
}
