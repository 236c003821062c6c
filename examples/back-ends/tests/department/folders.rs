//! Transport with its folders, and order files for it.
//!
//! In come files as a plugin would put them; out go the rows of the
//! acknowledgement files. A look at the inbox is made when a test says so, at the
//! time it says. Absent: what is expected.

use std::fs;
use std::path::PathBuf;

use department_back_ends::desk::Desk;
use department_back_ends::door::Door;
use department_back_ends::ledger::Ledger;
use department_back_ends::line;
use department_back_ends::transport::{LookError, Transport};
use encoding_rs::GB18030;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;

pub(crate) const HEADER: &str = "步骤编号,命令编号,办理事项,措施编码,措施名称,对象名称,\
统一社会信用代码,注册号,身份证件号码,案号,决定机关,决定文号,决定日期,依据,开始日期,结束日期,\
生效日期,前次文号,退出方式,退出决定文号,参数,说明";

pub(crate) struct Folders {
    transport: Transport,
    pub(crate) place: TempDir,
    pub(crate) url: String,
}

/// Text of a good order file. The name of the subject needs four bytes in GB18030.
pub(crate) fn sheet(key: &str, verb: &str) -> String {
    format!(
        "{HEADER}\r\n{key},o-1,{verb},S-TRN-01,道路运输从业和经营限制,虚构㐀运输有限公司,\
         91350100MA900010XU,,,闽信联〔2026〕1号,某交通运输局,闽交罚〔2026〕3号,2026-01-05,\
         《公路安全保护条例》第六十六条,2026-02-01,2029-01-31,2026-02-01,,,,,\"原因一,原因二\"\r\n"
    )
}

pub(crate) async fn start() -> Folders {
    let place = TempDir::new().expect("a directory");
    let ledger = Ledger::open(&place.path().join("transport.sqlite"))
        .await
        .expect("a ledger");
    let (inbox, outbox) = (place.path().join("in"), place.path().join("out"));
    let desk = Desk::new(ledger, Door::Open);
    let transport = Transport::open(desk, &inbox, &outbox).expect("the folders");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(line::serve(listener, transport.router()));
    Folders {
        transport,
        place,
        url,
    }
}

impl Folders {
    pub(crate) fn inbox(&self, name: &str) -> PathBuf {
        self.place.path().join("in").join(name)
    }

    /// Puts a file into the inbox, in the encoding of the department.
    pub(crate) fn put(&self, name: &str, text: &str) {
        let (bytes, _, _) = GB18030.encode(text);
        fs::write(self.inbox(name), bytes).expect("a file");
    }

    pub(crate) fn put_order(&self, key: &str, verb: &str) {
        self.put(&format!("order-{key}.csv"), &sheet(key, verb));
    }

    pub(crate) async fn look(&self) {
        self.try_to_look().await.expect("a look");
    }

    pub(crate) async fn try_to_look(&self) -> Result<(), LookError> {
        self.transport.look(Timestamp::now()).await
    }

    /// Looks as if so many hours had passed.
    pub(crate) async fn look_after_hours(&self, hours: i64) {
        let now = Timestamp::now() + SignedDuration::from_hours(hours);
        self.transport.look(now).await.expect("a look");
    }

    /// Key and word of every row, of all acknowledgement files in order.
    pub(crate) fn told(&self) -> Vec<(String, String)> {
        let rows = self.rows().into_iter();
        rows.map(|row| (row[0].clone(), row[1].clone())).collect()
    }

    /// Every row but the headers.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let outbox = self.place.path().join("out");
        let mut names: Vec<_> = fs::read_dir(&outbox)
            .expect("the outbox")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        let mut rows = Vec::new();
        for name in names {
            assert!(name.to_string_lossy().starts_with("ack-"), "{name:?}");
            let bytes = fs::read(outbox.join(name)).expect("a file");
            let text = GB18030
                .decode_without_bom_handling_and_without_replacement(&bytes)
                .expect("GB18030");
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let header: Vec<_> = reader.headers().expect("a header").iter().collect();
            assert_eq!(header, ["步骤编号", "办理结果", "原因", "文号", "办理时间"]);
            for row in reader.records() {
                let row = row.expect("a row");
                rows.push(row.iter().map(str::to_owned).collect());
            }
        }
        rows
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = crate::client().get(format!("{}{path}", self.url)).send();
        answer.await.expect("an answer").json().await.expect("JSON")
    }

    /// Keys of the effects, in order.
    pub(crate) async fn effects(&self) -> Vec<String> {
        let ledger = self.get("/ledger").await;
        let effects = ledger.as_array().expect("a list").iter();
        effects
            .map(|effect| effect["key"].as_str().expect("a key").to_owned())
            .collect()
    }

    pub(crate) async fn switch(&self, setting: Value) {
        let request = crate::client().post(format!("{}/switch", self.url));
        let answer = request.json(&setting).send().await.expect("an answer");
        assert_eq!(answer.status(), 204, "{setting}");
    }

    /// The clerk is telephoned.
    pub(crate) async fn ask(&self) {
        let request = crate::client().post(format!("{}/acknowledgements", self.url));
        assert_eq!(request.send().await.expect("an answer").status(), 204);
    }
}
