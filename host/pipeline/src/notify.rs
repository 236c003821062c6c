//! Notify: the subject is told before anything happens to it (告知), and the
//! receipt sets the clock of its hearing.
//!
//! Comes in: a resolved case. Goes out: a notice as a file under `DATA/notices`,
//! and, once the receipt is entered, the first step of every order, due when the
//! days to state its case are over. Always holds: the notice names reasons,
//! basis, measure, early exit and remedies (行政处罚法 44, 59(5)); no step exists
//! before a receipt does.
//!
//! A crash between row and file leaves the row; serving again writes the file.

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
    moves::Moves,
    resolve::{case_ground, case_in},
};
use credence_domain::{
    case::CaseState,
    catalogue::{Measure, Period},
    gates::Receipt,
    ids::{CaseId, NoticeId},
    order::OrderState,
};
use credence_store::{CaseRow, NoticeRow, OrderRow, RecordRow, SubjectRow};
use serde::Serialize;
use std::{fmt::Write as _, fs, path::PathBuf};

/// A notice that was served as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Served {
    /// The notice.
    pub notice: NoticeRow,
    /// The file.
    pub file: PathBuf,
}

impl House {
    /// Makes the notice of a resolved case and serves it as a file. Durable when
    /// it returns; again, it serves the same notice again.
    ///
    /// # Errors
    /// When the case has no order that waits for a notice, or is over, or the file
    /// cannot be written; the notice stands then.
    pub async fn notify(&self, id: CaseId, actor: &Actor) -> Result<Served, PipelineError> {
        let mut write = self.store.begin().await?;
        let case = case_in(&mut write.read(), id).await?;
        let known = write.read().notices_of(id).await?.into_iter().next();
        let is_open = match case.state {
            CaseState::Resolved => true,
            CaseState::Dispatched | CaseState::Answered => known.is_some(),
            CaseState::Opened | CaseState::Closed | CaseState::Refused | CaseState::Withdrawn => {
                false
            }
        };
        if !is_open {
            let text = format!(
                "case {} is {}; there is nothing to notify",
                case.number,
                case.state.code()
            );
            return Err(PipelineError::Refused(text));
        }
        let notice = match known {
            Some(notice) => notice,
            None => {
                let (record, subject) = case_ground(&mut write.read(), &case).await?;
                let orders = write.read().orders_of(id).await?;
                let notice = NoticeRow {
                    subject: case.subject,
                    id: self.new_id::<NoticeId>()?,
                    case: id,
                    department: case.department.clone(),
                    region: case.region.clone(),
                    text: self.words(&case, &record, &subject, &orders)?,
                    receipt: None,
                    proof: None,
                    made_at: self.now(),
                    made_on: self.today(),
                    updated_at: self.now(),
                    changes: 0,
                };
                write
                    .insert_notice(&notice, &event("notice.made", self.now(), actor))
                    .await?;
                write.commit().await?;
                notice
            }
        };
        let dir = self.data.join("notices");
        fs::create_dir_all(&dir).map_err(PipelineError::file("cannot create", &dir))?;
        let file = dir.join(format!("{}.txt", case.number));
        fs::write(&file, &notice.text).map_err(PipelineError::file("cannot write", &file))?;
        Ok(Served { notice, file })
    }

    /// Enters how and when the notice reached the subject, and tells every order
    /// that waits its first day, so that it makes its first step; where that day is
    /// not certain yet, it is told once it is. Durable when it returns.
    ///
    /// # Errors
    /// When there is no notice, a receipt is there already, its day cannot be, or the
    /// case was withdrawn.
    pub async fn receive(
        &self,
        id: CaseId,
        receipt: Receipt,
        proof: Option<String>,
        actor: &Actor,
    ) -> Result<Vec<OrderRow>, PipelineError> {
        let mut write = self.store.begin().await?;
        let case = case_in(&mut write.read(), id).await?;
        let notice = write.read().notices_of(id).await?.into_iter().next();
        let notice = notice.ok_or_else(|| PipelineError::Unknown {
            what: "notice of case",
            name: case.number.clone(),
            next: "make it first with `case notify`",
        })?;
        if case.state == CaseState::Withdrawn {
            let text = format!(
                "case {} was withdrawn; its notice counts no longer",
                case.number
            );
            return Err(PipelineError::Refused(text));
        }
        self.receipt_can_be(&notice, receipt)?;
        let draft = with(
            event("notice.received", self.now(), actor),
            "kind",
            receipt.kind.code(),
        );
        let notice = NoticeRow {
            receipt: Some(receipt),
            proof,
            ..notice
        };
        write.update_notice(notice, &draft).await?;
        let waiting: Vec<OrderRow> = write
            .read()
            .orders_of(id)
            .await?
            .into_iter()
            .filter(|order| order.course.state == OrderState::Prepared)
            .collect();
        let mut moves = Moves::new(self, actor);
        let ids = waiting.iter().map(|order| order.id).collect();
        self.tell_first_days(&mut write, &mut moves, ids).await?;
        moves.write(&mut write).await?;
        write.commit().await?;
        Ok(waiting)
    }

