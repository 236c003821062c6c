//! Resolve: the measures proposed become orders, or refusals that a clerk can
//! read.
//!
//! Comes in: an opened case. Goes out: for each measure an order that waits for
//! the subject to be told, or one that a gate refused. Always holds: the terms of
//! an order are fixed here, from the catalogue as it stands on the day, and never
//! change; a plugin is told of the subject only what its grant declares (I4).

use crate::{
    error::PipelineError,
    house::{Actor, House, event, with},
    plugins::Active,
};
use credence_domain::{
    calendar::{Calendar, Deadline},
    case::{CaseState, ReceiptKind},
    catalogue::{Measure, Period, SubjectKind},
    gates::{self, Matter, Receipt, Refusal, Standing},
    ids::{CaseId, OrderId},
    order::{self, Ends, Order, OrderEvent, OrderState, Terms, step_key},
    record::{ClaimedIdentifier, SubjectClaim},
    step::{Step, Verb},
};
use credence_store::{
    CaseFilter, CaseRow, OrderRow, Read, RecordRow, RecordState, StepRow, SubjectRow, Write,
};
use serde::Serialize;

/// What became of a case's measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Resolved {
    /// The case as it is now.
    pub case: CaseRow,
    /// Its orders.
    pub orders: Vec<OrderRow>,
    /// Why a measure was refused.
    pub refusals: Vec<Refusal>,
}

/// Everything that one order is made of.
struct Making<'a> {
    case: &'a CaseRow,
    record: &'a RecordRow,
    subject: &'a SubjectRow,
    measure: &'a Measure,
    active: &'a Active,
}

impl House {
    /// A measure as the edition of the catalogue in force today has it; failing
    /// that, as the newest one had it: a gate refuses it then, and says why.
    pub(crate) fn measure(&self, code: &str) -> Result<&Measure, PipelineError> {
        let today = self.catalogue.measure(code, self.today());
        let newest = || self.catalogue.measures.get(code)?.last();
        today.or_else(newest).ok_or_else(|| PipelineError::Unknown {
            what: "measure",
            name: code.to_owned(),
            next: "its entry belongs into DATA/catalogue; `catalogue check` tells whether it holds",
        })
    }

