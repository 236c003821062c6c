//! Object: an objection (异议) holds every order that rests on its record, until it
//! is answered or decided.
//!
//! Comes in: by which door, on what ground and why; answers, decisions, days. Goes
//! out: the objection as the domain leaves it, and the orders held, released or
//! ended in the same transaction. Always holds: silence never opens the hold; the
//! last day for an answer is that of the catalogue and the calendar. Whom the house
//! cannot tell by itself yet stands in the entry as `consequence`.
//!
//! Deliberately absent: notices to the parties and the restoration of a good name,
//! and who complained.

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
    moves::{Dispute, Moves},
    resolve::{case_in, record_of},
};
use credence_domain::{
    calendar::Deadline,
    catalogue::LimitCode,
    ids::{CaseId, ObjectionId, OrderId},
    objection::{self, Door, Earlier, Ground, Objection, ObjectionEffect, ObjectionEvent},
    order::{ObjectionEnd, OrderEvent},
    step::StepEvent,
};
use credence_store::{EventDraft, ObjectionRow, Write};
use jiff::civil::Date;

/// Objections looked at in one pass.
const AT_ONCE: u32 = 256;

/// What is objected to, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raise {
    /// The case in which it came up.
    pub case: CaseId,
    /// The order objected to, where it is about one.
    pub order: Option<OrderId>,
    /// By which door it came in.
    pub door: Door,
    /// What is said to be wrong.
    pub ground: Ground,
    /// Why.
    pub reason: String,
}

impl House {
    /// Raises an objection; the orders that rest on the record are held from then
    /// on. Durable when it returns.
    ///
    /// # Errors
    /// When there is no such case or order, no reason is given, or the catalogue has
    /// no limit for the answer. Nothing is written then.
    pub async fn raise_objection(
        &self,
        raise: Raise,
        actor: &Actor,
    ) -> Result<ObjectionRow, PipelineError> {
        let mut moves = Moves::new(self, actor);
        let mut write = self.store.begin().await?;
        let row = self.raise(&mut write, &mut moves, raise, actor).await?;
        moves.write(&mut write).await?;
        write.commit().await?;
        Ok(row)
    }

    /// An executing department disputes an order: its objection is opened in its
    /// name, with what it said.
    pub(crate) async fn dispute(
        &self,
        write: &mut Write<'_>,
        moves: &mut Moves<'_>,
        dispute: Dispute,
    ) -> Result<(), PipelineError> {
        let order = moves.order_row(dispute.order)?;
        let raise = Raise {
            case: order.case,
            order: Some(order.id),
            door: Door::Executor,
            ground: Ground::Basis,
            reason: match dispute.reason.trim() {
                "" => "执行部门提出异议，未说明理由 / the department gave no reason".to_owned(),
                reason => reason.to_owned(),
            },
        };
        self.raise(write, moves, raise, &Actor::sweep()).await?;
        Ok(())
    }

    /// What a department's dispute is where no objection can be opened, for want of a
    /// last day for the answer: a matter for a person, who is told both.
    pub(crate) fn without_objection(&self, event: &StepEvent) -> Option<StepEvent> {
        let StepEvent::Disputed(reason) = event else {
            return None;
        };
        let missing = self.answer_by(self.today()).err()?;
        Some(StepEvent::NeedsPerson(format!(
            "disputed by the department, and no objection could be opened: {missing}. What the \
             department said: {reason}"
        )))
    }

    async fn raise(
        &self,
        write: &mut Write<'_>,
        moves: &mut Moves<'_>,
        raise: Raise,
        actor: &Actor,
    ) -> Result<ObjectionRow, PipelineError> {
        let case = case_in(&mut write.read(), raise.case).await?;
        let record = record_of(&mut write.read(), &case).await?;
        let earlier = write.read().objections_on([record.id]).await?;
        let earlier: Vec<Earlier> = earlier
            .into_iter()
            .map(|row| Earlier {
                ground: row.ground,
                objection: row.objection,
            })
            .collect();
        let today = self.today();
        let answer_by = self.answer_by(today)?;
        let (objection, effects) =
            objection::raise(raise.ground, &raise.reason, answer_by, &earlier)
                .map_err(|refusal| PipelineError::Refused(refusal.to_string()))?;
        let row = ObjectionRow {
            subject: case.subject,
            id: self.new_id::<ObjectionId>()?,
            record: record.id,
            case: case.id,
            order: raise.order,
            department: record.department,
            region: case.region,
            door: raise.door,
            ground: raise.ground,
            reason: raise.reason,
            objection,
            settled_by: None,
            raised_at: self.now(),
            raised_on: today,
            updated_at: self.now(),
            changes: 0,
        };
        let draft = with(
            event("objection.raised", self.now(), actor),
            "door",
            row.door.code(),
        );
        let draft = with(draft, "ground", row.ground.code());
        let draft = told(draft, &effects);
        write.insert_objection(&row, &draft).await?;
        self.carry_out(write, moves, &row, &effects).await?;
        Ok(row)
    }

