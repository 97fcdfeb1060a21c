//! What `verified` says of statements about what cannot be: a sentence below a table, for `1 verified` may mean that nothing counts.

use super::Table;

/// By claim and, where a claim has several kinds of tables, a column that only this one has.
const MEANINGS: [(&str, &str, &str); 12] = [
    (
        "uniform-collision",
        "free_up_to",
        "up to free_up_to some value map and MLP count; from n_star on, where there is one, no MLP does",
    ),
    (
        "uniform-collision",
        "visited",
        "with the vectors found no MLP counts from n_star on, and below it some value map and MLP do",
    ),
    (
        "attention-collision",
        "free_up_to",
        "up to free_up_to some function of the states counts; from n_star on, where there is one, no MLP does",
    ),
    (
        "attend-length",
        "n_star",
        "below n_star some MLP counts with this head; from n_star on, where there is one, none does",
    ),
    (
        "linear-readout",
        "deviation",
        "at this length no affine readout of the state counts every query",
    ),
    (
        "welch",
        "welch_squared",
        "the squared coherence is at least welch_squared; from fails_from_n on, where it is given, the readout n <v_q, u> is wrong",
    ),
    (
        "no-position",
        "times",
        "repeating an input changes no output, so that none of these models counts",
    ),
    ("pigeonhole", "collision", "where collision is yes, no MLP counts from n_star_at_most on"),
    (
        "mfe-bits",
        "bits",
        "the numbers of the heads need so many bits in all; with fewer no MLP solves the task",
    ),
    (
        "separation",
        "delta",
        "no two states with different answers are closer than delta, and an exact MLP is at least as steep as lipschitz",
    ),
    (
        "part",
        "free_in_part_up_to",
        "no two inputs collide up to free_in_part_up_to that differ by a vector of this part; nothing is said about the others: `merge` joins all parts",
    ),
    (
        "part",
        "part",
        "no input of this part is wrong; nothing is said about the others: `merge` joins all parts",
    ),
];

/// What `verified` means in a table of this claim, where that is something that cannot be.
pub(super) fn meaning(claim: &str, table: &Table) -> Option<&'static str> {
    let has = |column: &str| table.columns.iter().any(|name| name == column);
    let found = MEANINGS.iter().find(|(name, column, _)| *name == claim && has(column));
    found.map(|(.., words)| *words)
}