    /// What the gates look at.
    pub(crate) fn matter<'a>(
        &'a self,
        calendar: &'a Calendar,
        measure: &'a Measure,
        standing: &'a Standing,
    ) -> Matter<'a> {
        Matter {
            catalogue: &self.catalogue,
            calendar,
            measure,
            standing,
            on: self.today(),
        }
    }

    /// The first day of a measure, and whether it is certain.
    pub(crate) fn first_day(
        &self,
        measure: &Measure,
        receipt: Receipt,
    ) -> Result<Deadline, PipelineError> {
        gates::first_day(&self.catalogue, &self.calendar(), measure, receipt)
            .map_err(|refusal| PipelineError::Refused(refusal.to_string()))
    }

    /// Makes the orders of an opened case. Durable when it returns.
    ///
    /// # Errors
    /// When the case is not in the state `opened`, or no plugin carries a measure
    /// out. Nothing is written then. A refusal by a gate is no error.
    pub async fn resolve(&self, id: CaseId, actor: &Actor) -> Result<Resolved, PipelineError> {
        let mut write = self.store.begin().await?;
        let case = case_in(&mut write.read(), id).await?;
        if case.state != CaseState::Opened {
            let text = format!("case {} is {} already", case.number, case.state.code());
            return Err(PipelineError::Refused(text));
        }
        let (record, subject) = case_ground(&mut write.read(), &case).await?;
        let mut orders = Vec::new();
        let mut refusals = Vec::new();
        for code in &case.initiation.measures {
            let measure = self.measure(code)?;
            let active = self
                .plugins
                .executor(&measure.executor, code)
                .ok_or_else(|| PipelineError::Unknown {
                    what: "active plugin that carries out measure",
                    name: code.clone(),
                    next: "install the plugin of the executing department, then resolve the case",
                })?;
            let making = Making {
                case: &case,
                record: &record,
                subject: &subject,
                measure,
                active: &active,
            };
            let (order, refused) = self.make_order(&mut write, &making, actor).await?;
            orders.push(order);
            refusals.extend(refused);
        }
        let prepared = orders
            .iter()
            .any(|order| order.course.state == OrderState::Prepared);
        let state = if prepared {
            CaseState::Resolved
        } else {
            CaseState::Refused
        };
        let words: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let refusal = (!words.is_empty()).then(|| words.join("\n"));
        let kind = format!("case.{}", state.code());
        let draft = with(
            event(&kind, self.now(), actor),
            "catalogue",
            self.editions(),
        );
        let case = write
            .update_case(
                CaseRow {
                    state,
                    refusal,
                    ..case
                },
                &draft,
            )
            .await?;
        write.commit().await?;
        Ok(Resolved {
            case,
            orders,
            refusals,
        })
    }

    async fn make_order(
        &self,
        write: &mut Write<'_>,
        making: &Making<'_>,
        actor: &Actor,
    ) -> Result<(OrderRow, Vec<Refusal>), PipelineError> {
        let now = self.now();
        let terms = self.terms(&mut write.read(), making).await?;
        let standing = standing(
            making.case,
            making.record,
            making.subject.kind,
            &terms,
            None,
        );
        let mut refusals =
            gates::at_opening(&self.matter(&self.calendar(), making.measure, &standing));
        refusals.extend(already(&mut write.read(), making).await?);
        let course = self
            .course(&mut write.read(), making, &terms, !refusals.is_empty())
            .await?;
        let state = course.state;
        let order = OrderRow {
            subject: making.case.subject,
            id: self.new_id::<OrderId>()?,
            case: making.case.id,
            department: making.measure.executor.clone(),
            region: self.region.clone(),
            plugin: making.active.row.plugin.clone(),
            terms,
            course,
            reference: None,
            opened_at: now,
            updated_at: now,
            changes: 0,
        };
        // The key is part of the terms and names the order.
        let key = step_key(order.id, 1);
        let order = OrderRow {
            terms: Terms {
                key,
                ..order.terms.clone()
            },
            ..order
        };
        let kind = format!("order.{}", state.code());
        let mut draft = with(
            event(&kind, now, actor),
            "measure",
            making.measure.code.as_str(),
        );
        if !refusals.is_empty() {
            let gates: Vec<&str> = refusals.iter().map(|r| r.gate.as_str()).collect();
            draft = with(draft, "gates", gates.join(", "));
        }
        write.insert_order(&order, &draft).await?;
        if !refusals.is_empty() {
            let words: Vec<String> = refusals.iter().map(ToString::to_string).collect();
            let refused = Step::Refused {
                reason: words.join("\n"),
            };
            let draft = event("step.refused", now, actor);
            let step = StepRow {
                state: refused,
                ..self.step_of(&order, 1, Verb::Apply, now)
            };
            write.insert_step(&step, &draft).await?;
        }
        Ok((order, refusals))
    }

    /// What a new order knows: when it ends by itself, and the objections that are
    /// open against its record already.
    async fn course(
        &self,
        read: &mut Read<'_>,
        making: &Making<'_>,
        terms: &Terms,
        is_refused: bool,
    ) -> Result<Order, PipelineError> {
        let ends = match making.measure.period {
            Period::Lasts(_) => Ends::OnDay(terms.ends_on),
            Period::Until { .. } => Ends::OnEvent {
                review_by: terms.ends_on,
                at_latest: None,
            },
        };
        let mut course = Order::prepared(ends);
        if is_refused {
            course.state = OrderState::Refused;
            course.steps_made = 1;
            return Ok(course);
        }
        let objections = read.objections_on([making.record.id]).await?;
        for row in objections.iter().filter(|row| row.objection.holds()) {
            let opened = OrderEvent::ObjectionOpened(row.id);
            (course, _) = order::apply(&course, &opened)
                .map_err(|error| PipelineError::Refused(error.to_string()))?;
        }
        Ok(course)
    }

    /// What the executing department is told. The days are those of a notice that
    /// reaches the subject today: a later receipt shortens the measure and never
    /// lengthens it.
    async fn terms(
        &self,
        read: &mut Read<'_>,
        making: &Making<'_>,
    ) -> Result<Terms, PipelineError> {
        let today = self.today();
        let receipt = Receipt {
            kind: ReceiptKind::Delivered,
            on: today,
        };
        let starts_on = self.first_day(making.measure, receipt)?.date;
        let last_day = making.measure.period.last_day(starts_on);
        let ends_on = last_day.unwrap_or(starts_on);
        Ok(Terms {
            key: String::new(),
            case_number: making.case.number.clone(),
            measure: making.measure.code.clone(),
            title: making.measure.title.clone(),
            subject: told(read, making.active, making.subject).await?,
            decision: making.record.record.decision.clone(),
            basis: self
                .catalogue
                .bases_in_force(making.measure, &self.region, today)
                .map(credence_domain::catalogue::Basis::cite)
                .collect(),
            starts_on,
            ends_on,
            parameters: Vec::new(),
        })
    }
}

