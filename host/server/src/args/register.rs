//! The words of `subject register`.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum RegisterCommand {
    /// Read extracts of the market regulator's register; frees lines that wait for them
    #[command(after_help = REGISTER_COLUMNS)]
    Import {
        /// CSV files in UTF-8
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// What stands in an extract, and what to do with it.
const REGISTER_COLUMNS: &str = "\
A file is CSV in UTF-8. Its first row names the columns, in any order; all may be left out but one
of codes. A row is an organization, or what became of one:

  name                 名称             for people to read; names never bind anything
  uscc                 统一社会信用代码
  organization_code    组织机构代码
  registration_number  注册号
  former_codes         原代码           codes given up on the day of coded_on, separated by `;`
  coded_on             赋码日期         day on which the unified code came into use
  region               行政区划         six digits
  state                登记状态         registered 存续, revoked 吊销, deregistered 注销,
                                        merged 合并, divided 分立
  changed_on           状态日期         first day of the state
  successors           承继主体代码     whom it was merged or divided into, separated by `;`

All codes of a row are one organization's. Good rows are kept; the same file again changes nothing.
Status 1 if a row was not taken.

Examples:
  credence subject register import examples/register/organizations.csv
  credence subject register import monday.csv tuesday.csv --json";