    fn receipt_can_be(&self, notice: &NoticeRow, receipt: Receipt) -> Result<(), PipelineError> {
        let refuse = |text: String| Err(PipelineError::Refused(text));
        if notice.receipt.is_some() {
            return refuse("the receipt of this notice was entered already".to_owned());
        }
        if receipt.on < notice.made_on {
            return refuse(format!(
                "the notice was made on {}; it cannot have reached anyone before",
                notice.made_on
            ));
        }
        if receipt.on > self.today() {
            return refuse(format!(
                "{} is in the future; enter the receipt when it is there",
                receipt.on
            ));
        }
        Ok(())
    }

    /// The words of a notice, Chinese first.
    fn words(
        &self,
        case: &CaseRow,
        record: &RecordRow,
        subject: &SubjectRow,
        orders: &[OrderRow],
    ) -> Result<String, PipelineError> {
        let decision = &record.record.decision;
        let number = decision.number.as_deref().unwrap_or("—");
        let name = subject.name.as_deref().unwrap_or("当事人");
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "联合奖惩事先告知书\n编号：{}\n\n{name}：\n\n一、事由\n{}于{}作出决定（文号：{number}），已载入信用记录。\n\n二、拟采取的措施、依据和期限",
            case.number, decision.authority.name, decision.decided_on
        );
        for order in orders
            .iter()
            .filter(|order| order.course.state == OrderState::Prepared)
        {
            let measure = self.measure(&order.terms.measure)?;
            self.measure_words(&mut text, order, measure);
        }
        let _ = writeln!(
            text,
            "\n三、异议\n认为记录或措施有误的，可随时提出异议；核实期间暂不执行。\n\n---\nNotice {} (summary)\nOn {} {} took decision {number}. The measures above are intended. You may state your case within the days named, object at any time (nothing is carried out while an objection is verified), and use the remedies listed.",
            case.number, decision.decided_on, decision.authority.name
        );
        Ok(text)
    }

    /// What the notice says of one measure (行政处罚法 44, 59(5)).
    fn measure_words(&self, text: &mut String, order: &OrderRow, measure: &Measure) {
        let terms = &order.terms;
        let basis: Vec<&str> = terms
            .basis
            .iter()
            .map(|basis| basis.text.as_str())
            .collect();
        let form = self.catalogue.notice(measure);
        let hearing = form.and_then(|form| form.hearing);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "- {}（{}）：{}\n  执行部门：{}；依据：{}；期限：{} 至 {}。",
            terms.title,
            terms.measure,
            measure.effect,
            order.department,
            basis.join("；"),
            terms.starts_on,
            terms.ends_on,
        );
        if let Period::Until { event, .. } = &measure.period {
            let _ = writeln!(
                text,
                "  {event}时即行解除；{} 前复核，未经复核的自动失效。",
                terms.ends_on
            );
        }
        if let Some(hearing) = hearing {
            let _ = writeln!(
                text,
                "  陈述、申辩：自收到本告知书之日起{}内。",
                hearing.zh()
            );
        }
        let _ = writeln!(text, "  提前解除：{}。", measure.repair.words);
        if let Some(form) = form.filter(|form| !form.remedies.is_empty()) {
            let _ = writeln!(text, "  救济途径：{}。", form.remedies.join("；"));
        }
        let _ = write!(
            text,
            "  [{}: {} to {}",
            measure.title_en, terms.starts_on, terms.ends_on
        );
        if let Some(hearing) = hearing {
            let _ = write!(text, "; state your case within {hearing}");
        }
        if let Some(form) = form.filter(|form| !form.remedies_en.is_empty()) {
            let _ = write!(text, "; remedies: {}", form.remedies_en.join("; "));
        }
        text.push_str("]\n");
    }
}
