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
