//! What is reproduced: sections of tables, each table by the commands that make it.
//!
//! A command is the one a user would type in the folder; it is parsed as if it had been typed. So what the outputs
//! say made them cannot differ from what did.

use super::inputs;
use crate::report::Value;

/// How large the tables are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sizes {
    Quick,
    Default,
    Full,
}

impl Sizes {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Default => "default",
            Self::Full => "full",
        }
    }

    fn pick<T: Copy>(self, [quick, default, full]: [T; 3]) -> T {
        match self {
            Self::Quick => quick,
            Self::Default => default,
            Self::Full => full,
        }
    }
}

/// A chapter of the report.
pub(super) struct Section {
    /// for links
    pub name: &'static str,
    /// the statement, as `counterproof claims` calls it, or empty
    pub label: &'static str,
    pub title: &'static str,
    /// paragraphs, with `code` between backticks
    pub text: &'static [&'static str],
    pub tables: Vec<Table>,
}

/// A table: what some commands decide, one below the other.
pub(super) struct Table {
    /// name of its files and beginning of its certificates' names
    pub name: &'static str,
    pub title: &'static str,
    pub runs: Vec<Run>,
    /// the columns of a broad table that the report and the paper show; all of them when there are none
    pub shown: &'static [&'static str],
    /// its figure, if there is one, is worth a place
    pub drawn: bool,
}

impl Table {
    fn new(name: &'static str, title: &'static str, runs: Vec<Run>) -> Self {
        Self { name, title, runs, shown: &[], drawn: true }
    }

    fn showing(self, shown: &'static [&'static str]) -> Self {
        Self { shown, ..self }
    }

    fn undrawn(self) -> Self {
        Self { drawn: false, ..self }
    }
}

