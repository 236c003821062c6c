//! Transport (交通运输): no interface at all, two folders.
//!
//! In come order files in the inbox, one step each; out go acknowledgement files
//! in the outbox, which the house reads as a feed. Always: what stands in a file
//! was done before the file leaves the inbox, an acknowledgement is owed until it
//! stands whole in the outbox, and one key acts once. Absent: questions about a
//! step; over HTTP there are only the routes for tests, and [`crate::exports`].
//!
//! **Names.** An order file is `order-KEY.csv`, `KEY` being the key of the step.
//! Names that begin with `.` are not looked at. A file that was read goes to
//! `taken/` in the inbox; one that is no order goes to `rejected/`, with the
//! reason in words beside it (`NAME.txt`), and, if its name holds a key that
//! never acted, is acknowledged as `退回`.
//!
//! **Both files** are CSV as of RFC 4180 (comma, quotes doubled, CRLF or LF) in
//! GBK, or GB18030 where a character needs it, with a header row; columns stand
//! in the order given here. No byte order mark.
//!
//! **Order file**: the header and one row.
//!
//! | # | column | holds |
//! |---|---|---|
//! | 1 | 步骤编号 | key of the step, as in the name of the file |
//! | 2 | 命令编号 | key of its order; in 执行 the same as 步骤编号 |
//! | 3 | 办理事项 | `执行` (apply), `中止` (suspend), `恢复` (resume), `解除` (lift) |
//! | 4 | 措施编码 | code of the measure |
//! | 5 | 措施名称 | its title; filed unread |
//! | 6 | 对象名称 | name of the subject; may be empty |
//! | 7 | 统一社会信用代码 | of 7 to 9 at least one is filled |
//! | 8 | 注册号 | registration number |
//! | 9 | 身份证件号码 | identity number of a person |
//! | 10 | 案号 | number of the joint case; filed unread |
//! | 11 | 决定机关 | who decided |
//! | 12 | 决定文号 | number of the decision; may be empty |
//! | 13 | 决定日期 | `2026-01-05`, as all days |
//! | 14 | 依据 | legal bases in words, joined by `；` |
//! | 15 | 开始日期 | first day |
//! | 16 | 结束日期 | last day |
//! | 17 | 生效日期 | first day of the new state; in 执行 the same as 开始日期 |
//! | 18 | 前次文号 | reference the department gave before; may be empty |
//! | 19 | 退出方式 | in 解除: `到期`, `履行完毕`, `信用修复`, `更正`, `撤销`; else empty; filed unread |
//! | 20 | 退出决定文号 | number of that decision; may be empty |
//! | 21 | 参数 | `FIELD=value`, joined by `；`; may be empty |
//! | 22 | 说明 | reason in words; may be empty |
//!
//! **Acknowledgement file** `ack-000001.csv`, numbered on: the header and one or
//! more rows, put there whole under a name that does not begin with `.`.
//!
//! | # | column | holds |
//! |---|---|---|
//! | 1 | 步骤编号 | key of the step |
//! | 2 | 办理结果 | a word of the table below |
//! | 3 | 原因 | reason, where there is one |
//! | 4 | 文号 | the department's reference, such as `R-000001`; may be empty |
//! | 5 | 办理时间 | Beijing time `2026-02-01 10:00:00`; empty with `办理中` and where nothing was decided |
//!
//! | 办理结果 | what it means | of the contract's outcomes |
//! |---|---|---|
//! | `已执行` | the state asked for holds | `executed` |
//! | `部分执行` | partly; the reason says what not | `partly-executed` |
//! | `未能执行` | not, and it will not be tried again | `could-not` |
//! | `不适用` | nothing here that it could touch | `not-applicable` |
//! | `办理中` | an official has it; another row follows | `pending` |
//! | `有异议` | nothing done: the order is thought wrong | `could-not`, since a file cannot dispute |
//! | `不属职责` | nothing done: not this department's measure | `could-not` |
//! | `退回` | nothing done: the file cannot be read | `could-not` |
//!
//! **Again.** A file whose key has acted is taken and acknowledged again, and
//! nothing else. `POST /acknowledgements` on the test address is the clerk's
//! telephone: whatever was withheld is owed again (204).
//!
//! **A crash** before the step is committed leaves the file in the inbox; after
//! it, the file is read again, finds its key, and is put away; an acknowledgement
//! whose file was not yet renamed is written anew under the next number.

