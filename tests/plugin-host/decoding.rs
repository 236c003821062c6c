//! Workbooks through the decoder as it is shipped: a component in a sandbox.
//!
//! Comes in: workbooks made here, honest and hostile. Goes out: text, or the case
//! and the words of the refusal. Always holds: whatever comes, the host answers and
//! the next workbook is read. Deliberately absent: what each cell becomes and most
//! refusals, which the decoder's own tests try without a sandbox
//! (`host/decoders/xlsx`).

use crate::guest;
use credence_plugin_host::{
    Host,
    component::{ComponentError, inspect},
    decoder::{DecodeError, Decoder, PACKED},
};
use rust_xlsxwriter::Workbook;
use std::io::{Cursor, Write as _};
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

async fn decoder(host: &Host) -> Decoder {
    let decoder = host.decoder(guest::xlsx()).await;
    decoder.expect("the shipped decoder imports nothing and is admitted")
}

fn workbook(rows: u32) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for row in 0..rows {
        sheet.write(row, 0, row).expect("a number");
        sheet.write(row, 1, "虚构劳务有限公司").expect("a text");
    }
    workbook.save_to_buffer().expect("a workbook")
}

/// A workbook of one sheet with these shared strings, without their envelope.
fn by_hand(rows: &str, strings: &str) -> Vec<u8> {
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{office}/{kind}\" Target=\"{target}\"/>")
    };
    let relations =
        |inside: String| format!("<Relationships xmlns=\"{package}\">{inside}</Relationships>");
    let parts = [
        (
            "_rels/.rels",
            relations(relation("rId1", "officeDocument", "xl/workbook.xml")),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations(
                relation("rId1", "worksheet", "worksheets/sheet1.xml")
                    + &relation("rId2", "sharedStrings", "sharedStrings.xml"),
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
        (
            "xl/sharedStrings.xml",
            format!("<sst xmlns=\"{main}\">{strings}</sst>"),
        ),
    ];
    for (name, text) in parts {
        archive.start_file(name, options).expect("a part begins");
        archive
            .write_all(text.as_bytes())
            .expect("a part is written");
    }
    archive.finish().expect("the archive ends").into_inner()
}

#[track_caller]
fn refused(error: Result<String, DecodeError>, wanted: &str, says: &str) {
    let Err(DecodeError::Refused { code, text }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(code, wanted, "{text}");
    assert!(text.contains(says), "{text}");
}

#[tokio::test]
async fn a_workbook_becomes_text_and_a_hostile_one_words() {
    let host = Host::start(2).expect("the engine starts");
    let decoder = decoder(&host).await;
    let text = decoder.decode(&workbook(3)).await;
    let row = |number: u32| format!("{number},虚构劳务有限公司\n");
    assert_eq!(text, Ok((0..3).map(row).collect()));
    refused(decoder.decode(b"a,b\n").await, "damaged", "no workbook");
    let compound = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    refused(
        decoder.decode(&compound).await,
        "encrypted",
        "without a password",
    );
    let wide: String = (0..2_000).map(|_| "<c><v>1</v></c>").collect();
    let wide = by_hand(&format!("<row>{wide}</row>"), "");
    refused(decoder.decode(&wide).await, "too-large", "beyond column");
    let size = PACKED + 1;
    let error = decoder.decode(&vec![0; size]).await;
    assert_eq!(error, Err(DecodeError::TooLarge { size }));
    assert!(decoder.decode(&workbook(1)).await.is_ok());
}

#[tokio::test]
async fn strings_that_fill_the_memory_end_the_instance_and_nothing_else() {
    let host = Host::start(2).expect("the engine starts");
    let decoder = decoder(&host).await;
    // 12 million strings of nothing: small packed, and within the limit unpacked.
    let strings = "<si><t/></si>".repeat(9_000_000);
    let error = decoder.decode(&by_hand("", &strings)).await;
    assert!(
        matches!(error, Err(DecodeError::OutOfMemory)) || is_empty(&error),
        "{error:?}"
    );
    assert!(decoder.decode(&workbook(1)).await.is_ok());
}

fn is_empty(error: &Result<String, DecodeError>) -> bool {
    matches!(
        error,
        Err(DecodeError::Refused {
            code: "unclear",
            ..
        })
    )
}

#[tokio::test]
async fn a_decoder_is_no_plugin_and_a_plugin_no_decoder() {
    let error = inspect(&guest::xlsx()).expect_err("it has no manifest");
    assert!(matches!(error, ComponentError::NoManifest), "{error}");
    let host = Host::start(1).expect("the engine starts");
    let Err(error) = host.decoder(guest::rogue()).await else {
        panic!("the rogue is admitted as a decoder");
    };
    assert!(
        error.to_string().contains("a decoder imports nothing"),
        "{error}"
    );
}