    /// The last day for the provider's answer to an objection of this day
    /// (requirement 36).
    fn answer_by(&self, raised_on: Date) -> Result<Deadline, PipelineError> {
        let limit = self.catalogue.limit(LimitCode::ObjectionAnswer, raised_on);
        let deadline = limit.and_then(|limit| self.calendar().after(raised_on, limit.at_most));
        deadline.ok_or_else(|| PipelineError::Unknown {
            what: "limit of time in the catalogue",
            name: LimitCode::ObjectionAnswer.code().to_owned(),
            next: "add it under [[limits]] in DATA/catalogue: an objection without a last day for \
                   its answer cannot be taken in",
        })
    }

    /// An objection by id.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find_objection(&self, name: &str) -> Result<ObjectionRow, PipelineError> {
        let found = match name.parse::<ObjectionId>() {
            Ok(id) => self.store.read().await?.objection(id).await?,
            Err(_) => None,
        };
        found.ok_or_else(|| unknown(name))
    }

    /// What happened to an objection: its provider answered, the supervisor decided,
    /// whoever raised it took it back. Durable when it returns.
    ///
    /// # Errors
    /// When its state does not admit that, or a finding gives no reason. Nothing is
    /// written then.
    pub async fn settle_objection(
        &self,
        id: ObjectionId,
        event: &ObjectionEvent,
        actor: &Actor,
    ) -> Result<ObjectionRow, PipelineError> {
        let mut moves = Moves::new(self, actor);
        let mut write = self.store.begin().await?;
        let row = write.read().objection(id).await?;
        let row = row.ok_or_else(|| unknown(&id.to_string()))?;
        let row = ObjectionRow {
            settled_by: Some(actor.name.clone()),
            ..row
        };
        let row = self
            .move_objection(&mut write, &mut moves, row, event, actor)
            .await?;
        moves.write(&mut write).await?;
        write.commit().await?;
        Ok(row)
    }

    /// A day has begun: what was not answered in time goes up, and deadlines that
    /// were provisional are counted again. Gives how many objections moved.
    ///
    /// # Errors
    /// The first thing that went wrong; every other objection was looked at.
    pub(crate) async fn objections_of_the_day(&self) -> Result<u32, PipelineError> {
        let today = self.today();
        let over = async |house: &Self| {
            let mut read = house.store.read().await?;
            read.unanswered_objections(today, AT_ONCE).await
        };
        let over = over(self).await?;
        self.tell_unreadable("objection", &over.unreadable);
        let (mut count, mut failed) = (0, None);
        for row in over.rows {
            match self.objection_of_the_day(row, today).await {
                Ok(moved) => count += u32::from(moved),
                Err(error) => _ = failed.get_or_insert(error),
            }
        }
        failed.map_or(Ok(count), Err)
    }

    /// Gives whether it moved.
    async fn objection_of_the_day(
        &self,
        row: ObjectionRow,
        today: Date,
    ) -> Result<bool, PipelineError> {
        let mut moves = Moves::new(self, &Actor::sweep());
        let mut write = self.store.begin().await?;
        let there = write.read().objection(row.id).await?;
        let Some(row) = there.filter(|there| there.changes == row.changes) else {
            return Ok(false);
        };
        let answer_by = self.answer_by(row.raised_on)?;
        let recounted = ObjectionEvent::Recomputed(answer_by);
        let (counted, _) = objection::apply(&row.objection, &recounted, row.door, today)
            .map_err(|error| PipelineError::Refused(error.to_string()))?;
        let before = row.clone();
        let row = ObjectionRow {
            objection: counted,
            ..row
        };
        let (next, _) =
            objection::apply(&row.objection, &ObjectionEvent::DayBegan, row.door, today)
                .map_err(|error| PipelineError::Refused(error.to_string()))?;
        if next == before.objection {
            // Its last day is provisional still: told when the year is known.
            return Ok(false);
        }
        let day = ObjectionEvent::DayBegan;
        self.move_objection(&mut write, &mut moves, row, &day, &Actor::sweep())
            .await?;
        moves.write(&mut write).await?;
        write.commit().await?;
        Ok(true)
    }

    async fn move_objection(
        &self,
        write: &mut Write<'_>,
        moves: &mut Moves<'_>,
        row: ObjectionRow,
        happened: &ObjectionEvent,
        actor: &Actor,
    ) -> Result<ObjectionRow, PipelineError> {
        if let (Objection::Raised { answer_by }, ObjectionEvent::SupervisorDecided(_)) =
            (&row.objection, happened)
        {
            let text = format!(
                "the provider may answer this objection until {}; the supervisor decides from the \
                 day after, if nobody has answered",
                answer_by.date
            );
            return Err(PipelineError::Refused(text));
        }
        let (objection, effects) =
            objection::apply(&row.objection, happened, row.door, self.today())
                .map_err(|error| PipelineError::Refused(error.to_string()))?;
        let kind = format!("objection.{}", objection.code());
        let draft = with(event(&kind, self.now(), actor), "event", happened.code());
        let row = ObjectionRow { objection, ..row };
        let row = write.update_objection(row, &told(draft, &effects)).await?;
        self.carry_out(write, moves, &row, &effects).await?;
        Ok(row)
    }

    /// What an objection asks of the orders that rest on its record.
    async fn carry_out(
        &self,
        write: &mut Write<'_>,
        moves: &mut Moves<'_>,
        row: &ObjectionRow,
        effects: &[ObjectionEffect],
    ) -> Result<(), PipelineError> {
        let closed = |end| OrderEvent::ObjectionClosed(row.id, end);
        let happened = effects.iter().find_map(|effect| match effect {
            ObjectionEffect::HoldOrders => Some(OrderEvent::ObjectionOpened(row.id)),
            ObjectionEffect::EndOrders(_) => Some(closed(ObjectionEnd::Upheld)),
            ObjectionEffect::ReleaseOrders => Some(closed(match row.objection {
                Objection::Withdrawn => ObjectionEnd::Withdrawn,
                _ => ObjectionEnd::Rejected,
            })),
            ObjectionEffect::AskProvider
            | ObjectionEffect::CorrectRecord
            | ObjectionEffect::OpenRestoration
            | ObjectionEffect::TellSubject
            | ObjectionEffect::TellRaiser
            | ObjectionEffect::PushEverywhere
            | ObjectionEffect::AskSupervisor
            | ObjectionEffect::FlagRepeated
            | ObjectionEffect::ImportCalendar => None,
        });
        let Some(happened) = happened else {
            return Ok(());
        };
        let orders = write.read().orders_on([row.record]).await?;
        let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
        moves.take(write, orders).await?;
        for id in ids {
            moves.order(id, &happened)?;
        }
        Ok(())
    }
}