mod sheet;

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use jiff::Timestamp;

use crate::desk::{self, Desk, later_ms};
use crate::ledger::owed::{Debt, Owed, Withheld};
use crate::ledger::{Feedback, LedgerError, Made, Ruling};
use crate::order::is_key;
use crate::switch::{Mode, Request, Setting};
use crate::whims;

/// Codes of the measures that the department carries out.
pub const MANDATE: [&str; 2] = ["S-TRN-01", "I-TRN-01"];
/// Milliseconds between two looks at the inbox, where nothing else is asked.
pub const EVERY_MS: u32 = 200;

/// A look at the folders failed. What was committed stays; the next look goes on.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The ledger refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A folder or a file cannot be read or written.
    #[error("a folder of the department cannot be used; look at its permissions and its disk")]
    Folder(#[from] io::Error),
}

/// The department and its two folders.
pub struct Transport {
    desk: Arc<Desk>,
    inbox: PathBuf,
    outbox: PathBuf,
    /// Files lied about: each once, as long as the lie lasts.
    lied_about: Mutex<HashSet<String>>,
}

impl Transport {
    /// Opens the folders, and makes those that are missing.
    ///
    /// # Errors
    /// A folder cannot be made.
    pub fn open(desk: Desk, inbox: &Path, outbox: &Path) -> io::Result<Self> {
        for folder in [&inbox.join("taken"), &inbox.join("rejected"), outbox] {
            fs::create_dir_all(folder)?;
        }
        Ok(Self {
            desk: Arc::new(desk),
            inbox: inbox.to_owned(),
            outbox: outbox.to_owned(),
            lied_about: Mutex::default(),
        })
    }

