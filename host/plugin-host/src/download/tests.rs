//! A department's system that keeps the house waiting, over a real connection. Each
//! limit of time meets a system that ends the download in another way, later.

use super::*;
use std::collections::BTreeSet;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 1099511627776\r\n\r\n";
const SHORT: Duration = Duration::from_millis(100);
/// Far longer than what is to be met first.
const LONG: Duration = Duration::from_secs(20);

/// How many bytes came. Takes no more than `most`.
struct Counted {
    bytes: u64,
    most: u64,
}

#[async_trait]
impl Sink for Counted {
    async fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.bytes += bytes.len() as u64;
        match self.bytes <= self.most {
            true => Ok(()),
            false => Err("it came in spite of the limit".to_owned()),
        }
    }
}

/// Reads a request to its end.
async fn asked(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("a request"));
    }
}

/// Downloads from a system that answers with this, and then with nothing more, or
/// with zeros without end. Gives what came of it, and how many bytes.
async fn downloaded(
    answer: &'static str,
    endless: bool,
    patience: Patience,
) -> (Result<Downloaded, NoAnswer>, u64) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let system = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        asked(&mut stream).await;
        let written = stream.write_all(answer.as_bytes()).await;
        written.expect("the beginning is taken");
        while endless && stream.write_all(&[0; 65_536]).await.is_ok() {}
        // Held until the house hangs up.
        let _ = stream.read_u8().await;
    });
    let to = Destination {
        address: format!("http://{address}"),
        methods: BTreeSet::from(["GET".to_owned()]),
        encoding: "utf-8".to_owned(),
        persons: false,
        private_network: true,
        signature: None,
    };
    let egress = HttpEgress::new().expect("a client").waiting(patience);
    let mut sink = Counted {
        bytes: 0,
        most: 1 << 30,
    };
    let ask = Download {
        path: "/export".to_owned(),
        ..Download::default()
    };
    let came = egress.download(&to, ask, &mut sink).await;
    drop(egress);
    system.await.expect("the system ends");
    (came, sink.bytes)
}

#[tokio::test]
async fn a_system_that_falls_silent_is_waited_for_no_longer_than_for_one_piece() {
    let patience = Patience {
        whole: LONG,
        piece: SHORT,
    };
    let silent = NoAnswer::Lost("the department's system fell silent".to_owned());
    let (before_the_head, bytes) = downloaded("", false, patience).await;
    assert_eq!((before_the_head, bytes), (Err(silent.clone()), 0));
    let begun = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it";
    let (in_the_middle, bytes) = downloaded(begun, false, patience).await;
    assert_eq!((in_the_middle, bytes), (Err(silent), 10));
}

#[tokio::test]
async fn a_system_that_never_ends_is_left_when_its_time_is_over() {
    let patience = Patience {
        whole: SHORT,
        piece: LONG,
    };
    let late = NoAnswer::Lost("the delivery did not come whole within 100ms".to_owned());
    let (endless, bytes) = downloaded(HEAD, true, patience).await;
    assert_eq!(endless, Err(late));
    assert!(bytes > 0, "pieces came until then");
}
