//! Workbooks as departments send them, and as nobody should.
//!
//! Ordinary ones are made with a writer; hostile ones are written by hand, part by
//! part.

use super::*;
use crate::{PACKED, UNPACKED};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, XlsxError as WriteError};
use std::io::Write as _;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A workbook made with the writer.
fn written(make: impl FnOnce(&mut Workbook) -> Result<(), WriteError>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    make(&mut workbook).expect("the workbook can be made");
    workbook.save_to_buffer().expect("the workbook is written")
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// The parts of a workbook with one sheet.
struct Parts {
    properties: &'static str,
    sheet: String,
    strings: String,
}

impl Parts {
    /// With these rows.
    fn rows(rows: &str) -> Self {
        Self {
            properties: "",
            sheet: format!(
                "{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"
            ),
            strings: String::new(),
        }
    }

    fn files(&self) -> Vec<(&'static str, String)> {
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let content = "http://schemas.openxmlformats.org/package/2006/content-types";
        let properties = self.properties;
        vec![
            (
                "[Content_Types].xml",
                format!("{HEAD}<Types xmlns=\"{content}\"/>"),
            ),
            (
                "_rels/.rels",
                format!(
                    "{HEAD}<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "{HEAD}<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{RELATIONS}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "{HEAD}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\">{properties}<sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
                ),
            ),
            ("xl/worksheets/sheet1.xml", self.sheet.clone()),
            (
                "xl/sharedStrings.xml",
                format!("{HEAD}<sst xmlns=\"{MAIN}\">{}</sst>", self.strings),
            ),
        ]
    }

    fn zipped(&self) -> Vec<u8> {
        zipped(&self.files())
    }
}

fn zipped(files: &[(&str, String)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, text) in files {
        archive.start_file(*name, options).expect("a part begins");
        archive
            .write_all(text.as_bytes())
            .expect("a part is written");
    }
    archive.finish().expect("the archive ends").into_inner()
}

#[track_caller]
fn reads(packed: &[u8], expected: &str) {
    assert_eq!(decode(packed).as_deref(), Ok(expected));
}

#[track_caller]
fn refuses(packed: &[u8], reason: Reason, says: &str) {
    let refusal = decode(packed).expect_err("it is refused");
    assert_eq!(refusal.reason, reason, "{}", refusal.text);
    assert!(refusal.text.contains(says), "{}", refusal.text);
}

#[test]
fn what_departments_write_is_read_as_it_is_shown() {
    let packed = written(|workbook| {
        let day = Format::new().set_num_format("yyyy-mm-dd");
        let moment = Format::new().set_num_format("yyyy/m/d hh:mm");
        let sheet = workbook.add_worksheet();
        for (column, title) in ["名称", "代码", "金额", "日期"].into_iter().enumerate() {
            sheet.write(0, column as u16, title)?;
        }
        sheet.write(1, 0, "虚构劳务有限公司")?;
        sheet.write(1, 1, "91350100MA900010XU")?;
        sheet.write(1, 2, 1_234.56)?;
        sheet.write_with_format(1, 3, &ExcelDateTime::from_ymd(2017, 1, 25)?, &day)?;
        // Row 3 is blank. A code as text, a code as a number, and a moment.
        sheet.write(3, 0, "a,\"b\"\nc")?;
        sheet.write(3, 1, "330200400070010")?;
        sheet.write(3, 2, 913_000_000_000_000_000_f64)?;
        let at = ExcelDateTime::from_ymd(2019, 5, 22)?.and_hms(8, 30, 0)?;
        sheet.write_with_format(3, 3, &at, &moment)?;
        sheet.write(4, 0, true)?;
        sheet.write_formula(4, 1, Formula::new("=1/0").set_result("#DIV/0!"))?;
        sheet.write_formula(4, 2, Formula::new("=SUM(C2:C2)").set_result("1234.56"))?;
        sheet.merge_range(5, 0, 5, 1, "合并", &Format::new())?;
        sheet.write(5, 2, 3)?;
        let bold = Format::new().set_bold();
        let plain = Format::new();
        sheet.write_rich_string(6, 0, &[(&bold, "福"), (&plain, "建")])?;
        Ok(())
    });
    reads(
        &packed,
        "名称,代码,金额,日期\n\
         虚构劳务有限公司,91350100MA900010XU,1234.56,2017-01-25\n\
         ,,,\n\
         \"a,\"\"b\"\"\nc\",330200400070010,9.13E+17,2019-05-22 08:30:00\n\
         TRUE,#DIV/0!,1234.56,\n\
         合并,,3,\n\
         福建,,,\n",
    );
}

#[test]
fn strings_stand_in_the_sheet_or_are_shared() {
    let rows = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>inline</t></is></c><c r="B1" t="s"><v>0</v></c><c r="C1" t="str"><f>A1</f><v>of a formula</v></c></row>"#;
    let mut parts = Parts::rows(rows);
    parts.strings = "<si><r><t xml:space=\"preserve\">rich </t></r><r><t>text</t></r></si>".into();
    reads(&parts.zipped(), "inline,rich text,of a formula\n");
    // A string that is not there.
    let rows = r#"<row r="1"><c r="A1" t="s"><v>7</v></c></row>"#;
    refuses(&Parts::rows(rows).zipped(), Reason::Damaged, "damaged");
}

#[test]
fn one_visible_sheet_holds_data() {
    let sheets = |names: &[(&str, bool, bool)]| {
        written(|workbook| {
            for (name, has_data, is_hidden) in names {
                let sheet = workbook.add_worksheet();
                if *has_data {
                    sheet.write(0, 0, *name)?;
                }
                sheet.set_hidden(*is_hidden);
            }
            Ok(())
        })
    };
    reads(&sheets(&[("a", true, false), ("b", false, false)]), "a\n");
    reads(&sheets(&[("a", false, false), ("b", true, false)]), "b\n");
    reads(&sheets(&[("a", true, false), ("b", true, true)]), "a\n");
    let two = sheets(&[("a", true, false), ("b", true, false)]);
    refuses(&two, Reason::Unclear, "two visible sheets hold data");
    let hidden = sheets(&[("a", false, false), ("b", true, true)]);
    refuses(&hidden, Reason::Unclear, "no visible sheet holds data");
    refuses(
        &sheets(&[("a", false, false)]),
        Reason::Unclear,
        "no sheet holds data",
    );
}

#[test]
fn the_days_of_1904_are_four_years_later() {
    let rows = r#"<row r="1"><c r="A1" t="d"><v>2017-01-25T00:00:00</v></c></row>"#;
    reads(&Parts::rows(rows).zipped(), "2017-01-25\n");
    // Days need a style; the writer makes one, and the flag is put in by hand.
    let packed = written(|workbook| {
        let day = Format::new().set_num_format("yyyy-mm-dd");
        let sheet = workbook.add_worksheet();
        sheet.write_with_format(0, 0, 41_298.0, &day)?;
        Ok(())
    });
    reads(&packed, "2013-01-24\n");
    let changed = changed(&packed, "xl/workbook.xml", |text| {
        assert!(text.contains("<workbookPr "), "{text}");
        text.replace("<workbookPr ", "<workbookPr date1904=\"1\" ")
    });
    reads(&changed, "2017-01-25\n");
}

/// The archive with one part changed.
fn changed(packed: &[u8], part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(packed)).expect("an archive");
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).expect("a part");
        let name = file.name().to_owned();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut file, &mut text).expect("XML");
        if name == part {
            text = change(text);
        }
        files.push((name, text));
    }
    let files: Vec<(&str, String)> = files.iter().map(|(n, t)| (n.as_str(), t.clone())).collect();
    zipped(&files)
}