/// Orders of a subject looked through for one that runs.
const CASES: u32 = 1_000;

/// One order of a measure against a subject at a time: two would be two effects
/// in the department, each under a key of its own.
async fn already(
    read: &mut Read<'_>,
    making: &Making<'_>,
) -> Result<Option<Refusal>, PipelineError> {
    let filter = CaseFilter {
        subject: Some(making.subject.id),
        ..CaseFilter::default()
    };
    for case in read.cases(filter, CASES).await? {
        for order in read.orders_of(case.id).await? {
            let runs = matches!(
                order.course.state,
                OrderState::Prepared | OrderState::InForce | OrderState::Suspended
            );
            if runs && order.terms.measure == making.measure.code {
                return Ok(Some(Refusal {
                    gate: "already".to_owned(),
                    waits: false,
                    zh: format!("案件 {} 已对该主体采取同一措施", case.number),
                    en: format!(
                        "the measure runs against this subject in case {}",
                        case.number
                    ),
                }));
            }
        }
    }
    Ok(None)
}

/// What a plugin is told of a subject: the fields of its grant, a person as its
/// own token.
async fn told(
    read: &mut Read<'_>,
    active: &Active,
    subject: &SubjectRow,
) -> Result<SubjectClaim, PipelineError> {
    let fields = &active.revision.grant().subject;
    let mut identifiers: Vec<ClaimedIdentifier> = subject
        .codes
        .iter()
        // A code that was given up would lead a department to nobody.
        .filter(|code| code.until.is_none() && fields.schemes.contains(&code.scheme))
        .map(|code| ClaimedIdentifier {
            scheme: code.scheme.clone(),
            value: code.value.clone(),
        })
        .collect();
    if subject.kind == SubjectKind::Person && fields.schemes.contains("person") {
        let token = read.token_of(&active.row.plugin, subject.id).await?;
        identifiers.extend(token.map(|value| ClaimedIdentifier {
            scheme: "person".to_owned(),
            value,
        }));
    }
    if identifiers.is_empty() {
        let text = format!(
            "the grant of plugin `{}` lets it know no identifier that this subject has: grant a \
             scheme under [subject]",
            active.row.plugin
        );
        return Err(PipelineError::Refused(text));
    }
    Ok(SubjectClaim {
        name: subject.name.clone().filter(|_| fields.name),
        identifiers,
    })
}

/// What the gates look at, as the rows have it now.
pub(crate) fn standing(
    case: &CaseRow,
    record: &RecordRow,
    subject: SubjectKind,
    terms: &Terms,
    receipt: Option<Receipt>,
) -> Standing {
    let stated = &record.record;
    let ended = (record.state == RecordState::Ended).then(|| match &record.ending {
        Some(ending) => format!("{:?}, {}", ending.exit, ending.effective_on),
        None => "ended".to_owned(),
    });
    Standing {
        initiation: case.initiation.clone(),
        subject,
        // Cases of answerable persons beside the subject are not opened yet.
        role: None,
        region: case.region.clone(),
        item: stated.item.clone(),
        decision: stated.decision.clone(),
        valid_from: stated.valid_from.unwrap_or(stated.decision.decided_on),
        valid_until: stated.valid_until,
        ended,
        receipt,
        objection_open: false,
        starts_on: terms.starts_on,
        ends_on: terms.ends_on,
    }
}

pub(crate) async fn case_in(read: &mut Read<'_>, id: CaseId) -> Result<CaseRow, PipelineError> {
    read.case(id).await?.ok_or_else(|| PipelineError::Unknown {
        what: "case",
        name: id.to_string(),
        next: "`case list` shows which there are",
    })
}

/// The record that a case rests on, as it stands now.
pub(crate) async fn record_of(
    read: &mut Read<'_>,
    case: &CaseRow,
) -> Result<RecordRow, PipelineError> {
    let record = read.record(case.record).await?;
    record.ok_or_else(|| gone("record of case", case))
}

/// The same, and its subject.
pub(crate) async fn case_ground(
    read: &mut Read<'_>,
    case: &CaseRow,
) -> Result<(RecordRow, SubjectRow), PipelineError> {
    let record = record_of(read, case).await?;
    let subject = read.subject(case.subject).await?;
    let subject = subject.ok_or_else(|| gone("subject of case", case))?;
    Ok((record, subject))
}

fn gone(what: &'static str, case: &CaseRow) -> PipelineError {
    PipelineError::Unknown {
        what,
        name: case.number.clone(),
        next: "run `audit verify`: a row that a case rests on is missing",
    }
}
