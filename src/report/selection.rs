//! Which rows and columns of a table are shown, and in which order: `--where`, `--sort` and `--columns`.
//!
//! Conditions and orders are exact: a rational is compared as a rational.

use super::{Table, Value};
use num_rational::BigRational;
use std::cmp::Ordering;
use std::str::FromStr;

/// What is shown of a table; everything as it comes unless something is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// in this order; all when there are none
    pub columns: Vec<String>,
    /// the first decides, then the next
    pub sort: Vec<SortKey>,
    /// rows have to meet all of them
    pub conditions: Vec<Condition>,
}

/// A column by which rows are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    pub column: String,
    pub descending: bool,
}

/// `column op value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    pub column: String,
    pub comparison: Comparison,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Why a selection does not fit a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    #[error("{option}: there is no column `{name}`; there are {}", columns.join(", "))]
    Column { option: &'static str, name: String, columns: Vec<String> },
    #[error("--where: {column} has no numbers; write {column}=VALUE or {column}!=VALUE")]
    NoNumbers { column: String },
    #[error("--where: expected a number to compare {column} with, found `{value}`")]
    NotANumber { column: String, value: String },
}

/// The longer signs first, so that none is taken for a shorter one.
const SIGNS: [(&str, Comparison); 6] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("!=", Comparison::NotEqual),
    ("=", Comparison::Equal),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no condition; write n=4, verdict!=refuted or d>=8");
        let at = text.find(['<', '>', '!', '=']).ok_or_else(wrong)?;
        let (column, rest) = text.split_at(at);
        let found = SIGNS.iter().find_map(|(sign, op)| Some((*op, rest.strip_prefix(sign)?)));
        let (comparison, value) = found.ok_or_else(wrong)?;
        let (column, value) = (column.trim().to_owned(), value.trim().to_owned());
        if column.is_empty() || value.is_empty() || value.starts_with(['=', '<', '>']) {
            return Err(wrong());
        }
        Ok(Self { column, comparison, value })
    }
}

impl FromStr for SortKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, descending) = match text.trim().strip_prefix('-') {
            Some(column) => (column, true),
            None => (text.trim(), false),
        };
        if column.is_empty() {
            return Err("expected the name of a column; write n or, for descending, -n".to_owned());
        }
        Ok(Self { column: column.to_owned(), descending })
    }
}

impl Condition {
    fn holds(&self, value: &Value, number: Option<&BigRational>) -> bool {
        let order = match (value.rational(), number) {
            (Some(value), Some(number)) => Some(value.cmp(number)),
            _ => None,
        };
        match (self.comparison, order) {
            (Comparison::Equal, None) => self.says(value),
            (Comparison::NotEqual, None) => !self.says(value),
            (Comparison::Equal, Some(order)) => order.is_eq(),
            (Comparison::NotEqual, Some(order)) => order.is_ne(),
            (_, None) => false,
            (Comparison::Less, Some(order)) => order.is_lt(),
            (Comparison::AtMost, Some(order)) => order.is_le(),
            (Comparison::Greater, Some(order)) => order.is_gt(),
            (Comparison::AtLeast, Some(order)) => order.is_ge(),
        }
    }

    /// Whether the value reads so: as text tables have it, or as CSV has booleans.
    fn says(&self, value: &Value) -> bool {
        match value {
            Value::Bool(yes) => self.value == yes.to_string() || self.value == value.to_string(),
            value => self.value == value.to_string(),
        }
    }
}

impl Selection {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every column that is named, with the option that names it.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let columns = self.columns.iter().map(|name| ("--columns", name.as_str()));
        let sort = self.sort.iter().map(|key| ("--sort", key.column.as_str()));
        let conditions = self.conditions.iter().map(|c| ("--where", c.column.as_str()));
        columns.chain(sort).chain(conditions)
    }

    /// Where the rows that are shown stand in the table, in the order in which they are shown.
    ///
    /// # Errors
    /// [`SelectionError`] for a column that the table lacks, and for a comparison without numbers.
    pub fn rows(&self, table: &Table) -> Result<Vec<usize>, SelectionError> {
        if let Some((option, name)) =
            self.named().find(|(_, name)| !table.columns.iter().any(|column| column == name))
        {
            let columns = table.columns.clone();
            return Err(SelectionError::Column { option, name: name.to_owned(), columns });
        }
        let place = |name: &str| table.columns.iter().position(|column| column == name);
        let mut rows: Vec<usize> = (0..table.rows.len()).collect();
        for condition in &self.conditions {
            let Some(at) = place(&condition.column) else { continue };
            let number = Value::text(&condition.value).rational();
            if !matches!(condition.comparison, Comparison::Equal | Comparison::NotEqual) {
                let Condition { column, value, .. } = condition.clone();
                if number.is_none() {
                    return Err(SelectionError::NotANumber { column, value });
                }
                let none = table.rows.iter().all(|row| row[at].rational().is_none());
                if none && !table.rows.is_empty() {
                    return Err(SelectionError::NoNumbers { column });
                }
            }
            rows.retain(|&row| condition.holds(&table.rows[row][at], number.as_ref()));
        }
        let keys: Vec<(usize, bool)> = self
            .sort
            .iter()
            .filter_map(|key| Some((place(&key.column)?, key.descending)))
            .collect();
        rows.sort_by(|&a, &b| {
            keys.iter().fold(Ordering::Equal, |order, &(at, descending)| {
                order.then_with(|| compare(&table.rows[a][at], &table.rows[b][at], descending))
            })
        });
        Ok(rows)
    }

    /// The part of the table that is shown.
    ///
    /// # Errors
    /// As [`Selection::rows`].
    pub fn of(&self, table: &Table) -> Result<Table, SelectionError> {
        let rows = self.rows(table)?;
        let place = |name: &String| table.columns.iter().position(|column| column == name);
        let columns: Vec<usize> = match self.columns.as_slice() {
            [] => (0..table.columns.len()).collect(),
            names => names.iter().filter_map(place).collect(),
        };
        let row = |at: &usize| columns.iter().map(|&i| table.rows[*at][i].clone()).collect();
        Ok(Table {
            columns: columns.iter().map(|&i| table.columns[i].clone()).collect(),
            rows: rows.iter().map(row).collect(),
        })
    }
}