#[test]
fn what_is_no_workbook_is_refused() {
    let good = Parts::rows(r#"<row r="1"><c r="A1"><v>1</v></c></row>"#);
    reads(&good.zipped(), "1\n");
    refuses(b"", Reason::Damaged, "no workbook");
    refuses(b"name,code\na,b\n", Reason::Damaged, "no workbook");
    refuses(
        &zipped(&[("a.txt", "x".into())]),
        Reason::Damaged,
        "no workbook",
    );
    let whole = good.zipped();
    for length in [whole.len() / 2, whole.len() - 30, 4] {
        refuses(&whole[..length], Reason::Damaged, "cut off");
    }
    // A byte in the middle of the last part.
    let mut bent = whole.clone();
    let header = bent
        .windows(4)
        .rposition(|four| four == b"PK\x03\x04")
        .unwrap();
    let length = |at: usize| usize::from(u16::from_le_bytes([bent[at], bent[at + 1]]));
    let part = header + 30 + length(header + 26) + length(header + 28);
    bent[part + 5] ^= 0xFF;
    assert!(decode(&bent).is_err());
    let compound = [
        &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..],
        &[0; 512],
    ]
    .concat();
    refuses(&compound, Reason::Encrypted, ".xls");
    let mut files = good.files();
    files.push(("xl/vbaProject.bin", "macro".into()));
    refuses(&zipped(&files), Reason::Unclear, "macros");
    refuses(&vec![0; PACKED + 1], Reason::TooLarge, "more than 16 MiB");
}

