//! How time passes in a scenario: with the house at work, as under `serve`.
//!
//! Comes in: until when. Goes out: a clock that stands there, and everything done that
//! fell due on the way, each at its own instant: steps and questions, the days after
//! terms and after last days for answers, files that departments laid into folders.
//! Scheduled pulls are made at those instants too, and not at each of their own.
//! Always holds: it never goes back; what a department without an interface has in
//! hand it has done before time goes on.

use super::{play::Play, steps::Passing};
use anyhow::{Context as _, bail};
use credence_domain::{
    objection::Objection,
    span::Span,
    time::{BEIJING, start_of_day},
};
use credence_pipeline::Clock as _;
use jiff::{Timestamp, civil::DateTime};

/// Rows looked at for what falls due: more than a scenario has.
const ALL: u32 = 100_000;
/// Instants and rounds after which something is taken to go on for ever.
const TOO_MANY: u32 = 20_000;

/// An instant by China's clock.
pub(super) fn instant(at: DateTime) -> anyhow::Result<Timestamp> {
    BEIJING
        .to_timestamp(at)
        .context("that moment is beyond all calendars")
}

impl Play {
    /// Lets time pass.
    pub(super) async fn pass(&mut self, passing: &Passing) -> anyhow::Result<()> {
        let now = self.clock.now();
        let until = match passing {
            Passing::For(time) => now.checked_add(*time)?,
            Passing::Until(at) => instant(*at)?,
            Passing::WorkingDays(days) => self.after_working_days(*days)?,
        };
        if until < now {
            bail!(
                "it is {} already, and time does not go back",
                BEIJING.to_datetime(now).strftime("%Y-%m-%d %H:%M")
            );
        }
        // What is due already is done before time goes on.
        self.rounds().await?;
        for _ in 0..TOO_MANY {
            match self.next_instant().await? {
                Some(next) if next < until => self.clock.set(next),
                _ => self.clock.set(until),
            }
            self.rounds().await?;
            if self.clock.now() >= until {
                return Ok(());
            }
        }
        bail!("something falls due again and again; let less time pass at once");
    }

    /// The same time of the day, so many working days later.
    fn after_working_days(&self, days: u32) -> anyhow::Result<Timestamp> {
        let at = BEIJING.to_datetime(self.clock.now());
        let calendar = self.house()?.calendar();
        let last = calendar.after(at.date(), Span::WorkingDays(days));
        match last {
            Some(last) if !last.provisional => instant(last.date.to_datetime(at.time())),
            _ => bail!(
                "working days are published to the end of {} alone; begin earlier with `at`, or write \
                 `pass 20 days` or `pass until …`",
                calendar.years().max().unwrap_or_default()
            ),
        }
    }

    /// Everything that is due now, in the house and in folders.
    pub(super) async fn rounds(&mut self) -> anyhow::Result<()> {
        let house = self.house()?;
        for _ in 0..TOO_MANY {
            house.sweep_until_quiet().await?;
            for department in self.departments.values() {
                department.look().await?;
            }
            // A file is taken at the second look.
            let taken = house.take_in().await?.and(house.take_in().await?);
            if taken.read + taken.failed == 0 {
                return Ok(());
            }
        }
        bail!("files come into a folder again and again");
    }

    /// The next instant at which something falls due.
    async fn next_instant(&self) -> anyhow::Result<Option<Timestamp>> {
        let (house, now) = (self.house()?, self.clock.now());
        let mut read = house.store().read().await?;
        let mut instants = Vec::new();
        for order in read.orders(None, ALL).await? {
            if order.course.state.is_final() {
                continue;
            }
            let over = order.terms.ends_on.tomorrow()?;
            instants.extend(start_of_day(over));
            let steps = read.steps_of(order.id).await?;
            instants.extend(steps.iter().filter_map(|step| step.state.due_at()));
        }
        for row in read.objections(true, ALL).await? {
            if let Objection::Raised { answer_by } = row.objection {
                instants.extend(start_of_day(answer_by.date.tomorrow()?));
            }
        }
        Ok(instants.into_iter().filter(|at| *at > now).min())
    }
}
