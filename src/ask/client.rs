//! Asking over HTTP, patiently and within bounds.
//!
//! What fails for now (429, 5xx, time-outs, connections that end, responses that are no answers) is asked again after a pause that doubles
//! each time, or as long as `Retry-After` says, during which nobody else asks either. What would fail again (any other status) ends the run.

use super::endpoint::{Endpoint, Key};
use super::reply::Reply;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Bytes of a response.
const MOST_BYTES: u64 = 4 << 20;
/// The first pause; the longest one unless the server asks for more; the longest that a server may ask for.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const MOST_ASKED: Duration = Duration::from_secs(3600);
/// How often a pause looks whether the run was stopped.
const LOOK: Duration = Duration::from_millis(50);

/// How long to wait, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// for one response, all of it
    pub timeout: Duration,
    /// how often what failed for now is asked again
    pub retries: u32,
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// the run was stopped
    Stopped,
    /// no more requests are allowed
    NoneLeft,
    /// it failed as often as patience allows; the last reason
    GaveUp(String),
    /// asking again would not help
    Wrong(String),
}

/// What several threads ask with.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    endpoint: Endpoint,
    patience: Patience,
    /// requests that may still be made
    left: AtomicU64,
    requests: AtomicU64,
    /// nobody asks before
    pause: Mutex<Option<Instant>>,
    stopped: AtomicBool,
}

/// What one request brought.
enum Attempt {
    Reply(Box<Reply>),
    /// ask again, after this long if the server says so
    Again(String, Option<Duration>),
    Wrong(String),
}

impl Client {
    #[must_use]
    pub fn new(endpoint: Endpoint, patience: Patience, requests: Option<u64>) -> Self {
        let mut config = ureq::Agent::config_builder()
            .timeout_global(Some(patience.timeout))
            .http_status_as_error(false)
            // a key is not for whoever a server points to
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("counterproof/", env!("CARGO_PKG_VERSION")));
        if endpoint.is_here() {
            config = config.proxy(None);
        }
        Self {
            agent: config.build().new_agent(),
            endpoint,
            patience,
            left: AtomicU64::new(requests.unwrap_or(u64::MAX)),
            requests: AtomicU64::new(0),
            pause: Mutex::new(None),
            stopped: AtomicBool::new(false),
        }
    }

    /// Ends all pauses; what is on its way may still come.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Requests made so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends a request until it is answered.
    ///
    /// # Errors
    /// [`Unanswered`] when it is not.
    pub fn ask(&self, body: &str) -> Result<Reply, Unanswered> {
        let mut pause = FIRST_PAUSE;
        let mut failures = 0;
        // each question pauses in its own way, so that not all come back at once
        let mut jitter = ChaCha8Rng::from_seed(Sha256::digest(body.as_bytes()).into());
        loop {
            self.wait()?;
            let take = |left: u64| left.checked_sub(1);
            if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
                return Err(Unanswered::NoneLeft);
            }
            self.requests.fetch_add(1, Ordering::Relaxed);
            let (why, asked) = match self.attempt(body) {
                Attempt::Reply(reply) => return Ok(*reply),
                Attempt::Wrong(why) => return Err(Unanswered::Wrong(why)),
                Attempt::Again(why, asked) => (why, asked),
            };
            failures += 1;
            if failures > self.patience.retries {
                return Err(Unanswered::GaveUp(why));
            }
            match asked {
                Some(asked) => self.everyone_waits(asked),
                None => {
                    self.rest(pause.mul_f64(jitter.random_range(0.5..1.0)))?;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    fn attempt(&self, body: &str) -> Attempt {
        let Endpoint { url, key, .. } = &self.endpoint;
        let host = self.endpoint.host();
        let mut request = self.agent.post(url).header("content-type", "application/json");
        if let Some(Key(key)) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let failed = |error: ureq::Error| self.endpoint.failed(&error);
        let mut response = match request.send(body) {
            Ok(response) => response,
            Err(error @ (ureq::Error::BadUri(_) | ureq::Error::Http(_))) => {
                return Attempt::Wrong(failed(error));
            }
            Err(error) => return Attempt::Again(failed(error), None),
        };
        let status = response.status();
        let header = |name: &str| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        let asked = header("retry-after").and_then(|text| retry_after(&text, SystemTime::now()));
        let read = response.body_mut().with_config().limit(MOST_BYTES).read_to_vec();
        let bytes = match read {
            Ok(bytes) => bytes,
            Err(error) if status.is_success() => return Attempt::Again(failed(error), None),
            Err(_) => Vec::new(),
        };
        if status.is_success() {
            let date = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
            return match Reply::parse(&bytes, date, &|text| self.endpoint.hide(text)) {
                Ok(reply) => Attempt::Reply(Box::new(reply)),
                Err(why) => Attempt::Again(format!("{host}: {why}"), None),
            };
        }
        let said = self.endpoint.said(&bytes);
        let said = if said.is_empty() { said } else { format!(": {said}") };
        let why = format!("{host} answers {status}{said}");
        match status.as_u16() {
            408 | 409 | 425 | 429 | 500.. => Attempt::Again(why, asked),
            300..=399 => Attempt::Wrong(format!(
                "{host} answers {status}; name the address that it leads to"
            )),
            _ => Attempt::Wrong(why),
        }
    }

    fn everyone_waits(&self, asked: Duration) {
        let until = Instant::now() + asked.min(MOST_ASKED);
        let mut pause = self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        *pause = Some(pause.map_or(until, |known| known.max(until)));
    }

    fn wait(&self) -> Result<(), Unanswered> {
        let until = *self.pause.lock().unwrap_or_else(PoisonError::into_inner);
        match until {
            Some(until) => self.rest(until.saturating_duration_since(Instant::now())),
            None => self.rest(Duration::ZERO),
        }
    }

    fn rest(&self, duration: Duration) -> Result<(), Unanswered> {
        let until = Instant::now() + duration;
        loop {
            if self.stopped.load(Ordering::Relaxed) {
                return Err(Unanswered::Stopped);
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(LOOK));
        }
    }
}

/// Seconds, or a date.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_say_when_to_come_back() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (text, seconds) in [
            ("3", Some(3.0)),
            ("0.25", Some(0.25)),
            ("Sun, 06 Nov 1994 08:49:40 GMT", Some(3.0)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0.0)),
            ("-1", None),
            ("NaN", None),
            ("1e99", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after(text, now).map(|pause| pause.as_secs_f64()), seconds, "{text}");
        }
    }
}
