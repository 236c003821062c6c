//! The register's import: the market regulator's extract becomes what the house
//! knows of organizations (存量转换).
//!
//! Comes in: a CSV file in UTF-8, with a header in Chinese or English. Goes out: a
//! report of what became of its rows, and of the quarantined lines that it freed.
//!
//! Always holds: good rows are taken and bad ones named by row, column and rule;
//! the same file again changes nothing. Rows commit in sets: a crash leaves whole
//! sets, and the same file goes through what is known already and finishes.
//! Lines that wait for a code become due in the transaction that brings it, so a
//! crash before they are tried forgets none of them. Deliberately absent: what a
//! row means, which the domain decides.

use crate::{
    error::PipelineError,
    house::{Actor, House, event},
};
use credence_domain::{
    identifier::Identifier,
    register::{Change, Column, Conflict, Lessons, RegisterFact, RowFault},
};
use csv::ByteRecord;
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    path::{Path, PathBuf},
};

/// Rows learned in one transaction.
const SET: usize = 2_000;
/// Rows shown in a report.
const SHOWN: usize = 100;

/// What became of an extract.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Rows read, the header not counted.
    pub rows: u64,
    /// Rows about organizations that were not known.
    pub new: u64,
    /// Rows that said more about known ones.
    pub more: u64,
    /// Subjects that turned out to be another one.
    pub joined: u64,
    /// Rows that said nothing new.
    pub unchanged: u64,
    /// Rows that were not taken.
    pub refused: u64,
    /// Quarantined lines of feeds that made their records now.
    pub freed: u64,
    /// Headers that name no column; nothing was read from them.
    pub ignored: Vec<String>,
    /// The first rows that were not taken.
    pub faults: Vec<RowReport>,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowReport {
    /// As a spreadsheet counts: the header is row 1. Blank lines are not counted.
    pub row: u64,
    /// The column at fault.
    pub column: Option<String>,
    /// Code of the rule.
    pub rule: String,
    /// What is wrong and what would be right, in Chinese and English.
    pub text: String,
}

impl ImportReport {
    fn refuse(&mut self, fault: &RowFault) {
        self.refused += 1;
        if self.faults.len() < SHOWN {
            self.faults.push(RowReport {
                row: fault.row,
                column: fault.column.map(|column| column.to_string()),
                rule: fault.rule.to_owned(),
                text: fault.to_string(),
            });
        }
    }
}

/// A fact and the row that states it.
type Stated = (u64, RegisterFact);

impl House {
    /// Reads an extract of the register, then tries the lines that it may have
    /// freed. `progress` is told the share of the file that is done, 0 to 1.
    ///
    /// # Errors
    /// When the file cannot be read, is no CSV in UTF-8, or has no column of codes;
    /// sets committed before stay.
    pub async fn import_register(
        &self,
        path: &Path,
        actor: &Actor,
        progress: &(dyn Fn(f64) + Sync),
    ) -> Result<ImportReport, PipelineError> {
        let mut extract = Extract::open(path)?;
        let mut report = ImportReport {
            ignored: extract.ignored.clone(),
            ..ImportReport::default()
        };
        let mut contradicting = Vec::new();
        loop {
            let set = extract.next_set(&mut report)?;
            if set.is_empty() && extract.ended {
                break;
            }
            contradicting.extend(self.learn_set(set, actor, &mut report).await?);
            progress(extract.share());
        }
        self.learn_rest(contradicting, actor, &mut report).await?;
        report.faults.sort_by_key(|fault| fault.row);
        report.freed = self.retry_waiting(actor).await?;
        Ok(report)
    }

    /// Rows that contradict what was known may fit once a later row has said that
    /// a code was changed: so they are tried until none of them teaches anything.
    async fn learn_rest(
        &self,
        mut rest: Vec<(Stated, Conflict)>,
        actor: &Actor,
        report: &mut ImportReport,
    ) -> Result<(), PipelineError> {
        loop {
            let before = rest.len();
            let mut left = Vec::new();
            let mut facts = rest.into_iter().map(|(stated, _)| stated).peekable();
            while facts.peek().is_some() {
                let set = facts.by_ref().take(SET).collect();
                left.extend(self.learn_set(set, actor, report).await?);
            }
            if left.is_empty() || left.len() == before {
                for ((row, _), conflict) in &left {
                    report.refuse(&contradiction(*row, *conflict));
                }
                return Ok(());
            }
            rest = left;
        }
    }