/// One command, and the columns that tell its rows from those of the others.
pub(super) struct Run {
    pub command: String,
    pub columns: Vec<(&'static str, Value)>,
}

impl Run {
    pub(super) fn told_apart(command: String, columns: Vec<(&'static str, Value)>) -> Self {
        Self { command, columns }
    }
}

fn table(name: &'static str, title: &'static str, command: String) -> Table {
    Table::new(name, title, vec![run(command)])
}

/// A command whose rows need no further columns.
fn run(command: String) -> Run {
    Run { command: format!("counterproof {command}"), columns: Vec::new() }
}

/// Every section, in the order of the report. How the paper's statements fare, which is read off these, comes before them.
pub(super) fn sections(sizes: Sizes) -> Vec<Section> {
    let up_to = |largest: [u64; 3]| sizes.pick(largest);
    vec![
        Section {
            name: "phase",
            label: "",
            title: "Where the transition is",
            text: &[
                "The strongest that is known for each `d` and `m`: with exact weights of any size `d = m - 1` is the threshold for every context length, and with bounded ones the line moves with \
                 the length. Counting at every context length by uniform attention, counting at the length `n` with integer \
                 entries of at most `bound`, counting at `n` by attention to equal tokens, or none of these. What training reached is drawn over it. Each cell rests on the certificates that it leads to.",
            ],
            tables: vec![table(
                "phase",
                "Phase diagram: what counts",
                format!("phase --d 1-{} --m 2-{}", up_to([4, 5, 8]), up_to([9, 12, 20])),
            )],
        },
        Section {
            name: "query-count",
            label: "T1, T1'",
            title: "Query count by a histogram",
            text: &[
                "With `d >= m` uniform attention holds the histogram of the sequence, and an MLP of width `m` reads the count of the \
                 query off it exactly (T1). Affinely independent embeddings are enough, and so is `d = m - 1` (T1'). `n = any` \
                 is decided for every context length at once.",
            ],
            tables: vec![
                table(
                    "qc-histogram",
                    "Query count by a histogram, every input",
                    format!(
                        "verify qc-histogram --n 1-{} --m 2-{}",
                        up_to([10, 12, 16]),
                        up_to([5, 6, 8])
                    ),
                ),
                table(
                    "qc-histogram-any",
                    "Query count by a histogram, every context length",
                    format!("verify qc-histogram --n any --m 2-{}", up_to([16, 32, 64])),
                ),
                table(
                    "qc-histogram-small-d",
                    "The histogram when d = 4: from the first m at which it fails",
                    format!("verify qc-histogram --n any --m 3-{} --d 4", up_to([8, 10, 12])),
                ),
            ],
        },
        Section {
            name: "most-frequent",
            label: "T2",
            title: "Most frequent element by a histogram",
            text: &[
                "A tournament in the MLP finds the largest of the frequencies. The residual stream holds the query's own embedding as well; \
                 the head's output is subtracted (`W_O = -I`), because added to it the query's frequency reads `1 + f_q` and hides the others.",
            ],
            tables: vec![
                table(
                    "mfe-histogram",
                    "Most frequent element by a histogram, every input",
                    format!(
                        "verify mfe-histogram --n 1-{} --m 2-{}",
                        up_to([8, 10, 14]),
                        up_to([5, 6, 7])
                    ),
                ),
                table(
                    "mfe-histogram-any",
                    "Most frequent element by a histogram, every context length",
                    format!("verify mfe-histogram --n any --m 2-{}", up_to([6, 8, 9])),
                ),
                Table::new(
                    "mfe-kept-residual",
                    "The tournament when the head's output is added to the query's embedding",
                    inputs::kept_residual(),
                ),
            ],
        },
        Section {
            name: "count-attend",
            label: "T3, T18",
            title: "Query count by attention",
            text: &[
                "With `d = ceil(log2 m) + 1` attention to equal tokens hands the MLP `1/(c_q + delta)`, which it has to invert. `base` is the \
                 least integer softmax base that works with that MLP; its certificate shows that the base below it fails.",
                "With any MLP there is still an end for each base (T18): `n_star` is the least length at which two inputs with one query and different counts give the head one number.",
            ],
            tables: vec![
                table(
                    "qc-count-attend",
                    "The MLP an interpolant on equal cells",
                    format!("verify qc-count-attend --n 2-{} --m 4-8", up_to([10, 12, 24])),
                ),
                table(
                    "qc-count-attend-narrow",
                    "The MLP as narrow as can be",
                    format!(
                        "verify qc-count-attend --n 2-{} --m 4 --inverter narrow",
                        up_to([16, 32, 100])
                    ),
                ),
                table(
                    "qc-count-attend-unit",
                    "The MLP of unit weights as narrow as can be",
                    format!(
                        "verify qc-count-attend --n 2-{} --m 4 --inverter unit",
                        up_to([16, 20, 32])
                    ),
                ),
                table(
                    "attend-length",
                    "How long counting by attention counts, whatever the MLP",
                    format!("verify attend-length --m 2,4-8 --base 2-{}", up_to([5, 9, 16])),
                ),
            ],
        },
        Section {
            name: "no-position",
            label: "T4",
            title: "Without positions",
            text: &[
                "Softmax averages: a sequence and its repetition have one state, but not one count. For one layer read at the last position this \
                 needs nothing else; with more layers the attention must not be causally masked.",
                "It stops where not all is averaged: with a token BOS before the sequence, or with scores that are not normalised, hand-built counters without positions are right \
                 at every position of every sequence.",
            ],
            tables: vec![
                table(
                    "no-position",
                    "Random models give a sequence and its repetition one output",
                    format!("verify no-position --n 1-{} --m 2-4", up_to([5, 6, 8])),
                ),
                table(
                    "token-mixing",
                    "Where that stops: counters without positions",
                    format!(
                        "verify token-mixing --kind bos+sftm,bos,dot --n 2-{} --m 3 --d 3",
                        up_to([4, 5, 6])
                    ),
                )
                .showing(TOKEN_MIXING),
            ],
        },
        Section {
            name: "coherence",
            label: "T5, T5', T12",
            title: "Readouts that are linear",
            text: &[
                "The inner product with the query's embedding stops to count at `fails_from_n`, which the coherence of the embedding decides; \
                 `all_fail_from_n` is the length from which that readout fails for every embedding of this size. T5' asks the same of all affine readouts \
                 together, chosen for each query. An MLP may count longer than either: see T7.",
                "Over all embeddings of `m` tokens in `d` dimensions the least worst error of the inner product is `n - 1` times the best coherence of `m` lines (T12): bounded from below by a \
                 rule, from above by an embedding, exact where the two meet, as at `m = 2 d` with a conference matrix.",
            ],
            tables: vec![
                Table::new(
                    "histogram-error",
                    "The least worst error of the histogram readout over all embeddings",
                    vec![
                        run(format!(
                            "verify histogram-error --m {}",
                            sizes.pick([
                                "6,10,14,18",
                                "6,10,14,18,26,30",
                                "6,10,14,18,26,30,38,42,50"
                            ])
                        )),
                        run("verify histogram-error --m 354 --d 177".to_owned()),
                        run(format!("verify histogram-error --m 4-{} --d 3", up_to([8, 12, 16]))),
                    ],
                )
                .showing(HISTOGRAM_ERROR),
                table(
                    "welch",
                    "Coherence of embeddings against the Welch bound",
                    format!(
                        "verify welch --m 3-{} --d 2,3 --embedding random --bound 20",
                        up_to([8, 12, 24])
                    ),
                ),
                table(
                    "linear-readout",
                    "From which context length on no affine readout counts",
                    format!("verify linear-readout --n 2,4,8 --m 4-{}", up_to([6, 8, 12])),
                ),
            ],
        },
        Section {
            name: "inverse-width",
            label: "T6",
            title: "What inverting 1/k takes",
            text: &[
                "How much an MLP needs to turn `1/k` into `k` within `epsilon` for `k = 1..n`: `w_grid` equal cells, `w_min` units of any weights, total slope \
                 `p_min`, `unit_width` units of weight at most 1. Each number is a bound from both sides.",
            ],
            tables: vec![
                table(
                    "inverse-width",
                    "Inverting 1/k: cells, units, slope",
                    format!(
                        "verify inverse-width --n {} --epsilon 1/4,1/2",
                        powers_of_four(up_to([7, 9, 10]))
                    ),
                ),
                table(
                    "inverse-width-exact",
                    "Inverting 1/k exactly",
                    format!("verify inverse-width --n 2-{} --epsilon 0", up_to([64, 200, 1000])),
                ),
            ],
        },
        Section {
            name: "collisions",
            label: "T7, T7'",
            title: "Collisions",
            text: &[
                "From `n_star` on two inputs with one query and different counts have one state under uniform attention, so that no MLP of any size \
                 counts; below it some value map and MLP do. `z` is the difference of the two count vectors. `n_star` is about inputs with \
                 one query in common: with one fixed value map, inputs of different queries may share a state earlier.",
                "The last tables: the same for exact attention without positions (T7'), the least distance of two states with different answers, and the integer \
                 embeddings with bounded entries that count longest.",
            ],
            tables: vec![
                table(
                    "uniform-collision",
                    "Least context length at which no MLP counts: powers of the token's index",
                    format!("verify uniform-collision --m 3-{} --d 2,3,4", up_to([8, 12, 16])),
                ),
                table(
                    "uniform-collision-random",
                    "Least context length at which no MLP counts: random embeddings",
                    format!(
                        "verify uniform-collision --m 3-{} --d 2,3 --embedding random --bound 20",
                        up_to([8, 12, 24])
                    ),
                ),
                table(
                    "attention-collision",
                    "Collisions of exact attention without positions",
                    format!("verify attention-collision --m 3-{}", up_to([6, 7, 8])),
                ),
                table(
                    "separation",
                    "How close states with different answers come",
                    format!("verify separation --n 2,4,8,16 --m 3-{} --d 2", up_to([6, 7, 8])),
                ),
                table(
                    "best-embedding",
                    "The embedding with bounded entries that counts longest",
                    format!(
                        "search embedding --d 1,2 --m 3-{} --bound 1-{}",
                        up_to([5, 5, 6]),
                        up_to([2, 5, 7])
                    ),
                ),
            ],
        },
        Section {
            name: "lipschitz",
            label: "T13",
            title: "How steep a readout has to be",
            text: &[
                "The least Lipschitz constant, in the sup norm, of any function of the state that answers within `epsilon`; an MLP of two layers of norm `K` has `K^2` at least that. For one embedding \
                 it is exact, with the pair of inputs that needs it; `inf` where two states coincide.",
                "For all embeddings with entries of at most `radius`: a bound from below, and what the embedding by digits needs. The exponent of `n` is `(m - 1)/d` where `d` divides `m - 1`; \
                 both bounds are proved, so nothing is fitted.",
            ],
            tables: vec![
                table(
                    "lipschitz",
                    "The least Lipschitz constant of a readout: powers of the token's index",
                    format!(
                        "verify lipschitz --embedding moment --m 3,4 --d 2 --n 2-{} --task qc,mfe --epsilon 0,1/4",
                        up_to([4, 5, 6])
                    ),
                )
                .showing(LIPSCHITZ),
                table(
                    "lipschitz-all",
                    "The least Lipschitz constant over all embeddings, from both sides",
                    format!(
                        "verify lipschitz --m 3-5 --d 1,2 --n 2,4,8 --radius 1 --task qc{}",
                        sizes.pick(["", "", ",mfe"])
                    ),
                )
                .showing(LIPSCHITZ_ALL),
            ],
        },
        Section {
            name: "layer-norm",
            label: "T17",
            title: "A norm before the MLP",
            text: &[
                "Whether the normalised state still determines the answer, with one-hot vectors: a cell is verified where some function of it counts, refuted with two inputs of one normalised \
                 state and different counts.",
            ],
            tables: vec![table(
                "layer-norm",
                "What a norm between attention and MLP keeps of the counts",
                format!(
                    "verify layer-norm --m 2-{} --n 1-{} --norm layer,rms,none --eps 0,1/100000",
                    up_to([4, 5, 6]),
                    up_to([5, 6, 8])
                ),
            )],
        },
        Section {
            name: "machine-numbers",
            label: "T14",
            title: "The histogram in the numbers of a machine",
            text: &[
                "T1 as IEEE arithmetic of a format computes it, rounding to nearest even after every operation: the largest length up to which every count is right, and the first input that \
                 is wrong, with its output. `any` is the worst order of all trees of summation, decided exactly; `once` accumulates exactly and rounds once, `flash` sums before it divides. Then T2 with two tokens and with more, T1 with scaled values and T3 with any MLP, and \
                 with how few bits T1 counts up to a length.",
            ],
            tables: vec![table(
                "machine-numbers",
                "How long the histogram counts in a format, by order of summation",
                format!(
                    "verify machine-numbers --arithmetic {}",
                    ["e5m2", "e4m3", "bf16", "fp16"]
                        .iter()
                        .flat_map(|format| {
                            ["seq", "any", "pair", "once", "flash"]
                                .iter()
                                .map(move |order| format!("{format}:{order}"))
                        })
                        .collect::<Vec<_>>()
                        .join(",")
                ),
            )
            .showing(MACHINE_NUMBERS)
            .undrawn(),
            Table::new(
                "machine-constructions",
                "Other constructions in a format",
                ["mfe-histogram", "qc-histogram-scaled", "qc-histogram-bos", "qc-count-attend"]
                    .map(|name| run(format!("verify machine-numbers --construction {name} --arithmetic bf16:seq,bf16:any,bf16:flash,fp16:any")))
                    .into(),
            )
            .showing(MACHINE_CONSTRUCTIONS)
            .undrawn(),
            table(
                "machine-tokens",
                "The tournament in a format, by the number of tokens",
                format!(
                    "verify machine-numbers --construction mfe-histogram --m {} --arithmetic bf16:seq,bf16:any,bf16:once,bf16:flash",
                    sizes.pick(["2,3,4", "2,3,4,5", "2,3,4,5,6"])
                ),
            )
            .showing(MACHINE_TOKENS)
            .undrawn(),
            table(
                "machine-precision",
                "How long the histogram counts, by the bits of a mantissa",
                format!(
                    "verify machine-numbers --arithmetic {}",
                    ["any", "seq", "once", "flash"]
                        .map(|order| format!("p3-{}:{order}", up_to([11, 13, 16])))
                        .join(",")
                ),
            )
            .showing(MACHINE_NUMBERS),
            table(
                "least-precision",
                "Bits of a mantissa that T1 takes",
                format!(
                    "verify machine-numbers --n 2,4,8,16,32,64,{} --least-precision --order any,once,flash",
                    up_to([128, 256, 512])
                ),
            )],
        },
        Section {
            name: "mfe-bits",
            label: "T8",
            title: "Bits for the most frequent element",
            text: &[
                "The heads' numbers about the first half of a sequence have to tell all its `classes` apart, whatever the MLP; \
                 `disjointness_bits` is what the reduction from set disjointness gives.",
            ],
            tables: vec![table(
                "mfe-bits",
                "Bits that the most frequent element needs",
                format!(
                    "verify mfe-bits --n {} --m {}",
                    sizes.pick(["3,5,9,17,33", "3,5,9,17,33,65,129", "3,5,9,17,33,65,129,257,513"]),
                    sizes.pick(["2,4,8,16", "2,4,8,16,32", "2,4,8,16,32,64"])
                ),
            )],
        },
        Section {
            name: "pigeonhole",
            label: "T9",
            title: "More count vectors than states",
            text: &[
                "With integer entries of at most `bound` uniform attention has at most `states` sums at length `n`. With more count vectors than that two \
                 inputs collide at `n + 1`: a query has to occur in both of them, which takes one token more.",
            ],
            tables: vec![Table::new(
                "pigeonhole",
                "More count vectors than states",
                vec![
                    run("verify pigeonhole --n 2,4 --m 3 --d 1 --bound 1".to_owned()),
                    run(format!(
                        "verify pigeonhole --n 2,4,8,16,32 --m 4,6,8 --d {}",
                        sizes.pick(["1,2", "1-3", "1-4"])
                    )),
                ],
            )],
        },
        Section {
            name: "out-of-distribution",
            label: "T15",
            title: "Away from the training",
            text: &[
                "Small models that were trained to count, at other lengths than that of their training and on tokens from elsewhere: some of them, Zipf's, and evenly. Where the inputs are few all of \
                 them are judged and the accuracy is exact; else a sample is drawn, each input of which is decided, with exact confidence bounds. Models with learned positions end at the length of \
                 their training. What a certificate proves is about the weights that it holds.",
            ],
            tables: vec![
                table(
                    "out-of-distribution",
                    "Trained models at other lengths and on other tokens",
                    format!(
                        "sweep --task qc --d 4 --m 3 --count 4 --arm optimised --kernels portable --seeds {} --steps {} --ood --estimate {}",
                        sizes.pick([2, 3, 5]),
                        sizes.pick([1000, 4000, 20_000]),
                        sizes.pick([500, 2000, 10_000])
                    ),
                )
                .showing(OUT_OF_DISTRIBUTION),
            ],
        },
        Section {
            name: "compiled",
            label: "",
            title: "A compiled histogram and its rule of thumb",
            text: &[
                "Tracr (Lindner et al., arXiv:2301.05062) compiles the program `hist` to a transformer; `construct::compiled` builds the same weights for \
                 any size. A rule of thumb says that it is right up to length `n` if and only if `n (n + 1) < E`, its exactness. Thresholds are \
                 stored in single precision, as the compiler does, or as the rationals they are. Every input of the length is judged in enclosures.",
            ],
            tables: vec![
                Table::new(
                    "compiled-hist",
                    "Two compiled models at every length",
                    inputs::compiled_models(),
                )
                .showing(COMPILED_HIST),
                Table::new(
                    "compiled-hist-edge",
                    "The edge of the rule of thumb",
                    inputs::compiled_edge(sizes),
                )
                .showing(COMPILED_HIST),
            ],
        },
    ]
}

// what the report and the paper show of broad tables
const TOKEN_MIXING: &[&str] =
    &["kind", "n", "m", "d", "verdict", "mlp_width", "inputs", "right", "margin_at_least"];
const HISTOGRAM_ERROR: &[&str] = &[
    "n",
    "m",
    "d",
    "verdict",
    "exact",
    "worst_error_squared_at_least",
    "worst_error_squared_at_most",
    "over_sqrt_n_at_most",
    "lower_bound",
    "embedding",
    "right_up_to",
    "fails_from",
];
const LIPSCHITZ: &[&str] = &[
    "n",
    "m",
    "d",
    "task",
    "epsilon",
    "verdict",
    "lipschitz",
    "bound_all_embeddings",
    "query",
    "c",
    "c_prime",
];
const LIPSCHITZ_ALL: &[&str] = &[
    "n",
    "m",
    "d",
    "radius",
    "verdict",
    "bound_all_embeddings",
    "attained_at_most",
    "exponent",
    "exponent_as_quoted",
];
const MACHINE_NUMBERS: &[&str] = &[
    "arithmetic",
    "verdict",
    "largest_n",
    "fails_at_n",
    "fails_at_count",
    "sequence",
    "output",
    "answer",
];
const MACHINE_TOKENS: &[&str] =
    &["arithmetic", "m", "verdict", "largest_n", "fails_at_n", "sequence", "output", "answer"];
const MACHINE_CONSTRUCTIONS: &[&str] = &[
    "construction",
    "arithmetic",
    "verdict",
    "largest_n",
    "fails_at_n",
    "fails_at_count",
    "output",
    "answer",
];
const OUT_OF_DISTRIBUTION: &[&str] = &[
    "n",
    "positions",
    "trained_n",
    "seed",
    "tokens",
    "distribution",
    "verdict",
    "accuracy_decimal",
    "accuracy_at_least_decimal",
    "accuracy_at_most_decimal",
];
const COMPILED_HIST: &[&str] = &[
    "m",
    "longest",
    "exactness",
    "thresholds",
    "n",
    "verdict",
    "inputs",
    "right",
    "wrong",
    "margin_at_least_decimal",
    "sequence",
];

/// `4,16,64,..`
fn powers_of_four(count: u64) -> String {
    let powers: Vec<String> = (1..=count).map(|power| (1u64 << (2 * power)).to_string()).collect();
    powers.join(",")
}
