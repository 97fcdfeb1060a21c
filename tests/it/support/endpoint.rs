//! A server that plays an endpoint with the interface of OpenAI, for one test: each request is answered by a function.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    pub path: String,
    pub authorization: Option<String>,
    pub body: Value,
    /// how often this very body was sent before
    pub before: usize,
}

/// What becomes of a request.
pub enum Action {
    /// status, further header lines, body
    Answer(u16, &'static str, String),
    /// the beginning of a body, and then nothing
    Stall,
    /// the connection ends
    Close,
}

type Play = dyn Fn(&Request) -> Action + Send + Sync;

pub struct Server {
    pub url: String,
    pub requests: Arc<Mutex<Vec<Request>>>,
    ended: Arc<AtomicBool>,
}

impl Server {
    pub fn new(play: impl Fn(&Request) -> Action + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let (requests, ended) = (Arc::default(), Arc::new(AtomicBool::new(false)));
        let (known, stop): (Arc<Mutex<Vec<Request>>>, _) =
            (Arc::clone(&requests), Arc::clone(&ended));
        let play: Arc<Play> = Arc::new(play);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let (play, known) = (Arc::clone(&play), Arc::clone(&known));
                std::thread::spawn(move || serve(stream.unwrap(), &*play, &known));
            }
        });
        Self { url, requests, ended }
    }

    pub fn bodies(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|request| request.body.to_string()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let address = self.url.trim_start_matches("http://").trim_end_matches("/v1");
        let _ = TcpStream::connect(address);
    }
}

/// Requests of one connection, one after the other.
fn serve(stream: TcpStream, play: &Play, known: &Mutex<Vec<Request>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let (mut length, mut authorization) = (0, None);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or_default();
            match name.to_lowercase().as_str() {
                "content-length" => length = value.trim().parse().unwrap(),
                "authorization" => authorization = Some(value.trim().to_owned()),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let body: Value = serde_json::from_slice(&body).unwrap();
        let request = {
            let mut known = known.lock().unwrap();
            let before = known.iter().filter(|other| other.body == body).count();
            known.push(Request { path, authorization, body, before });
            known.last().unwrap().clone()
        };
        let start = |status: u16, headers: &str, length: usize| {
            format!(
                "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n"
            )
        };
        let written = match play(&request) {
            Action::Answer(status, headers, body) => {
                writer.write_all((start(status, headers, body.len()) + &body).as_bytes())
            }
            Action::Stall => {
                let _ = writer.write_all((start(200, "", 1000) + "{\"choices\": ").as_bytes());
                std::thread::sleep(Duration::from_secs(30));
                return;
            }
            Action::Close => return,
        };
        if written.is_err() {
            return;
        }
    }
}

/// An answer in the form of the request's interface.
pub fn says(request: &Request, text: &str) -> Action {
    let choice = if request.path.ends_with("/chat/completions") {
        json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"})
    } else {
        json!({"index": 0, "text": text, "finish_reason": "stop"})
    };
    let usage = json!({"prompt_tokens": 20, "completion_tokens": 2, "total_tokens": 22});
    Action::Answer(
        200,
        "",
        json!({"model": "played", "choices": [choice], "usage": usage}).to_string(),
    )
}

/// The text that asks.
pub fn prompt(request: &Request) -> String {
    let chat = request.body.pointer("/messages/0/content");
    chat.or(request.body.get("prompt")).unwrap().as_str().unwrap().to_owned()
}

/// The right answer to a question of the template `instruction`, counted from its text.
pub fn right(request: &Request) -> usize {
    let prompt = prompt(request);
    let mut lines = prompt.lines().filter(|line| !line.is_empty());
    let sequence = lines.nth(1).unwrap();
    let query = prompt.split('"').nth(1).unwrap();
    sequence.split(' ').filter(|item| *item == query).count()
}
