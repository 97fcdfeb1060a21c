//! How wide LaTeX sets a text: widths of Computer Modern at 10 points, from the font's own metrics (`cmr10`, `cmmi10`, `cmsy10`).
//!
//! Times and what conferences use instead is narrower, so a table that fits here fits there. Kerning and ligatures, which mostly
//! make a text narrower, are left out.

/// Of the characters from `!` to `~` upright, in thousandths of 10 points.
const UPRIGHT: [u16; 94] = [
    278, 500, 833, 500, 833, 778, 278, 389, 389, 500, 778, 278, 333, 278, 500, 500, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 278, 278, 778, 778, 778, 472, 778, 750, 708, 722, 764, 681, 653,
    785, 750, 361, 514, 778, 625, 917, 750, 778, 681, 778, 736, 556, 722, 750, 750, 1028, 750, 750,
    611, 278, 500, 278, 500, 500, 278, 500, 556, 444, 556, 444, 306, 500, 556, 278, 306, 528, 278,
    833, 556, 500, 556, 528, 392, 394, 389, 556, 528, 722, 528, 528, 444, 500, 278, 500, 500,
];

/// Of the letters `A` to `Z`, then `a` to `z`, in mathematics.
const SLANTED: [u16; 52] = [
    750, 759, 715, 828, 738, 643, 786, 831, 440, 555, 849, 681, 970, 803, 763, 642, 791, 759, 613,
    584, 683, 583, 944, 828, 581, 683, 529, 429, 433, 520, 466, 490, 477, 576, 345, 412, 521, 298,
    878, 600, 485, 503, 446, 451, 469, 361, 572, 485, 716, 572, 490, 465,
];

/// Between words; glue of no more than this is added on a line that is not stretched.
const BLANK: f64 = 333.0;
/// Some pairs of letters stand farther apart than their widths say.
const KERNED: f64 = 1.015;
/// What is not in the tables is taken to be as wide as the widest of its kind.
const UNKNOWN: f64 = 1000.0;
/// Of a sub- or superscript.
const SCRIPT: f64 = 0.82;

/// Signs of mathematics: their width, and the room on either side of them.
const SIGNS: [(&str, f64, f64); 32] = [
    ("varepsilon", 466.0, 0.0),
    ("epsilon", 406.0, 0.0),
    ("mu", 603.0, 0.0),
    ("delta", 444.0, 0.0),
    ("Lambda", 694.0, 0.0),
    ("infty", 1000.0, 0.0),
    ("ast", 500.0, 0.0),
    ("approx", 778.0, 278.0),
    ("le", 778.0, 278.0),
    ("ge", 778.0, 278.0),
    ("ne", 778.0, 278.0),
    ("times", 778.0, 0.0),
    ("pm", 778.0, 0.0),
    ("cdot", 278.0, 222.0),
    ("checkmark", 833.0, 0.0),
    ("min", 1667.0, 0.0),
    ("max", 1861.0, 0.0),
    ("log", 1278.0, 0.0),
    ("ldots", 1172.0, 0.0),
    ("lceil", 444.0, 0.0),
    ("rceil", 444.0, 0.0),
    ("lfloor", 444.0, 0.0),
    ("rfloor", 444.0, 0.0),
    ("sqrt", 833.0, 0.0),
    ("|", 500.0, 0.0),
    (",", 167.0, 0.0),
    ("allowbreak", 0.0, 0.0),
    ("mathrm", 0.0, 0.0),
    ("texttt", 0.0, 0.0),
    ("emph", 0.0, 0.0),
    ("textbackslash", 500.0, 0.0),
    ("textasciicircum", 500.0, 0.0),
];

/// The width of a line of LaTeX, in points of TeX, at 10 points.
pub(super) fn width(latex: &str) -> f64 {
    let mut line = Line { rest: latex.chars().peekable(), mathematics: false };
    line.group(1.0) / 100.0 * KERNED
}

struct Line<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    mathematics: bool,
}

