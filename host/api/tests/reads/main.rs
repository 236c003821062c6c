//! The reads over HTTP against an open house, byte for byte over loopback.
//!
//! In: requests as a program would write them. Out: status, headers and JSON.
//! Always: a real house in a directory of its own. Absent: plugins and records;
//! the tests of the binary bring them.

use credence_api::{Loopback, Server};
use credence_pipeline::{Actor, House, HouseOptions, SystemClock};
use serde_json::Value;
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};

struct Open {
    house: Arc<House>,
    url: String,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
    _dir: tempfile::TempDir,
}

impl Open {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = HouseOptions {
            data: dir.path().join("data"),
            clock: Arc::new(SystemClock),
            region: "350000".to_owned(),
            origin: "credence.test/log".to_owned(),
        };
        let house = Arc::new(House::open(options).await.unwrap());
        let server = Server::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = server.url();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = server.serve(house.clone(), Actor::operator("reader"), async {
            let _ = stopped.await;
        });
        Self {
            house,
            url,
            stop,
            serving: tokio::spawn(serving),
            _dir: dir,
        }
    }

    fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\n",
            self.address()
        ))
        .await
    }

    /// Sends a request without its end, and reads until the server has closed.
    async fn send(&self, head: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address()).await.unwrap();
        let request = format!("{head}connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {text}")),
        }
    }
}

struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Answer {
    #[track_caller]
    fn is_problem(&self, status: u16, code: &str, part: &str) {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        assert!(
            self.head.contains("content-type: application/problem+json"),
            "{}",
            self.head
        );
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], format!("urn:credence:problem:{code}"));
        let detail = self.body["detail"].as_str().unwrap();
        assert!(detail.contains(part), "{detail}");
    }
}

#[tokio::test]
async fn an_empty_house_answers_every_list() {
    let open = Open::start().await;
    for (path, key) in [
        ("/cases", "cases"),
        ("/orders", "orders"),
        ("/plugins", "plugins"),
    ] {
        let answer = open.get(path).await;
        assert_eq!(
            (answer.status, &answer.body[key]),
            (200, &Value::Array(vec![])),
            "{path}"
        );
        assert!(
            answer.head.contains("cache-control: no-store"),
            "{}",
            answer.head
        );
    }
    let health = open.get("/health").await;
    assert_eq!(
        (health.status, &health.body["ok"]),
        (200, &Value::Bool(true))
    );
    let head = open.get("/audit/head").await.body;
    assert_eq!(
        (&head["origin"], &head["size"]),
        (&"credence.test/log".into(), &0.into())
    );
    assert_eq!(head["key"].as_str(), Some(open.house.log_key()));
}

#[tokio::test]
async fn what_is_not_there_is_a_problem() {
    let open = Open::start().await;
    open.get("/cases/none")
        .await
        .is_problem(404, "not-found", "case list");
    open.get("/orders/none")
        .await
        .is_problem(404, "not-found", "order list");
    open.get("/plugins/none")
        .await
        .is_problem(404, "not-found", "plugin list");
    open.get("/nowhere")
        .await
        .is_problem(404, "no-route", "/audit/head");
    open.get("/cases?state=shut")
        .await
        .is_problem(400, "bad-parameter", "no state `shut`");
    open.get("/orders?stat=due")
        .await
        .is_problem(400, "bad-parameter", "unknown field");
    open.get("/cases/%ff")
        .await
        .is_problem(400, "bad-parameter", "UTF-8");
    let post = format!("POST /cases HTTP/1.1\r\nhost: {}\r\n", open.address());
    open.send(&post).await.is_problem(405, "read-only", "GET");
}

#[tokio::test]
async fn a_code_that_nobody_has_is_not_repeated() {
    let open = Open::start().await;
    let answer = open.get("/subjects/91350100MA900010XU?purpose=check").await;
    answer.is_problem(404, "not-found", "names never find a subject");
    assert!(
        !answer.body.to_string().contains("MA900010XU"),
        "{}",
        answer.body
    );
    open.get("/subjects/nonsense")
        .await
        .is_problem(422, "refused", "compare it");
    open.get("/subjects/nonsense?why=x")
        .await
        .is_problem(400, "bad-parameter", "unknown field");
}

#[tokio::test]
async fn a_page_from_elsewhere_gets_nothing() {
    let open = Open::start().await;
    let rebound = "GET /cases HTTP/1.1\r\nhost: rebound.example\r\n";
    open.send(rebound)
        .await
        .is_problem(403, "not-nearby", "127.0.0.1");
    let foreign = format!(
        "GET /cases HTTP/1.1\r\nhost: {}\r\nsec-fetch-site: cross-site\r\n",
        open.address()
    );
    open.send(&foreign)
        .await
        .is_problem(403, "not-nearby", "page");
}

#[tokio::test]
async fn the_server_ends_when_it_is_told() {
    let open = Open::start().await;
    let address: SocketAddr = open.address().parse().unwrap();
    assert_eq!(open.get("/health").await.status, 200);
    open.stop.send(()).unwrap();
    open.serving.await.unwrap().unwrap();
    // The address is free again.
    let again: Loopback = address.try_into().unwrap();
    Server::bind(again).await.unwrap();
}
