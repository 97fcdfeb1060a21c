//! What the columns of tables are called: one list, which every format takes its heads from.
//!
//! A key is the name in JSON and CSV, in text, and on the command line. Papers have the symbol, or the word where the notation
//! has none, Markdown and the report have the word. Units stand behind either.

/// How one column is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading {
    /// as in JSON
    pub key: &'static str,
    /// in LaTeX's mathematics, without dollars; empty where the notation has none
    pub symbol: &'static str,
    /// for text
    pub word: &'static str,
    /// empty for plain numbers and words
    pub unit: &'static str,
}

impl Heading {
    /// The column of this key.
    ///
    /// ```
    /// use counterproof::report::Heading;
    ///
    /// let heading = Heading::of("n_star").unwrap();
    /// assert_eq!((heading.symbol, heading.word), ("n^\\ast", "least colliding length"));
    /// assert_eq!(Heading::of("n star"), None);
    /// ```
    #[must_use]
    pub fn of(key: &str) -> Option<&'static Self> {
        HEADINGS.iter().find(|heading| heading.key == key)
    }

    /// The key that is most like this one, if one is much like it.
    pub(super) fn nearest(key: &str) -> Option<&'static str> {
        let rated = HEADINGS.iter().map(|heading| (strsim::jaro(key, heading.key), heading.key));
        let best = rated.filter(|(alike, _)| *alike > 0.7).max_by(|a, b| a.0.total_cmp(&b.0));
        best.map(|(_, key)| key)
    }

    /// The word with its unit; for a column that is not in the list, its key with blanks.
    #[must_use]
    pub fn words(key: &str) -> String {
        match Self::of(key) {
            Some(Self { word, unit: "", .. }) => (*word).to_owned(),
            Some(Self { word, unit, .. }) => format!("{word} ({unit})"),
            None => key.replace('_', " "),
        }
    }
}

const fn symbol(key: &'static str, symbol: &'static str, word: &'static str) -> Heading {
    Heading { key, symbol, word, unit: "" }
}

const fn word(key: &'static str, word: &'static str) -> Heading {
    Heading { key, symbol: "", word, unit: "" }
}

const fn unit(key: &'static str, word: &'static str, unit: &'static str) -> Heading {
    Heading { key, symbol: "", word, unit }
}