#[test]
fn a_link_to_another_workbook_is_not_followed() {
    // What the other one said when this one was saved.
    let rows = r#"<row r="1"><c r="A1"><f>[1]S!$A$1</f><v>5</v></c></row>"#;
    let mut files = Parts::rows(rows).files();
    let link = "<externalLink><externalBook r:id=\"rId1\"/></externalLink>";
    files.push(("xl/externalLinks/externalLink1.xml", link.into()));
    reads(&zipped(&files), "5\n");
}

#[test]
fn what_counts_is_what_is_really_inflated() {
    let mut files = Parts::rows(r#"<row r="1"><c r="A1"><v>1</v></c></row>"#).files();
    files.push(("xl/media/large.bin", "0".repeat(UNPACKED as usize)));
    let bomb = zipped(&files);
    assert!(bomb.len() < 1 << 20);
    refuses(&bomb, Reason::TooLarge, "more than 128 MiB");
    // The same with headers that say it has one byte.
    let size = (UNPACKED as u32).to_le_bytes();
    let mut liar = bomb.clone();
    let places: Vec<usize> = (0..liar.len() - 4)
        .filter(|at| liar[*at..*at + 4] == size)
        .collect();
    assert!(!places.is_empty());
    for at in places {
        liar[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    let refusal = decode(&liar).expect_err("it is refused");
    assert!(
        matches!(refusal.reason, Reason::TooLarge | Reason::Damaged),
        "{refusal:?}"
    );
    // A small part that says another length than it has.
    let good = Parts::rows(r#"<row r="1"><c r="A1"><v>1</v></c></row>"#);
    let length = (good.sheet.len() as u32).to_le_bytes();
    let mut bent = good.zipped();
    let at = (0..bent.len() - 4)
        .rev()
        .find(|at| bent[*at..*at + 4] == length);
    let at = at.expect("the length stands in the directory");
    bent[at..at + 4].copy_from_slice(&(good.sheet.len() as u32 - 1).to_le_bytes());
    refuses(&bent, Reason::Damaged, "damaged");
}

#[test]
fn a_sheet_without_end_is_refused() {
    let wide: String = (0..2_000).map(|_| "<c><v>1</v></c>").collect();
    let packed = Parts::rows(&format!("<row r=\"1\">{wide}</row>")).zipped();
    refuses(
        &packed,
        Reason::TooLarge,
        "row 1 has a cell beyond column 1024",
    );
    let far = r#"<row r="1"><c r="XFD1"><v>1</v></c></row>"#;
    refuses(
        &Parts::rows(far).zipped(),
        Reason::TooLarge,
        "beyond column",
    );
    // Two cells, a million rows apart and wide: nothing but commas.
    let corners = r#"<row r="1"><c r="AAA1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>"#;
    refuses(
        &Parts::rows(corners).zipped(),
        Reason::TooLarge,
        "its text has more than 32 MiB",
    );
    // One string of a mebibyte, forty times.
    let rows: String = (1..=40)
        .map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>0</v></c></row>"))
        .collect();
    let mut parts = Parts::rows(&rows);
    parts.strings = format!("<si><t>{}</t></si>", "x".repeat(1 << 20));
    refuses(
        &parts.zipped(),
        Reason::TooLarge,
        "its text has more than 32 MiB",
    );
    let back = r#"<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>1</v></c></row>"#;
    refuses(&Parts::rows(back).zipped(), Reason::Damaged, "not in order");
}

#[test]
fn a_refusal_quotes_nothing_of_the_workbook() {
    let rows = r#"<row r="1"><c r="canary-35010219900101"><v>1</v></c></row>"#;
    let refusal = decode(&Parts::rows(rows).zipped()).expect_err("it is refused");
    assert!(!refusal.text.contains("canary"), "{}", refusal.text);
}
