//! Formulas of prose, such as `d >= m` or `(n - 1)/sqrt(2 d - 1)`, as LaTeX in math; what is no formula stays as it is.

/// Names of the notation and functions: what they are in math.
const NAMES: [(&str, &str); 19] = [
    ("mu", "\\mu"),
    ("eps", "\\varepsilon"),
    ("epsilon", "\\varepsilon"),
    ("n_star", "n^\\ast"),
    ("w_grid", "W_{\\mathrm{grid}}"),
    ("w_min", "W_{\\min}"),
    ("p_min", "P_{\\min}"),
    ("log", "\\log "),
    ("log2", "\\log_2 "),
    ("min", "\\min"),
    ("max", "\\max"),
    ("W_Q", "W_Q"),
    ("W_V", "W_V"),
    ("W_O", "W_O"),
    ("d_v", "d_v"),
    ("c_q", "c_q"),
    ("v_q", "v_q"),
    ("f_q", "f_q"),
    ("inf", "\\infty"),
];

/// What encloses the argument of a function.
const AROUND: [(&str, [&str; 2]); 3] = [
    ("sqrt", ["\\sqrt{", "}"]),
    ("ceil", ["\\lceil ", " \\rceil"]),
    ("floor", ["\\lfloor ", " \\rfloor"]),
];

/// The formula in LaTeX, without dollars; `None` when `text` is none.
#[must_use]
pub(super) fn latex(text: &str) -> Option<String> {
    let tokens = tokens(text)?;
    let (written, rest) = expression(&tokens)?;
    rest.is_empty().then_some(written)
}

/// Words, numbers and signs.
fn tokens(text: &str) -> Option<Vec<&str>> {
    if text.contains("--") {
        return None;
    }
    let mut tokens = Vec::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_alphabetic() {
            rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if first.is_ascii_digit() {
            rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
        } else {
            let signs = ["<=", ">=", "!=", ".."];
            match signs.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => sign.len(),
                None if "+-*/^=<>(),|'".contains(first) => 1,
                None => return None,
            }
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    Some(tokens)
}

/// Everything up to a closing bracket that was not opened here.
fn expression<'t, 'a>(tokens: &'t [&'a str]) -> Option<(String, &'t [&'a str])> {
    let (mut written, mut rest) = (String::new(), tokens);
    while let [token, after @ ..] = rest {
        if *token == ")" {
            break;
        }
        rest = after;
        let piece = match *token {
            "<=" => " \\le ".to_owned(),
            ">=" => " \\ge ".to_owned(),
            "!=" => " \\ne ".to_owned(),
            ".." => " \\ldots ".to_owned(),
            "*" => " \\cdot ".to_owned(),
            "=" | "<" | ">" | "+" | "-" => format!(" {token} "),
            "^" => {
                let (power, after) = argument(rest)?;
                rest = after;
                format!("^{{{power}}}")
            }
            "(" => {
                let (inner, after) = bracketed(tokens_from(tokens, rest)?)?;
                rest = after;
                format!("({inner})")
            }
            word => match AROUND.iter().find(|(name, _)| *name == word) {
                Some((_, [open, close])) => {
                    let (inner, after) = argument(rest)?;
                    rest = after;
                    format!("{open}{inner}{close}")
                }
                None => single(word)?,
            },
        };
        written += &piece;
    }
    (!written.trim().is_empty()).then(|| (written.trim().to_owned(), rest))
}

/// The tokens from the bracket before `rest` on.
fn tokens_from<'t, 'a>(tokens: &'t [&'a str], rest: &[&'a str]) -> Option<&'t [&'a str]> {
    tokens.get(tokens.len().checked_sub(rest.len() + 1)?..)
}

/// `(..)` without its brackets.
fn bracketed<'t, 'a>(tokens: &'t [&'a str]) -> Option<(String, &'t [&'a str])> {
    let ["(", inner @ ..] = tokens else { return None };
    match expression(inner)? {
        (written, [")", rest @ ..]) => Some((written, rest)),
        _ => None,
    }
}

/// What a function or a power is about: `(..)` without brackets, or one name or number.
fn argument<'t, 'a>(tokens: &'t [&'a str]) -> Option<(String, &'t [&'a str])> {
    match tokens {
        ["(", ..] => bracketed(tokens),
        [word, rest @ ..] => Some((single(word)?, rest)),
        [] => None,
    }
}

/// A name of the notation, one letter, or a number.
fn single(word: &str) -> Option<String> {
    let named = NAMES.iter().find(|(name, _)| *name == word).map(|(_, math)| (*math).to_owned());
    let plain = word.chars().count() == 1 || word.bytes().all(|byte| byte.is_ascii_digit());
    named.or_else(|| plain.then(|| word.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::latex;

    #[test]
    fn formulas_are_set_and_names_are_not() {
        for (text, math) in [
            ("d >= m", "d \\ge m"),
            ("n^2", "n^{2}"),
            ("(n - 1)/sqrt(2 d - 1)", "(n - 1)/\\sqrt{2d - 1}"),
            ("sqrt n / 5", "\\sqrt{n}/5"),
            ("ceil(log2 m) + 1", "\\lceil \\log_2 m \\rceil + 1"),
            ("n^((m - 1)/d)", "n^{(m - 1)/d}"),
            ("k = 1..n", "k = 1 \\ldots n"),
            ("1/(c_q + d)", "1/(c_q + d)"),
            ("n_star", "n^\\ast"),
            ("W_O = -I", "W_O =  - I"),
        ] {
            assert_eq!(latex(text).as_deref(), Some(math), "{text}");
        }
        for text in [
            "counterproof check",
            "free_up_to",
            "certificates/",
            "qc-histogram",
            "sqrt",
            "(n",
            "n)",
            "",
            "--n 3",
        ] {
            assert_eq!(latex(text), None, "{text}");
        }
    }
}