    /// Learns facts in one transaction. Gives those that contradict what is known.
    async fn learn_set(
        &self,
        set: Vec<Stated>,
        actor: &Actor,
        report: &mut ImportReport,
    ) -> Result<Vec<(Stated, Conflict)>, PipelineError> {
        let codes: BTreeSet<Identifier> = set
            .iter()
            .flat_map(|(_, fact)| fact.codes.union(&fact.former))
            .cloned()
            .collect();
        let mut write = self.store.begin().await?;
        let mut register = write.read().register(&codes).await?;
        let mut lessons = Lessons::default();
        let mut contradicting = Vec::new();
        for (row, fact) in set {
            match register.learn(&fact, self.new_id()?, &mut lessons) {
                Ok(Change::New) => report.new += 1,
                Ok(Change::More { joined }) => {
                    report.more += 1;
                    report.joined += joined as u64;
                }
                Ok(Change::Nothing) => report.unchanged += 1,
                Err(conflict) => contradicting.push(((row, fact), conflict)),
            }
        }
        let draft = event("register.imported", self.now(), actor);
        let touched = lessons.touched(&register);
        write.learn(&lessons, &touched, &draft).await?;
        write.commit().await?;
        Ok(contradicting)
    }
}

fn contradiction(row: u64, conflict: Conflict) -> RowFault {
    RowFault {
        row,
        column: None,
        rule: conflict.rule(),
        zh: conflict.zh(),
        en: conflict.en(),
    }
}

/// A CSV file on its way in. Read in place: a set of rows takes milliseconds, and
/// nothing else of the command waits for it.
struct Extract {
    path: PathBuf,
    reader: csv::Reader<File>,
    columns: Vec<Option<Column>>,
    ignored: Vec<String>,
    row: u64,
    size: u64,
    ended: bool,
}

impl Extract {
    fn open(path: &Path) -> Result<Self, PipelineError> {
        let file = File::open(path).map_err(PipelineError::file("cannot read", path))?;
        let size = file
            .metadata()
            .map_err(PipelineError::file("cannot read", path))?
            .len();
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(file);
        let mut header = ByteRecord::new();
        let read = reader.read_byte_record(&mut header);
        read.map_err(unreadable(path))?;
        let mut columns = Vec::with_capacity(header.len());
        let mut ignored = Vec::new();
        for cell in &header {
            let Ok(header) = std::str::from_utf8(cell) else {
                let text = "the header is not in UTF-8; save the extract as CSV in UTF-8";
                return Err(PipelineError::Refused(text.to_owned()));
            };
            let column = Column::of_header(header);
            if column.is_some() && columns.contains(&column) {
                let text = format!("the header `{header}` names a column that is there already");
                return Err(PipelineError::Refused(text));
            }
            if column.is_none() {
                ignored.push(header.to_owned());
            }
            columns.push(column);
        }
        let codes = [
            Column::Uscc,
            Column::OrganizationCode,
            Column::RegistrationNumber,
        ];
        if !codes.iter().any(|code| columns.contains(&Some(*code))) {
            let text = "the first row names no column of codes; it is the header, with at least one \
                        of uscc 统一社会信用代码, organization_code 组织机构代码, \
                        registration_number 注册号";
            return Err(PipelineError::Refused(text.to_owned()));
        }
        Ok(Self {
            path: path.to_owned(),
            reader,
            columns,
            ignored,
            row: 1,
            size,
            ended: false,
        })
    }

    /// The facts of the next rows; bad rows go into the report.
    fn next_set(&mut self, report: &mut ImportReport) -> Result<Vec<Stated>, PipelineError> {
        let mut set = Vec::with_capacity(SET);
        let mut record = ByteRecord::new();
        while set.len() < SET {
            let read = self.reader.read_byte_record(&mut record);
            if !read.map_err(unreadable(&self.path))? {
                self.ended = true;
                break;
            }
            self.row += 1;
            report.rows += 1;
            match self.fact(&record) {
                Ok(fact) => set.push((self.row, fact)),
                Err(fault) => report.refuse(&fault),
            }
        }
        Ok(set)
    }

    fn fact(&self, record: &ByteRecord) -> Result<RegisterFact, RowFault> {
        let fault = |column, rule, zh: &str, en: &str| RowFault {
            row: self.row,
            column,
            rule,
            zh: zh.to_owned(),
            en: en.to_owned(),
        };
        if record.len() != self.columns.len() {
            return Err(fault(
                None,
                "cells",
                "单元格数与表头不符，可能文件被截断",
                "has not as many cells as the header; was the file cut off?",
            ));
        }
        let mut cells = BTreeMap::new();
        for (column, cell) in self.columns.iter().zip(record) {
            let Some(column) = *column else { continue };
            let text = std::str::from_utf8(cell).map_err(|_| {
                fault(
                    Some(column),
                    "encoding",
                    "不是 UTF-8 编码",
                    "is not in UTF-8; save the extract as CSV in UTF-8",
                )
            })?;
            cells.insert(column, text);
        }
        RegisterFact::read(self.row, &cells)
    }

    fn share(&self) -> f64 {
        self.reader.position().byte() as f64 / self.size.max(1) as f64
    }
}

fn unreadable(path: &Path) -> impl FnOnce(csv::Error) -> PipelineError {
    move |error| PipelineError::file("cannot read", path)(error.into())
}