fn unknown(name: &str) -> PipelineError {
    PipelineError::Unknown {
        what: "objection",
        name: name.to_owned(),
        next: "`objection list` shows which there are, with their ids",
    }
}

/// What the house does not carry out by itself, for whoever reads the log.
fn told(draft: EventDraft, effects: &[ObjectionEffect]) -> EventDraft {
    let words: Vec<&str> = effects
        .iter()
        .filter_map(|effect| match effect {
            ObjectionEffect::HoldOrders
            | ObjectionEffect::ReleaseOrders
            | ObjectionEffect::EndOrders(_) => None,
            ObjectionEffect::AskProvider => Some("ask-provider"),
            ObjectionEffect::CorrectRecord => Some("correct-record"),
            ObjectionEffect::OpenRestoration => Some("open-restoration"),
            ObjectionEffect::TellSubject => Some("tell-subject"),
            ObjectionEffect::TellRaiser => Some("tell-raiser"),
            ObjectionEffect::PushEverywhere => Some("push-everywhere"),
            ObjectionEffect::AskSupervisor => Some("ask-supervisor"),
            ObjectionEffect::FlagRepeated => Some("flag-repeated"),
            ObjectionEffect::ImportCalendar => Some("import-calendar"),
        })
        .collect();
    match words.is_empty() {
        true => draft,
        false => with(draft, "consequence", words.join(", ")),
    }
}
