//! Where to ask: an address with the interface of OpenAI, and a key that nothing shows.
//!
//! The key is in the header of requests and nowhere else: whatever comes back is searched for it first.

use super::plan::Api;
use serde_json::Value;
use std::fmt;
use ureq::http::Uri;

/// Characters of what a server says went wrong.
const SAID: usize = 300;
/// What stands in place of the key.
const HIDDEN: &str = "[key]";

/// A secret that no message shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub(super) String);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Key {
    /// # Errors
    /// Why this cannot be a key, without showing it.
    pub fn new(text: &str) -> Result<Self, String> {
        const SHORTEST: usize = 4;
        let text = text.trim();
        if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("expected a key of at least {SHORTEST} visible ASCII characters"));
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether a text shows it.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        text.contains(&self.0)
    }
}

/// Where to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub(super) url: String,
    host: String,
    secure: bool,
    pub(super) key: Option<Key>,
}

impl Endpoint {
    /// From an address as people write it: with or without `/v1`, or that of the very request.
    ///
    /// # Errors
    /// What is wrong with it, without showing more than the host.
    pub fn new(text: &str, api: Api, key: Option<Key>) -> Result<Self, String> {
        const EXAMPLE: &str =
            "write one such as https://api.example.com/v1 or http://127.0.0.1:8080/v1";
        let uri: Uri = text.trim().parse().map_err(|_| format!("this is no address; {EXAMPLE}"))?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => {
                return Err(format!(
                    "expected an address that begins with http:// or https://; {EXAMPLE}"
                ));
            }
        };
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| format!("the address has no host; {EXAMPLE}"))?.to_owned();
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err("a password in an address would be kept in logs; name a key's variable by --key-env".to_owned());
        }
        let path = uri.path().trim_end_matches('/');
        let (own, other) = match api {
            Api::Chat => ("/chat/completions", "/completions"),
            Api::Completions => ("/completions", "/chat/completions"),
        };
        let path = match path {
            "" => format!("/v1{own}"),
            _ if api == Api::Completions && path.ends_with(other) => {
                return Err(format!("the address is that of --api chat: it ends in {other}"));
            }
            _ if path.ends_with(own) => path.to_owned(),
            _ if path.ends_with(other) => {
                return Err(format!(
                    "the address is that of --api completions: it ends in {other}"
                ));
            }
            _ => format!("{path}{own}"),
        };
        let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
        let scheme = if secure { "https" } else { "http" };
        Ok(Self { url: format!("{scheme}://{authority}{path}{query}"), host, secure, key })
    }

    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the key would go over a network unencrypted.
    #[must_use]
    pub fn exposes_key(&self) -> bool {
        self.key.is_some() && !self.secure && !self.is_here()
    }

    pub(super) fn is_here(&self) -> bool {
        let host = self.host.trim_matches(['[', ']']);
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// What went wrong on the way, on one line: no key, no address with what may be secret in it, nothing that a terminal would obey.
    pub(super) fn failed(&self, error: &ureq::Error) -> String {
        let text = self.hide(&error.to_string()).replace(&self.url, &self.host);
        format!("{}: {}", self.host, shown(&text))
    }

    /// A text without the key.
    pub(super) fn hide(&self, text: &str) -> String {
        match &self.key {
            Some(Key(key)) => text.replace(key, HIDDEN),
            None => text.to_owned(),
        }
    }

    /// What a server said went wrong, on one line.
    pub(super) fn said(&self, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(body);
        let value: Option<Value> = serde_json::from_str(&text).ok();
        let message = value.as_ref().and_then(|value| {
            ["/error/message", "/message", "/error", "/detail"]
                .iter()
                .find_map(|place| value.pointer(place)?.as_str())
        });
        // written anew, so that no escape of its hides the key
        let written = value.as_ref().map(Value::to_string);
        let text = self.hide(message.or(written.as_deref()).unwrap_or(&text));
        shown(text.trim())
    }
}

/// The beginning of a text; what a terminal would obey is shown as it is written.
fn shown(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().collect() } else { vec![c] };
    text.chars().take(SAID).flat_map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_completed() {
        let url = |text: &str, api| Endpoint::new(text, api, None).map(|endpoint| endpoint.url);
        for (text, expected) in [
            ("http://localhost:8080", "http://localhost:8080/v1/chat/completions"),
            ("http://127.0.0.1:8080/v1/", "http://127.0.0.1:8080/v1/chat/completions"),
            ("https://a.example/x/v2", "https://a.example/x/v2/chat/completions"),
            ("https://a.example/v1/chat/completions", "https://a.example/v1/chat/completions"),
            (
                "https://a.example/d?api-version=1",
                "https://a.example/d/chat/completions?api-version=1",
            ),
            ("http://[::1]:80/v1", "http://[::1]:80/v1/chat/completions"),
        ] {
            assert_eq!(url(text, Api::Chat).as_deref(), Ok(expected));
        }
        assert_eq!(url("http://h/v1", Api::Completions).unwrap(), "http://h/v1/completions");
        for (text, why) in [
            ("localhost:8080", "begins with http"),
            ("ftp://h/v1", "begins with http"),
            ("", "no address"),
            ("http://", "no address"),
            ("https://user:secret@h/v1", "--key-env"),
            ("https://h/v1/completions", "--api completions"),
        ] {
            let error = url(text, Api::Chat).unwrap_err();
            assert!(error.contains(why) && !error.contains("secret"), "{text}: {error}");
        }
        assert!(url("https://h/v1/chat/completions", Api::Completions).is_err());
    }

    #[test]
    fn keys_are_hidden() {
        let key = Key::new(" sk-12345\n").unwrap();
        assert_eq!(format!("{key:?}"), "[key]");
        for bad in ["", "abc", "a b c d", "schlüssel", "line\nbreak"] {
            let error = Key::new(bad).unwrap_err();
            assert!(bad.is_empty() || !error.contains(bad));
        }
        let endpoint = Endpoint::new("http://10.0.0.1/v1", Api::Chat, Some(key)).unwrap();
        assert!(endpoint.exposes_key());
        let said =
            endpoint.said(br#"{"error": {"message": "wrong key sk-\u0031\u0032345\u001b[2J"}}"#);
        assert_eq!(said, "wrong key [key]\\u{1b}[2J");
        assert_eq!(endpoint.said(b"<html>sk-12345"), "<html>[key]");
        assert_eq!(endpoint.said(br#"{"at": "sk-1\u00323\u00345"}"#), r#"{"at":"[key]"}"#);
        assert!(endpoint.said(&[b'x'; 100_000]).len() <= SAID);
    }
}