/// Every column of every table.
pub const HEADINGS: &[Heading] = &[
    // sizes, in the notation of docs/notation.md
    symbol("n", "n", "context length"),
    symbol("m", "m", "vocabulary size"),
    symbol("d", "d", "embedding dimension"),
    symbol("p", "p", "hidden units"),
    symbol("heads", "h", "heads"),
    symbol("head_dimension", "d_v", "head dimension"),
    symbol("layers", "L", "layers"),
    symbol("k", "k", "elements of the disjointness problem"),
    symbol("epsilon", "\\varepsilon", "tolerance"),
    symbol("eps", "\\epsilon", "added to the mean square"),
    symbol("bound", "B", "bound of entries"),
    symbol("base", "B", "softmax base"),
    symbol("gap", "g", "gap of scores"),
    symbol("gaps", "g", "gaps of scores"),
    symbol("leak", "\\delta_{\\max}", "leak"),
    symbol("radius", "R", "radius"),
    symbol("c", "c", "counts"),
    symbol("c_prime", "c'", "other counts"),
    symbol("z", "z", "difference of counts"),
    symbol("query", "q", "query"),
    symbol("query_prime", "q'", "other query"),
    symbol("b", "b", "base to the least gap"),
    symbol("delta", "\\delta", "separation"),
    // numbers that are decided
    symbol("n_star", "n^\\ast", "least colliding length"),
    symbol("n_star_at_most", "n^\\ast\\le", "least colliding length at most"),
    symbol("n_squared", "n^2", "square of the length"),
    symbol("w_grid", "W_{\\mathrm{grid}}", "equal cells"),
    symbol("w_min", "W_{\\min}", "least width"),
    symbol("p_min", "P_{\\min}", "least total slope"),
    symbol("unit_width", "W_{\\pm1}", "least width with unit weights"),
    symbol("two_layers", "W_2", "widths of two layers"),
    symbol("n_squared_suffices", "n^2\\ge W_{\\mathrm{grid}}", "n squared suffices"),
    symbol("n_squared_necessary_free", "n^2\\le W_{\\min}", "n squared is necessary"),
    symbol(
        "n_squared_necessary_unit",
        "n^2\\le W_{\\pm1}",
        "n squared is necessary with unit weights",
    ),
    symbol("mu_squared", "\\mu^2", "squared coherence"),
    symbol("mu_squared_at_least", "\\mu^2\\ge", "squared coherence at least"),
    symbol("mu_squared_at_most", "\\mu^2\\le", "squared coherence at most"),
    symbol("mu_squared_at_least_decimal", "\\mu^2\\ge", "squared coherence at least, as a decimal"),
    symbol("mu_squared_at_most_decimal", "\\mu^2\\le", "squared coherence at most, as a decimal"),
    symbol("coherence_squared", "\\mu^2", "squared coherence"),
    symbol("coherence", "\\mu", "coherence"),
    symbol("welch_squared", "\\mu_{\\mathrm W}^2", "square of Welch's bound"),
    symbol("welch", "\\mu_{\\mathrm W}", "Welch's bound"),
    symbol("lipschitz", "\\Lambda", "Lipschitz constant"),
    symbol("lipschitz_decimal", "\\Lambda", "Lipschitz constant, as a decimal"),
    symbol("lipschitz_at_least", "\\Lambda\\ge", "Lipschitz constant at least"),
    symbol("bound_all_embeddings", "\\Lambda_{\\min}\\ge", "bound for all embeddings"),
    symbol(
        "bound_all_embeddings_decimal",
        "\\Lambda_{\\min}\\ge",
        "bound for all embeddings, as a decimal",
    ),
    symbol("attained_at_most", "\\Lambda_{\\min}\\le", "attained by an embedding"),
    symbol(
        "attained_at_most_decimal",
        "\\Lambda_{\\min}\\le",
        "attained by an embedding, as a decimal",
    ),
    symbol("bound_any_attention", "\\Lambda_{\\mathrm{any}}\\ge", "bound for any attention"),
    symbol("weight_squared_at_least", "\\|w\\|^2\\ge", "squared norm of the weights at least"),
    symbol("worst_error_at_least", "e\\ge", "worst error at least"),
    symbol("worst_error_at_most", "e\\le", "worst error at most"),
    symbol("worst_error_squared_at_least", "e^2\\ge", "squared worst error at least"),
    symbol("worst_error_squared_at_most", "e^2\\le", "squared worst error at most"),
    symbol("over_sqrt_n_at_least", "e/\\sqrt n\\ge", "worst error over root n at least"),
    symbol("over_sqrt_n_at_most", "e/\\sqrt n\\le", "worst error over root n at most"),
    symbol("largest_n", "n_{\\max}", "largest right length"),
    symbol("largest_n_at_least", "n_{\\max}\\ge", "largest right length at least"),
    symbol("fails_at_n", "n_{\\mathrm{fail}}", "first wrong length"),
    symbol("fails_at_count", "c_{\\mathrm{fail}}", "wrong at the count"),
    symbol("m_thr", "m_{\\mathrm{thr}}", "threshold"),
    symbol("m_up_to", "m\\le", "vocabulary sizes up to"),
    symbol("m_over_d", "m/d", "m over d"),
    symbol("max_n", "n\\le", "lengths up to"),
    word("free_up_to", "no collision up to"),
    word("free_in_part_up_to", "no collision in the part up to"),
    word("coordinates", "coordinates that say which part"),
    word("collides_at", "collides at"),
    word("right_up_to", "right up to"),
    word("counts_up_to", "counts up to"),
    word("fails_from", "fails from"),
    word("fails_from_n", "fails from length"),
    word("all_fail_from_n", "all fail from length"),
    word("least_dimension", "least dimension"),
    word("mlp_width", "MLP width"),
    word("mlp_depth", "MLP depth"),
    word("every_length_width", "width, every length"),
    word("attention_width", "width, attention"),
    word("max_error", "largest error"),
    word("exact", "exact"),
    word("exponent", "exponent"),
    word("exponent_as_quoted", "exponent as quoted"),
    word("closed_form", "closed form"),
    word("closed_form_holds", "closed form holds"),
    word("lower_bound", "lower bound"),
    word("condition_holds", "condition holds"),
    word("bound_holds", "bound holds"),
    word("deviation", "deviation"),
    word("margin", "margin"),
    word("margin_at_least", "margin at least"),
    word("margin_at_least_decimal", "margin at least, as a decimal"),
    word("margin_at_most", "margin at most"),
    word("margin_at_most_decimal", "margin at most, as a decimal"),
    unit("bits", "information", "bits"),
    unit("disjointness_bits", "by disjointness", "bits"),
    word("classes", "classes"),
    word("states", "states"),
    word("vectors", "vectors"),
    word("collision", "collision"),
    // inputs, outputs and how something was decided
    word("claim", "statement"),
    word("verdict", "verdict"),
    word("inputs", "inputs"),
    word("judged", "judged inputs"),
    word("sequence", "input"),
    word("position", "position"),
    word("output", "output"),
    word("answer", "answer"),
    word("pair", "pair of inputs"),
    word("infinity", "infinity"),
    word("tree", "order of the sum"),
    word("order", "order of sums"),
    word("ulps", "units in the last place"),
    word("ablate", "without"),
    word("difference", "difference of outputs"),
    word("other", "compared with"),
    word("other_sha256", "SHA-256 of the other model"),
    word("agree", "inputs with the same answer"),
    word("agreement_at_least", "agreement at least"),
    word("agreement_at_least_decimal", "agreement at least, as a decimal"),
    word("agreement_at_most", "agreement at most"),
    word("agreement_at_most_decimal", "agreement at most, as a decimal"),
    word("mean_difference_at_least", "mean difference at least"),
    word("mean_difference_at_most", "mean difference at most"),
    word("mean_difference_at_most_decimal", "mean difference at most, as a decimal"),
    word("largest_difference_at_least", "largest difference at least"),
    word("largest_difference_at_most", "largest difference at most"),
    word("largest_difference_at_most_decimal", "largest difference at most, as a decimal"),
    word("constant", "mean output"),
    word("from_constant_at_least", "mean distance from the mean output at least"),
    word("from_constant_at_most", "mean distance from the mean output at most"),
    word("explained_at_least", "explained at least"),
    word("explained_at_least_decimal", "explained at least, as a decimal"),
    word("explained_at_most", "explained at most"),
    word("rounded_weights", "weights that rounding changes"),
    word("real_right", "right in the reals"),
    word("differ", "right in one only"),
    word("differs_on", "right in one only: the first"),
    word("off_at_most", "off at most"),
    word("off_at_most_decimal", "off at most, as a decimal"),
    word("precision", "least precision"),
    word("precision_at_least", "precision at least"),
    word("fewer_fail_at", "fewer bits fail at"),
    word("proof", "proof"),
    word("nodes", "nodes"),
    word("search", "search"),
    word("visited", "sets visited"),
    word("budget", "budget"),
    word("seed", "seed"),
    word("exhaustive", "exhaustive"),
    word("class", "class"),
    word("rests_on", "rests on"),
    word("decided", "decided inputs"),
    word("right", "right"),
    word("wrong", "wrong"),
    word("accuracy", "accuracy"),
    word("accuracy_decimal", "accuracy, as a decimal"),
    word("accuracy_at_least", "accuracy at least"),
    word("accuracy_at_least_decimal", "accuracy at least, as a decimal"),
    word("accuracy_at_most", "accuracy at most"),
    word("accuracy_at_most_decimal", "accuracy at most, as a decimal"),
    word("sampled", "inputs drawn"),
    word("estimate", "inputs to draw"),
    word("confidence", "confidence"),
    word("distribution", "distribution"),
    word("mean_absolute_error_at_least", "mean absolute error at least"),
    word("constant_answer", "median answer"),
    word("constant_guess", "accuracy of the median answer"),
    word("nmae_decimal", "nMAE, as a decimal"),
    word("nmae_at_least", "nMAE at least"),
    word("by_answer", "by answer"),
    word("too_close", "too close to call"),
    unit("milliseconds", "time", "ms"),
    // what a statement is about
    word("embedding", "embedding"),
    word("of", "of the claim"),
    word("part", "part"),
    word("array", "array"),
    word("every_embedding", "every embedding"),
    word("task", "task"),
    word("question", "question"),
    word("kind", "kind of mixing"),
    word("norm", "norm"),
    word("inverter", "inverter"),
    word("threshold", "unit threshold"),
    word("tolerance", "error allowed"),
    word("within", "bounds this near"),
    word("positions", "learned positions"),
    word("strict", "strict"),
    word("times", "repetitions"),
    word("models", "models"),
    word("model", "model"),
    word("file", "file"),
    word("sha256", "SHA-256"),
    word("mapping_sha256", "SHA-256 of the mapping"),
    word("construction", "construction"),
    word("arithmetic", "arithmetic"),
    word("longest", "longest input"),
    word("trained_n", "length of the training"),
    word("exactness", "exactness"),
    word("thresholds", "thresholds of units"),
    word("relax", "relaxed"),
    word("status", "status"),
    word("optimum", "optimum"),
    word("variables", "variables"),
    word("rows", "rows"),
    word("solution", "solution"),
    // statements of the paper
    word("label", "label"),
    word("statement", "statement of the paper"),
    word("says", "says"),
    word("known_from", "known from"),
    word("standing", "standing"),
    word("exactly", "exactly"),
    word("evidence", "evidence"),
    word("tables", "tables"),
    word("source", "source"),
    word("options", "options"),
    word("coq", "proved in Coq"),
    // training
    word("arm", "training"),
    word("steps", "steps"),
    word("seeds", "seeds"),
    word("least", "least threshold"),
    word("largest", "largest threshold"),
    word("below", "thresholds found"),
    word("open", "still counting"),
    word("collapsed", "collapsed"),
    word("diverged", "diverged"),
    word("unfinished", "unfinished"),
    word("cells_trained", "models trained"),
    word("cells_collapsed", "models collapsed"),
    word("cells_diverged", "models diverged"),
    word("counts_again", "counts again"),
    word("health", "outcome"),
    word("counts", "counts"),
    word("low", "interval from"),
    word("high", "interval to"),
    word("within_one", "within 1"),
    word("mean_error", "mean error"),
    word("largest_attention", "largest attention"),
    word("output_spread", "spread of outputs"),
    word("answer_spread", "spread of answers"),
    word("gradient_norm", "gradient norm"),
    word("dead_units", "dead units"),
    word("units", "units"),
    word("all_inputs", "all inputs"),
    word("float_error", "error in floats"),
    word("right_after", "right after training"),
    word("max_error_after", "largest error after training"),
    word("attention", "attention"),
    word("pair_gap", "gap of the pair"),
    word("answers", "answers of the pair"),
    word("rounded_wrong", "rounded model wrong"),
    word("trained_wrong", "trained model wrong"),
    word("representable", "representable"),
    word("lowest", "lowest"),
    word("highest", "highest"),
    word("finding", "finding"),
    word("mean_abs_error", "mean error"),
    word("held_out", "inputs measured on"),
    // language models
    word("series", "series"),
    word("word", "word"),
    word("item", "item"),
    word("count", "count"),
    word("asked", "asked"),
    word("read", "answers read"),
    word("unreadable", "unreadable"),
    word("refused", "refused"),
    word("mean_absolute_error", "mean absolute error"),
    word("most_frequent_answer", "most frequent answer"),
    word("nmae", "nMAE"),
    word("bias", "bias"),
    word("guess_error", "error of guessing"),
    word("accuracy_low", "accuracy from"),
    word("accuracy_high", "accuracy to"),
    word("baseline_asked", "baseline asked"),
    word("baseline_read", "baseline answers read"),
    word("baseline_mean_absolute_error", "mean absolute error of the baseline"),
    word("baseline_low", "baseline interval from"),
    word("baseline_high", "baseline interval to"),
    word("baseline_accuracy", "accuracy of the baseline"),
    word("baseline_bias", "bias of the baseline"),
    word("likelihoods", "answers with likelihoods"),
    word("probability_right", "probability of the right answer"),
    word("expected_count_error", "error of the expected count"),
    word("probability_seen", "probability seen"),
    word("prompt_tokens", "tokens of prompts"),
    word("answer_tokens_at_most", "tokens of answers at most"),
    word("cost_at_most", "cost at most"),
    word("questions", "questions"),
    word("repeat", "repetition"),
    word("tokens", "tokens"),
    word("prompt", "prompt"),
];

#[cfg(test)]
mod tests {
    use super::HEADINGS;

    #[test]
    fn every_column_stands_there_once_and_has_a_word() {
        for (at, heading) in HEADINGS.iter().enumerate() {
            let twice = HEADINGS[..at].iter().any(|other| other.key == heading.key);
            assert!(!twice, "{}", heading.key);
            assert!(!heading.word.is_empty() && heading.word.is_ascii(), "{}", heading.key);
            assert_eq!(heading.symbol.matches('{').count(), heading.symbol.matches('}').count());
        }
    }
}
