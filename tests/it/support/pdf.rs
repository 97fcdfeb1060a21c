//! A reader of the PDF documents that figures are written as: one page, streams not compressed, fonts of composite glyphs with a map to characters.
//! Written from ISO 32000-1, so that what is written is not read by what wrote it. It panics where a document breaks its rules.

use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Text(Vec<u8>),
    /// numbers, brackets, keywords, operators
    Word(String),
}

#[derive(Debug)]
struct Object {
    tokens: Vec<Token>,
    stream: Vec<u8>,
}

#[derive(Debug)]
pub struct Pdf {
    objects: BTreeMap<usize, Object>,
    information: usize,
}

impl Pdf {
    /// Reads each object at the place that the table says.
    pub fn read(bytes: &[u8]) -> Self {
        assert!(bytes.starts_with(b"%PDF-1.") && bytes.trim_ascii_end().ends_with(b"%%EOF"));
        let end = String::from_utf8_lossy(&bytes[bytes.len() - 40..]).into_owned();
        let start = end.split("startxref").nth(1).unwrap().split_whitespace().next().unwrap();
        let table = std::str::from_utf8(&bytes[start.parse::<usize>().unwrap()..]).unwrap();
        let (table, trailer) = table.split_once("trailer").unwrap();
        let mut objects = BTreeMap::new();
        for (number, line) in table.lines().skip(2).enumerate() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if fields[2] == "n" {
                objects.insert(number, Object::read(&bytes[fields[0].parse().unwrap()..], number));
            }
        }
        let (trailer, _) = tokens(trailer.as_bytes());
        let information = reference(value(&trailer, "Info").unwrap());
        Self { objects, information }
    }

    /// `0 0 WIDTH HEIGHT`, in points.
    pub fn page_size(&self) -> String {
        let pages = self.of_type("Page");
        let [page] = pages.as_slice() else { panic!("{} pages", pages.len()) };
        let numbers = value(&page.tokens, "MediaBox").unwrap()[1..5].iter().map(word);
        numbers.collect::<Vec<_>>().join(" ")
    }

    /// Of the document, such as its `Title`.
    pub fn information(&self, key: &str) -> Option<String> {
        match value(&self.objects[&self.information].tokens, key)?.first() {
            Some(Token::Text(bytes)) => Some(characters(bytes)),
            other => panic!("{key}: {other:?}"),
        }
    }

    /// The name and the file of each font; every one that is named is embedded.
    pub fn fonts(&self) -> Vec<(String, &[u8])> {
        let written = self.of_type("FontDescriptor").into_iter().map(|font| {
            let Token::Name(name) = &value(&font.tokens, "FontName").unwrap()[0] else { panic!() };
            let file = reference(value(&font.tokens, "FontFile2").unwrap());
            (name.clone(), self.objects[&file].stream.as_slice())
        });
        let written: Vec<_> = written.collect();
        let named = self.of_type("Font").into_iter().map(|font| {
            let Token::Name(name) = &value(&font.tokens, "BaseFont").unwrap()[0] else { panic!() };
            name
        });
        assert!(named.into_iter().all(|name| written.iter().any(|font| font.0 == *name)));
        written
    }

    /// What each text of the page reads as, in their order.
    pub fn labels(&self) -> Vec<String> {
        let page = self.of_type("Page")[0];
        let content = reference(value(&page.tokens, "Contents").unwrap());
        let (content, _) = tokens(&self.objects[&content].stream);
        let maps = self.maps(page);
        let (mut labels, mut text) = (Vec::new(), String::new());
        let mut actual = None;
        let mut map = None;
        for (i, token) in content.iter().enumerate() {
            let Token::Word(operator) = token else { continue };
            match operator.as_str() {
                "Tf" => {
                    let Token::Name(font) = &content[i - 2] else { panic!("Tf without a font") };
                    map = Some(&maps[font]);
                }
                "TJ" => {
                    let start = content[..i].iter().rposition(|t| *t == Token::Word("[".into()));
                    for token in &content[start.unwrap()..i] {
                        let Token::Text(codes) = token else { continue };
                        // what has no character of its own is there for an actual text only
                        let read = codes.chunks(2).filter_map(|code| map.unwrap().get(code));
                        text.extend(read);
                    }
                }
                "BDC" => {
                    let Token::Text(bytes) = &content[i - 2] else {
                        panic!("{:?}", content[i - 2])
                    };
                    actual = Some(characters(bytes));
                }
                "ET" if actual.is_none() => labels.push(std::mem::take(&mut text)),
                "EMC" => {
                    labels.push(actual.take().unwrap());
                    text.clear();
                }
                _ => {}
            }
        }
        labels.retain(|label| !label.is_empty());
        labels
    }

    /// By name of the font, from codes to characters.
    fn maps(&self, page: &Object) -> BTreeMap<String, BTreeMap<Vec<u8>, char>> {
        let mut maps = BTreeMap::new();
        let Some(fonts) = value(&page.tokens, "Font") else { return maps };
        // NAME NUMBER GENERATION R
        for font in fonts[1..].chunks(4) {
            let [Token::Name(name), reference @ ..] = font else { break };
            let font = &self.objects[&self::reference(reference)];
            let map = self::reference(value(&font.tokens, "ToUnicode").unwrap());
            let (map, _) = tokens(&self.objects[&map].stream);
            let from = map.iter().position(|t| *t == Token::Word("beginbfchar".into()));
            let pairs = from.map_or(&[][..], |from| &map[from + 1..]).chunks(2);
            let pairs = pairs.map_while(|pair| match pair {
                [Token::Text(code), Token::Text(units)] => Some((code.clone(), utf16(units))),
                _ => None,
            });
            maps.insert(
                name.clone(),
                pairs.map(|(code, text)| (code, text.chars().next().unwrap())).collect(),
            );
        }
        maps
    }

    fn of_type(&self, kind: &str) -> Vec<&Object> {
        let is = |object: &&Object| matches!(value(&object.tokens, "Type"), Some([Token::Name(name), ..]) if name == kind);
        self.objects.values().filter(is).collect()
    }
}

