//! Certificates about linear programs: an optimum, a contradiction or a ray, with the program.

use crate::exact::lp::{LinearProgram, LpOutcome, LpVariable, LpVerdict, Relation, Sense};
use crate::exact::{Rational, RationalText};
use num_traits::Zero;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

/// What is said about the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LpStatus {
    Optimal,
    Infeasible,
    Unbounded,
}

impl LpStatus {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::Infeasible => "infeasible",
            Self::Unbounded => "unbounded",
        }
    }
}

/// The statement: the program of `data`, with so many variables and rows, has this status and optimum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearProgramParams {
    pub variables: usize,
    pub rows: usize,
    pub status: LpStatus,
    /// the optimal value, the constant of the objective included; `null` unless the status is `optimal`
    #[serde(deserialize_with = "present")]
    pub optimum: Option<RationalText>,
}

impl LinearProgramParams {
    /// The statement that a checked `verdict` makes about `program`.
    #[must_use]
    pub fn new(program: &LinearProgram, verdict: &LpVerdict) -> Self {
        let (status, optimum) = match verdict {
            LpVerdict::Optimal(value) => (LpStatus::Optimal, Some(RationalText(value.clone()))),
            LpVerdict::Infeasible => (LpStatus::Infeasible, None),
            LpVerdict::Unbounded => (LpStatus::Unbounded, None),
        };
        Self { variables: program.variables().len(), rows: program.rows().len(), status, optimum }
    }
}

/// A program and the numbers that prove what is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinearProgramProof {
    pub program: LinearProgram,
    pub outcome: LpOutcome,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofText {
    program: ProgramText,
    proof: OutcomeText,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramText {
    sense: SenseText,
    constant: RationalText,
    variables: Vec<VariableText>,
    rows: Vec<RowText>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SenseText {
    Minimise,
    Maximise,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VariableText {
    name: String,
    #[serde(deserialize_with = "present")]
    lower: Option<RationalText>,
    #[serde(deserialize_with = "present")]
    upper: Option<RationalText>,
    cost: RationalText,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RowText {
    name: String,
    terms: Vec<(usize, RationalText)>,
    relation: RelationText,
    rhs: RationalText,
}

#[derive(Serialize, Deserialize)]
enum RelationText {
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">=")]
    AtLeast,
    #[serde(rename = "=")]
    Equal,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum OutcomeText {
    Optimal { primal: Vec<RationalText>, dual: Vec<RationalText> },
    Infeasible { farkas: Vec<RationalText> },
    EmptyBounds { variable: usize },
    Unbounded { point: Vec<RationalText>, ray: Vec<RationalText> },
}

/// Makes `null` the only spelling of an absent number: a missing field is an error.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<RationalText>, D::Error> {
    Option::deserialize(deserializer)
}

/// Names are printable ASCII, so that every checker writes them alike for the digest.
fn printable(name: &str) -> Result<(), &'static str> {
    let fits = name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if fits { Ok(()) } else { Err("expected printable ASCII text") }
}

fn texts(values: &[Rational]) -> Vec<RationalText> {
    values.iter().cloned().map(RationalText).collect()
}

fn numbers(texts: Vec<RationalText>) -> Vec<Rational> {
    texts.into_iter().map(|text| text.0).collect()
}

impl From<&LinearProgram> for ProgramText {
    fn from(program: &LinearProgram) -> Self {
        let variables = program.variables().iter().map(|variable| VariableText {
            name: variable.name.clone(),
            lower: variable.lower.clone().map(RationalText),
            upper: variable.upper.clone().map(RationalText),
            cost: RationalText(variable.cost.clone()),
        });
        let rows = program.rows().iter().map(|row| RowText {
            name: row.name().to_owned(),
            terms: row.terms().iter().map(|(j, v)| (*j, RationalText(v.clone()))).collect(),
            relation: match row.relation() {
                Relation::AtMost => RelationText::AtMost,
                Relation::AtLeast => RelationText::AtLeast,
                Relation::Equal => RelationText::Equal,
            },
            rhs: RationalText(row.rhs().clone()),
        });
        Self {
            sense: match program.sense() {
                Sense::Minimise => SenseText::Minimise,
                Sense::Maximise => SenseText::Maximise,
            },
            constant: RationalText(program.constant().clone()),
            variables: variables.collect(),
            rows: rows.collect(),
        }
    }
}

impl TryFrom<ProgramText> for LinearProgram {
    type Error = String;

    fn try_from(text: ProgramText) -> Result<Self, String> {
        let mut program = Self::new(match text.sense {
            SenseText::Minimise => Sense::Minimise,
            SenseText::Maximise => Sense::Maximise,
        });
        program.set_constant(text.constant.0);
        for (index, VariableText { name, lower, upper, cost }) in
            text.variables.into_iter().enumerate()
        {
            printable(&name).map_err(|found| format!("variables[{index}].name: {found}"))?;
            let (lower, upper) = (lower.map(|bound| bound.0), upper.map(|bound| bound.0));
            program.add_variable(LpVariable { name, lower, upper, cost: cost.0 });
        }
        for (index, RowText { name, terms, relation, rhs }) in text.rows.into_iter().enumerate() {
            let ascending = terms.iter().zip(terms.iter().skip(1)).all(|(a, b)| a.0 < b.0);
            if !ascending || terms.iter().any(|(_, value)| value.0.is_zero()) {
                return Err(format!(
                    "rows[{index}].terms: expected non-zero numbers by ascending variable"
                ));
            }
            printable(&name).map_err(|found| format!("rows[{index}].name: {found}"))?;
            let relation = match relation {
                RelationText::AtMost => Relation::AtMost,
                RelationText::AtLeast => Relation::AtLeast,
                RelationText::Equal => Relation::Equal,
            };
            let terms = terms.into_iter().map(|(j, value)| (j, value.0));
            program.add_row(name, terms, relation, rhs.0).map_err(|error| error.to_string())?;
        }
        Ok(program)
    }
}

impl Serialize for LinearProgramProof {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let proof = match &self.outcome {
            LpOutcome::Optimal { primal, dual } => {
                OutcomeText::Optimal { primal: texts(primal), dual: texts(dual) }
            }
            LpOutcome::Infeasible { farkas } => OutcomeText::Infeasible { farkas: texts(farkas) },
            LpOutcome::EmptyBounds { variable } => OutcomeText::EmptyBounds { variable: *variable },
            LpOutcome::Unbounded { point, ray } => {
                OutcomeText::Unbounded { point: texts(point), ray: texts(ray) }
            }
        };
        ProofText { program: (&self.program).into(), proof }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for LinearProgramProof {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ProofText { program, proof } = ProofText::deserialize(deserializer)?;
        let program = program.try_into().map_err(D::Error::custom)?;
        let outcome = match proof {
            OutcomeText::Optimal { primal, dual } => {
                LpOutcome::Optimal { primal: numbers(primal), dual: numbers(dual) }
            }
            OutcomeText::Infeasible { farkas } => LpOutcome::Infeasible { farkas: numbers(farkas) },
            OutcomeText::EmptyBounds { variable } => LpOutcome::EmptyBounds { variable },
            OutcomeText::Unbounded { point, ray } => {
                LpOutcome::Unbounded { point: numbers(point), ray: numbers(ray) }
            }
        };
        Ok(Self { program, outcome })
    }
}