    /// The routes for tests.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/acknowledgements", post(asked))
            .merge(desk::routes())
            .with_state(Arc::clone(&self.desk))
    }

    /// Looks once: takes what lies in the inbox, then writes what is owed.
    ///
    /// # Errors
    /// [`LookError`]
    pub async fn look(&self, now: Timestamp) -> Result<(), LookError> {
        self.desk.ledger.settle(now).await?;
        if self.desk.switch.mode() == Mode::Normal {
            self.desk.ledger.find_lost().await?;
            self.lies().clear();
        }
        let names = self.names()?;
        if !names.is_empty() && self.desk.switch.mode() == Mode::Down {
            self.desk.switch.take(Request::Step);
        } else {
            for name in names {
                self.take(&name, now).await?;
            }
        }
        let owed = self.desk.ledger.owed(now).await?;
        if !owed.is_empty() {
            self.write(&owed).await?;
            self.desk.ledger.paid(&owed).await?;
        }
        Ok(())
    }

    /// Files of the inbox that are not hidden, by name.
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.inbox)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let whole = OsStr::new(&name) == entry.file_name();
            if whole && !name.starts_with('.') && entry.file_type()?.is_file() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    async fn take(&self, name: &str, now: Timestamp) -> Result<(), LookError> {
        let Some(key) = key_in(name) else {
            return self.reject(name, "the name of an order file is order-KEY.csv");
        };
        if self.desk.switch.mode() == Mode::Lie && self.lies().contains(name) {
            return Ok(());
        }
        let bytes = fs::read(self.inbox.join(name))?;
        let step = match sheet::read(&bytes, key) {
            Ok(step) => step,
            Err(invalid) => {
                let reason = format!("{}: {}", invalid.field, invalid.reason);
                return self.send_back(name, key, &reason, now).await;
            }
        };
        self.desk.ledger.count_post(key).await?;
        let setting = self.desk.switch.take(Request::Step);
        match setting.mode {
            Mode::Fail | Mode::Down => return Ok(()),
            Mode::Lie => {
                self.lies().insert(name.to_owned());
                return self.write(&[row(whims::lie(key))]).await;
            }
            _ => {}
        }
        let ruling = if MANDATE.contains(&step.measure.as_str()) {
            whims::ruling(setting.mode)
        } else {
            Ruling::OutsideMandate(whims::OUTSIDE_MANDATE.to_owned())
        };
        let later = matches!(setting.mode, Mode::Late | Mode::Person);
        let due_ms = later.then(|| later_ms(now, setting.ms));
        let debt = debt(setting, now);
        let made = self.desk.ledger.take(&step, due_ms, &ruling, &debt, now);
        let Made::Told(mut feedback) = made.await? else {
            return self.reject(name, "the key belongs to another step; nothing was done");
        };
        if setting.mode == Mode::OtherKey {
            whims::ANOTHER_STEP.clone_into(&mut feedback.key);
            self.write(&[row(feedback)]).await?;
        }
        self.put_away(name, "taken")
    }

    /// A file that cannot be read: nothing of it is done, and its key is told so,
    /// unless the key has a fate of its own already.
    async fn send_back(
        &self,
        name: &str,
        key: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), LookError> {
        if self.desk.ledger.told(key, now).await?.is_none() {
            let returned = Feedback {
                seq: 0,
                key: key.to_owned(),
                state: sheet::RETURNED.to_owned(),
                reason: Some(reason.to_owned()),
                reference: None,
                at: None,
            };
            self.write(&[row(returned)]).await?;
        }
        self.reject(name, reason)
    }

    fn reject(&self, name: &str, reason: &str) -> Result<(), LookError> {
        let words = self.inbox.join("rejected").join(format!("{name}.txt"));
        fs::write(words, reason)?;
        self.put_away(name, "rejected")
    }

    fn put_away(&self, name: &str, folder: &str) -> Result<(), LookError> {
        let to = self.inbox.join(folder).join(name);
        fs::rename(self.inbox.join(name), to)?;
        Ok(())
    }

    /// One acknowledgement file, whole and durable on return.
    async fn write(&self, rows: &[Owed]) -> Result<(), LookError> {
        let number = self.desk.ledger.next_file().await?;
        let name = format!("ack-{number:06}.csv");
        let unfinished = self.outbox.join(format!(".{name}.partial"));
        let mut file = File::create(&unfinished)?;
        file.write_all(&sheet::acknowledgements(rows))?;
        file.sync_all()?;
        fs::rename(&unfinished, self.outbox.join(&name))?;
        File::open(&self.outbox)?.sync_all()?;
        Ok(())
    }

    fn lies(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.lied_about
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_in(name: &str) -> Option<&str> {
    let key = name.strip_prefix("order-")?.strip_suffix(".csv")?;
    is_key(key).then_some(key)
}

fn row(feedback: Feedback) -> Owed {
    Owed {
        feedback,
        copies: 1,
    }
}

fn debt(setting: Setting, now: Timestamp) -> Debt {
    Debt {
        not_before_ms: if setting.mode == Mode::Slow {
            later_ms(now, setting.ms)
        } else {
            0
        },
        withheld: match setting.mode {
            Mode::DropAfter | Mode::OtherKey => Some(Withheld::Lost),
            Mode::HangAfter => Some(Withheld::UntilAsked),
            _ => None,
        },
        twice: setting.mode == Mode::Twice,
        silent_while_waiting: setting.mode == Mode::Late,
    }
}

/// The clerk's telephone.
async fn asked(State(desk): State<Arc<Desk>>) -> Result<StatusCode, (StatusCode, String)> {
    match desk.ledger.ask_for_all().await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err((StatusCode::INTERNAL_SERVER_ERROR, error.to_string())),
    }
}