impl Object {
    fn read(bytes: &[u8], number: usize) -> Self {
        let (tokens, rest) = tokens(bytes);
        let head: Vec<String> = tokens[..3].iter().map(word).collect();
        assert_eq!(head, [number.to_string(), "0".to_owned(), "obj".to_owned()]);
        let mut stream = Vec::new();
        if tokens.last() == Some(&Token::Word("stream".into())) {
            assert_eq!(value(&tokens, "Filter"), None, "compressed");
            let length: usize = word(&value(&tokens, "Length").unwrap()[0]).parse().unwrap();
            stream = rest[1..=length].to_vec();
            assert!(rest[length + 1..].trim_ascii_start().starts_with(b"endstream"));
        } else {
            assert_eq!(tokens.last(), Some(&Token::Word("endobj".into())));
        }
        Self { tokens, stream }
    }
}

/// The tokens up to the end of an object or the start of its stream, and what is after them.
fn tokens(bytes: &[u8]) -> (Vec<Token>, &[u8]) {
    let mut found = Vec::new();
    let mut rest = bytes;
    let plain = |byte: &u8| !byte.is_ascii_whitespace() && !b"()<>[]{}/%".contains(byte);
    loop {
        rest = rest.trim_ascii_start();
        let Some(&first) = rest.first() else { return (found, rest) };
        let length = |from: usize| rest[from..].iter().take_while(|byte| plain(byte)).count();
        match first {
            b'%' => rest = &rest[rest.iter().take_while(|byte| **byte != b'\n').count()..],
            b'/' => {
                let end = 1 + length(1);
                found.push(Token::Name(String::from_utf8(rest[1..end].to_vec()).unwrap()));
                rest = &rest[end..];
            }
            b'(' => {
                let (text, after) = literal(rest);
                found.push(Token::Text(text));
                rest = after;
            }
            b'<' if rest.get(1) != Some(&b'<') => {
                let end = rest.iter().position(|byte| *byte == b'>').unwrap();
                let digits = std::str::from_utf8(&rest[1..end]).unwrap();
                let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
                found.push(Token::Text((0..digits.len()).step_by(2).map(byte).collect()));
                rest = &rest[end + 1..];
            }
            _ => {
                let end = if plain(&first) {
                    length(0)
                } else if b"<>".contains(&first) {
                    2
                } else {
                    1
                };
                let text = String::from_utf8(rest[..end].to_vec()).unwrap();
                rest = &rest[end..];
                let last = ["endobj", "stream"].contains(&text.as_str());
                found.push(Token::Word(text));
                if last {
                    return (found, rest);
                }
            }
        }
    }
}

/// A text in parentheses, and what is after it.
fn literal(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let (mut text, mut depth, mut at) = (Vec::new(), 0, 0);
    loop {
        let byte = bytes[at];
        at += 1;
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if byte == b'\\' {
            let escaped = bytes[at];
            at += 1;
            text.push(match escaped {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'b' => 8,
                b'f' => 12,
                b'0'..=b'7' => {
                    let octal = std::str::from_utf8(&bytes[at - 1..at + 2]).unwrap();
                    at += 2;
                    u8::from_str_radix(octal, 8).unwrap()
                }
                other => other,
            });
        } else if depth == 0 {
            return (text, &bytes[at..]);
        } else if at > 1 {
            text.push(byte);
        }
    }
}

/// What stands after a key.
fn value<'a>(tokens: &'a [Token], key: &str) -> Option<&'a [Token]> {
    let at = tokens.iter().position(|token| matches!(token, Token::Name(name) if name == key))?;
    Some(&tokens[at + 1..])
}

/// `NUMBER 0 R`, alone or first in an array.
fn reference(tokens: &[Token]) -> usize {
    assert_eq!((word(&tokens[1]).as_str(), word(&tokens[2]).as_str()), ("0", "R"));
    word(&tokens[0]).parse().unwrap()
}

fn word(token: &Token) -> String {
    match token {
        Token::Word(word) => word.clone(),
        other => panic!("{other:?} where a number is due"),
    }
}

/// A text for people: ASCII, or UTF-16 after its mark.
fn characters(bytes: &[u8]) -> String {
    match bytes.strip_prefix(&[0xfe, 0xff]) {
        Some(units) => utf16(units),
        None => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> =
        bytes.chunks(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]])).collect();
    String::from_utf16(&units).unwrap()
}
