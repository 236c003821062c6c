//! A desk before a department's system: it turns steps away in ways that the system
//! itself never does, lets everybody wait when it is closed, and passes everything
//! else on.

use serde_json::{Value, json};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// Answers still to be given to steps, each once: a status and a body.
type Answers = Arc<Mutex<VecDeque<(u16, Value)>>>;

/// The desk.
#[derive(Clone)]
pub(crate) struct Desk {
    answers: Answers,
    pub(crate) address: String,
    open: watch::Sender<bool>,
    queue: Arc<Queue>,
}

/// Requests before the desk.
#[derive(Default)]
struct Queue {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// One of them, as long as this value lives.
struct Waiting(Arc<Queue>);

impl Waiting {
    fn begin(queue: &Arc<Queue>) -> Self {
        let now = queue.now.fetch_add(1, SeqCst) + 1;
        queue.most.fetch_max(now, SeqCst);
        Self(queue.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, SeqCst);
    }
}

impl Desk {
    /// Opens before the system at this address.
    pub(crate) async fn open(system: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let system = system.strip_prefix("http://").unwrap().to_owned();
        let desk = Self {
            answers: Answers::default(),
            address,
            open: watch::Sender::new(true),
            queue: Arc::default(),
        };
        let attending = desk.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(attend(stream, system.clone(), attending.clone()));
            }
        });
        desk
    }

    /// Nobody is attended to until it opens again.
    pub(crate) fn close(&self) {
        self.open.send_replace(false);
    }

    /// Attends to everybody.
    pub(crate) fn reopen(&self) {
        self.open.send_replace(true);
    }

    /// Requests that stand before it now.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.now.load(SeqCst)
    }

    /// Requests that ever stood before it at once.
    pub(crate) fn most_waiting(&self) -> usize {
        self.queue.most.load(SeqCst)
    }

    /// Turns the next step away with this answer.
    pub(crate) fn turn_away(&self, status: u16, error: &str, reason: &str) {
        let body = json!({ "error": error, "reason": reason });
        self.answers.lock().unwrap().push_back((status, body));
    }
}

/// One request, then the connection is closed.
async fn attend(mut stream: TcpStream, system: String, desk: Desk) {
    let Some(request) = read_request(&mut stream).await else {
        return;
    };
    let waiting = Waiting::begin(&desk.queue);
    let mut opens = desk.open.subscribe();
    opens.wait_for(|open| *open).await.unwrap();
    // Let through: whoever asked may have its answer, and ask again, before this
    // connection is closed.
    drop(waiting);
    let scripted = match request.starts_with(b"POST ") {
        true => desk.answers.lock().unwrap().pop_front(),
        false => None,
    };
    if let Some((status, body)) = scripted {
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} Turned Away\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream.write_all((head + &body).as_bytes()).await;
        return;
    }
    let mut behind = TcpStream::connect(system).await.unwrap();
    let line_ends = request.windows(2).position(|two| two == b"\r\n").unwrap() + 2;
    behind.write_all(&request[..line_ends]).await.unwrap();
    behind.write_all(b"connection: close\r\n").await.unwrap();
    behind.write_all(&request[line_ends..]).await.unwrap();
    let _ = tokio::io::copy(&mut behind, &mut stream).await;
}

/// A request with its body, as its length says.
async fn read_request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        let ends = request.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(ends) = ends {
            let head = String::from_utf8_lossy(&request[..ends]).to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"));
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if request.len() >= ends + 4 + length {
                return Some(request);
            }
        }
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
}
