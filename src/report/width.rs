//! How wide tables and figures are to be: a column or the page of a conference's style, or a length.

use std::str::FromStr;

/// A width in inches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Width {
    inches: f64,
    page: bool,
}

impl Width {
    /// A column of a page with two.
    pub const COLUMN: Self = Self { inches: 3.25, page: false };
    /// Both columns.
    pub const PAGE: Self = Self { inches: 6.75, page: true };
    /// The page of our own paper, turned by a quarter.
    pub(super) const TURNED: Self = Self { inches: 9.9, page: true };

    /// In the points of TeX, of which an inch has 72.27.
    #[must_use]
    pub fn tex_points(self) -> f64 {
        self.inches * 72.27
    }

    /// In the points of figures, of which an inch has 72.
    #[must_use]
    pub fn points(self) -> f64 {
        self.inches * 72.0
    }

    /// Whether it spans the columns.
    #[must_use]
    pub fn is_page(self) -> bool {
        self.page
    }
}

/// Units of lengths, in inches.
const UNITS: [(&str, f64); 4] =
    [("in", 1.0), ("cm", 1.0 / 2.54), ("mm", 1.0 / 25.4), ("pt", 1.0 / 72.27)];

impl FromStr for Width {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "expected column, page or a length from 2in to 20in such as 3.3in or 85mm, found `{text}`"
            )
        };
        match text {
            "column" => return Ok(Self::COLUMN),
            "page" => return Ok(Self::PAGE),
            _ => {}
        }
        let unit = UNITS.iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, size)));
        let (number, size) = unit.ok_or_else(wrong)?;
        let plain = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let number: f64 = number.parse().map_err(|_| wrong())?;
        let inches = number * size;
        if !plain || !(2.0..=20.0).contains(&inches) {
            return Err(wrong());
        }
        // wider than any column of two
        Ok(Self { inches, page: inches > 5.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::Width;

    #[test]
    fn lengths() {
        let inches = |text: &str| text.parse::<Width>().map(|width| width.inches);
        assert_eq!(inches("column"), Ok(3.25));
        assert_eq!(inches("page"), Ok(6.75));
        assert_eq!(inches("3.3in"), Ok(3.3));
        assert!((inches("85mm").unwrap() - 3.346).abs() < 0.001);
        assert!(inches("240pt").unwrap() > 3.3 && "18cm".parse::<Width>().unwrap().is_page());
        for wrong in ["", "in", "3", "1in", "-3in", "1e1in", "infin", "30in", "3 in", "columns"] {
            assert!(inches(wrong).is_err(), "{wrong}");
        }
    }
}