/// Numbers, then what stands for all of them, then words; what is not there last, whatever the direction.
fn compare(a: &Value, b: &Value, descending: bool) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 3,
        value if value.is_every() => 1,
        value if value.rational().is_some() => 0,
        _ => 2,
    };
    let absent = (rank(a) == 3).cmp(&(rank(b) == 3));
    let order = rank(a).cmp(&rank(b)).then_with(|| match (a.rational(), b.rational()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.cmp(b),
    });
    absent.then(if descending { order.reverse() } else { order })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::ratio;

    fn table() -> Table {
        let row = |n: Value, error: Value, exact: bool| vec![n, error, exact.into()];
        Table {
            columns: ["n", "error", "exact"].map(str::to_owned).to_vec(),
            rows: vec![
                row(Value::integer(10), ratio(1, 3).into(), false),
                row(Value::integer(9), Value::Decimal("2.5e-1".to_owned()), true),
                row(Value::text("any"), Value::Null, true),
            ],
        }
    }

    fn selected(columns: &str, sort: &str, conditions: &[&str]) -> Result<Vec<usize>, String> {
        let list = |text: &str| -> Vec<String> {
            text.split(',').filter(|t| !t.is_empty()).map(str::to_owned).collect()
        };
        let selection = Selection {
            columns: list(columns),
            sort: list(sort).iter().map(|key| key.parse()).collect::<Result<_, _>>()?,
            conditions: conditions.iter().map(|c| c.parse()).collect::<Result<_, _>>()?,
        };
        selection.rows(&table()).map_err(|error| error.to_string())
    }

    #[test]
    fn rows_are_chosen_and_sorted_by_value() {
        for (sort, conditions, rows) in [
            ("", vec![], vec![0, 1, 2]),
            ("n", vec![], vec![1, 0, 2]),
            ("-n", vec![], vec![2, 0, 1]),
            ("error", vec![], vec![1, 0, 2]),
            ("-error", vec![], vec![0, 1, 2]),
            ("exact,n", vec![], vec![0, 1, 2]),
            ("", vec!["error>0.3"], vec![0]),
            ("", vec!["error<=1/4"], vec![1]),
            ("", vec!["error=0.25"], vec![1]),
            ("", vec!["error!=1/4"], vec![0, 2]),
            ("", vec!["n>=9", "exact=yes"], vec![1]),
            ("", vec!["exact = true"], vec![1, 2]),
            ("", vec!["n=any"], vec![2]),
            ("", vec!["error=-"], vec![2]),
            ("", vec!["n<0"], vec![]),
        ] {
            assert_eq!(selected("", sort, &conditions), Ok(rows), "{sort} {conditions:?}");
        }
    }

    #[test]
    fn what_is_not_there_is_refused_with_what_is() {
        let wrong = |columns: &str, sort: &str, conditions: &[&str]| {
            selected(columns, sort, conditions).unwrap_err()
        };
        for message in [wrong("n,z", "", &[]), wrong("", "-z", &[]), wrong("", "", &["z=1"])] {
            assert!(message.ends_with("no column `z`; there are n, error, exact"), "{message}");
        }
        assert!(wrong("", "", &["exact>1"]).starts_with("--where: exact has no numbers"));
        assert!(wrong("", "", &["n>few"]).contains("found `few`"));
        for text in ["n", "=4", "n=", "n!4", "n==4", "n<>4"] {
            assert!(text.parse::<Condition>().is_err(), "{text}");
        }
        assert!("-".parse::<SortKey>().is_err());
    }

    #[test]
    fn columns_come_in_the_order_asked_for() {
        let selection = Selection {
            columns: ["exact", "n"].map(str::to_owned).to_vec(),
            ..Selection::default()
        };
        let found = selection.of(&table()).unwrap();
        assert_eq!(found.columns, ["exact", "n"]);
        assert_eq!(found.rows[2], [Value::from(true), Value::text("any")]);
    }
}