impl Line<'_> {
    /// Everything up to a closing brace that was not opened here.
    fn group(&mut self, scale: f64) -> f64 {
        let mut sum = 0.0;
        // a sign between two operands has room around it, a minus before a number has none
        let mut operand = false;
        // a sub- and a superscript stand above each other
        let mut script = 0.0;
        while let Some(c) = self.rest.next() {
            let wide = match c {
                '^' | '_' if self.mathematics => {
                    let wide = self.atom((SCRIPT * scale).max(0.68)) + 50.0;
                    sum += f64::max(0.0, wide - script);
                    script = wide;
                    continue;
                }
                '}' => break,
                '{' => self.group(scale),
                '$' => {
                    self.mathematics = !self.mathematics;
                    operand = false;
                    continue;
                }
                '\\' => self.command(scale),
                c if self.mathematics => self.sign(c, operand, scale),
                '-' => self.dash() * scale,
                ' ' | '~' => BLANK * scale,
                c => upright(c) * scale,
            };
            script = 0.0;
            operand = !matches!(c, '=' | '<' | '>' | '+' | '(' | ',');
            sum += wide;
        }
        sum
    }

    /// What a script is: a group, a command or a character.
    fn atom(&mut self, scale: f64) -> f64 {
        match self.rest.next() {
            Some('{') => self.group(scale),
            Some('\\') => self.command(scale),
            Some(c) => self.sign(c, false, scale),
            None => 0.0,
        }
    }

    fn command(&mut self, scale: f64) -> f64 {
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(char::is_ascii_alphabetic) {
            name.push(c);
        }
        if name.is_empty() {
            name.extend(self.rest.next());
        } else {
            // a blank ends the name
            self.rest.next_if_eq(&' ');
        }
        if name == "mathrm" {
            let outside = std::mem::replace(&mut self.mathematics, false);
            let wide = match self.rest.next() {
                Some('{') => self.group(scale),
                Some(c) => upright(c) * scale,
                None => 0.0,
            };
            self.mathematics = outside;
            return wide;
        }
        if let Some((_, wide, around)) = SIGNS.iter().find(|(known, ..)| *known == name) {
            let around = if scale < 1.0 { 0.0 } else { *around };
            return (wide + 2.0 * around) * scale;
        }
        match name.chars().next() {
            // `\_`, `\%`
            Some(c) if name.chars().count() == 1 && !c.is_ascii_alphabetic() => upright(c) * scale,
            _ => UNKNOWN * scale,
        }
    }

    fn sign(&self, c: char, operand: bool, scale: f64) -> f64 {
        let script = scale < 1.0;
        let room = |around: f64| if script { 0.0 } else { 2.0 * around };
        scale
            * match c {
                ' ' => 0.0,
                ',' => 278.0 + room(167.0 / 2.0),
                '=' | '<' | '>' => 778.0 + room(278.0),
                '+' | '-' => 778.0 + if operand { room(222.0) } else { 0.0 },
                '\'' => 275.0,
                c if c.is_ascii_alphabetic() => {
                    let base = if c.is_ascii_uppercase() { b'A' } else { b'a' - 26 };
                    SLANTED.get(usize::from(c as u8 - base)).map_or(UNKNOWN, |&w| w.into())
                }
                c => upright(c),
            }
    }

    /// `-` is a hyphen, `--` a dash.
    fn dash(&mut self) -> f64 {
        match self.rest.next_if_eq(&'-') {
            Some(_) => 500.0,
            None => 333.0,
        }
    }
}

fn upright(c: char) -> f64 {
    let place = (c as usize).checked_sub('!' as usize);
    place.and_then(|at| UPRIGHT.get(at)).map_or(UNKNOWN, |&wide| wide.into())
}

#[cfg(test)]
mod tests {
    use super::width;

    /// Beside what `\settowidth` of LaTeX says.
    #[test]
    fn widths_are_those_of_latex() {
        for (latex, points) in MEASURED {
            let found = width(latex);
            assert!(
                found >= points - 0.01 && found <= points * 1.1 + 3.0,
                "{latex}: {found} here, {points} in LaTeX"
            );
        }
    }

    const MEASURED: [(&str, f64); 28] = [
        ("$0$", 5.00),
        ("$n^\\ast$", 10.60),
        ("$n^\\ast\\le$", 21.16),
        ("$\\mu^2$", 10.51),
        ("$P_{\\min}$", 20.17),
        ("$W_{\\mathrm{grid}}$", 23.74),
        ("$n^2\\ge W_{\\mathrm{grid}}$", 47.56),
        ("least total slope", 69.28),
        ("qc-count-attend", 68.89),
        ("$254\\,592$", 31.67),
        ("$(0, -3, 12)$", 44.44),
        ("$-11/25$", 32.78),
        ("$\\approx 0.1234$", 38.33),
        ("$1.5 \\cdot 10^{-7}$", 40.74),
        ("$e/\\sqrt n\\ge$", 34.55),
        ("$\\Lambda_{\\min}\\le$", 31.25),
        ("$\\checkmark$", 8.33),
        ("inputs/compiled\\_hist.json", 111.27),
        ("--", 5.00),
        ("$W_{\\pm1}$", 20.18),
        ("$c'$", 7.13),
        ("$n = 4$, verdict verified", 95.50),
        ("$\\|w\\|^2\\ge$", 32.47),
        ("$0^{17}\\,4\\,0$", 26.81),
        ("$\\mu_{\\mathrm W}^2$", 14.69),
        ("$\\times$", 7.78),
        ("$m_{\\mathrm{thr}}$", 19.95),
        ("$>12$", 20.56),
    ];
}
