//! A real SMTP server inside the test process, which keeps every letter it accepts, refuses letters on request and can go
//! out of service and come back. TLS and sign-in are not here.

#![allow(dead_code, reason = "a kit: not every test run uses every tool")]

use mailin_embedded::{Handler, Response, Server, SslConfig, response};
use std::io;
use std::net::{IpAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// An SMTP server on a free port of 127.0.0.1, out of service once this is dropped.
pub struct Sink {
    port: u16,
    desk: Arc<Desk>,
}

/// A letter as it arrived: the envelope, and the message byte for byte as the client sent it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Letter {
    /// The envelope's sender, without angle brackets; empty for a bounce.
    pub from: String,
    /// The envelope's recipients in the order given, without angle brackets.
    pub to: Vec<String>,
    /// Headers and body with CRLF line ends, leading dots restored.
    pub raw: Vec<u8>,
}

/// Reads a mail's headers and parts; panics where it is no mail at all.
#[track_caller]
pub fn read(raw: &[u8]) -> mail_parser::Message<'_> {
    mail_parser::MessageParser::default().parse(raw).expect("a mail that can be read")
}

impl Sink {
    /// Starts a server that accepts everything.
    pub fn start() -> Sink {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("the port").port();
        let desk = Arc::new(Desk::default());
        let mut server = Server::new(Visit { desk: Arc::clone(&desk), letter: Letter::default() });
        server
            .with_name("sink.test")
            .with_ssl(SslConfig::None)
            .expect("a server without TLS")
            .with_tcp_listener(listener);
        // The server has no way to end, so its thread goes on until the process does, idle once the sink is dropped.
        thread::Builder::new()
            .name("sink".into())
            .spawn(move || drop(server.serve()))
            .expect("a thread for the SMTP server");
        Sink { port, desk }
    }

    /// The server's address in the form of `SMTP_URL`.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The mails accepted until now, oldest first, without their envelopes.
    pub fn mails(&self) -> Vec<Vec<u8>> {
        self.letters().into_iter().map(|letter| letter.raw).collect()
    }

    /// The letters accepted until now, oldest first.
    pub fn letters(&self) -> Vec<Letter> {
        self.desk.open().letters.clone()
    }

    /// Waits until `n` mails are there and returns all; panics with the subjects that came when `seconds` pass before.
    #[track_caller]
    pub fn wait(&self, n: usize, seconds: u64) -> Vec<Vec<u8>> {
        let book = self.desk.open();
        let waited =
            self.desk.accepted.wait_timeout_while(book, Duration::from_secs(seconds), |book| book.letters.len() < n);
        let (book, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        let mails: Vec<Vec<u8>> = book.letters.iter().map(|letter| letter.raw.clone()).collect();
        drop(book);
        let subjects =
            || mails.iter().map(|raw| read(raw).subject().unwrap_or("(none)").to_owned()).collect::<Vec<_>>();
        assert!(!timeout.timed_out(), "{} of {n} mails came in {seconds} s: {:?}", mails.len(), subjects());
        mails
    }

    /// Answers 451 to the next `n` letters, then accepts again; replaces what an earlier call left over.
    pub fn refuse_next(&self, n: usize) {
        self.desk.open().to_refuse = n;
    }

    /// How many letters were refused with 451 since the start.
    pub fn refused(&self) -> usize {
        self.desk.open().refused
    }

    /// Goes out of service: each client is told 421 and disconnected until [`Sink::resume`].
    pub fn stop(&self) {
        self.desk.open().closed = true;
    }

    /// Comes back into service after [`Sink::stop`].
    pub fn resume(&self) {
        self.desk.open().closed = false;
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What all connections share.
#[derive(Default)]
struct Desk {
    book: Mutex<Book>,
    accepted: Condvar,
}

#[derive(Default)]
struct Book {
    letters: Vec<Letter>,
    to_refuse: usize,
    refused: usize,
    closed: bool,
}

impl Desk {
    fn open(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn greet(&self) -> Response {
        if self.open().closed { response::NO_SERVICE } else { response::OK }
    }
}

/// One connection; the server clones the first, empty one for each.
#[derive(Clone)]
struct Visit {
    desk: Arc<Desk>,
    letter: Letter,
}

impl Handler for Visit {
    fn helo(&mut self, _ip: IpAddr, _domain: &str) -> Response {
        self.desk.greet()
    }

    fn mail(&mut self, _ip: IpAddr, _domain: &str, _from: &str) -> Response {
        self.desk.greet()
    }

    /// Refuses here and not at the end of the data: after an error there the library takes QUIT for text of the letter.
    fn data_start(&mut self, _domain: &str, from: &str, _is8bit: bool, to: &[String]) -> Response {
        let mut book = self.desk.open();
        if book.to_refuse > 0 {
            book.to_refuse -= 1;
            book.refused += 1;
            return response::INTERNAL_ERROR;
        }
        self.letter = Letter { from: from.to_owned(), to: to.to_vec(), raw: Vec::new() };
        response::OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        self.letter.raw.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        self.desk.open().letters.push(std::mem::take(&mut self.letter));
        self.desk.accepted.notify_all();
        response::OK
    }
}

#[test]
fn a_letter_is_kept_as_sent_a_refused_one_is_not() {
    let sink = Sink::start();
    sink.refuse_next(1);
    assert_eq!(deliver(&sink), ["220", "250", "250", "250", "250", "451", "221"]);
    assert_eq!((sink.letters(), sink.refused()), (vec![], 1));
    assert_eq!(deliver(&sink), ["220", "250", "250", "250", "250", "354", "250", "221"]);
    assert_eq!(sink.wait(1, 5), [b"Subject: Hello\r\n\r\n.dot\r\n"]);
    let letter = sink.letters().remove(0);
    assert_eq!((letter.from.as_str(), letter.to), ("a@one.test", vec!["b@two.test".into(), "c@two.test".into()]));
    assert_eq!(read(&letter.raw).subject(), Some("Hello"));
    sink.stop();
    assert_eq!(deliver(&sink), ["220", "421"]);
    sink.resume();
    deliver(&sink);
    assert_eq!(sink.wait(2, 5).len(), 2);
}

/// Speaks SMTP by hand and returns the codes of the answers.
#[cfg(test)]
fn deliver(sink: &Sink) -> Vec<String> {
    use std::io::{BufRead, BufReader, Write};
    let stream = std::net::TcpStream::connect(("127.0.0.1", sink.port)).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a time limit");
    let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
    let mut answer = || loop {
        let line = lines.next().expect("an answer").expect("text");
        if line.as_bytes().get(3) != Some(&b'-') {
            return line[..3].to_owned();
        }
    };
    let mut codes = vec![answer()];
    for line in ["EHLO t", "MAIL FROM:<a@one.test>", "RCPT TO:<b@two.test>", "RCPT TO:<c@two.test>", "DATA"] {
        write!(&stream, "{line}\r\n").expect("a line sent");
        codes.push(answer());
        if codes.ends_with(&["421".into()]) {
            return codes;
        }
    }
    if codes.ends_with(&["354".into()]) {
        write!(&stream, "Subject: Hello\r\n\r\n..dot\r\n.\r\n").expect("a letter sent");
        codes.push(answer());
    }
    write!(&stream, "QUIT\r\n").expect("a line sent");
    codes.push(answer());
    codes
}
