use super::*;
use crate::kernel::kind::LpVerdict;
use crate::kernel::number::{integer, ratio};
use crate::search::lp::{LpOptions, Method, solve};
use proptest::prelude::*;

const NETLIB: [(&str, &str, &str); 5] = [
    ("afiro", include_str!("../../../../tests/data/netlib/afiro.mps"), "-406659/875"),
    ("sc50a", include_str!("../../../../tests/data/netlib/sc50a.mps"), "-146650/2271"),
    ("sc105", include_str!("../../../../tests/data/netlib/sc105.mps"), "-5064062500/97008861"),
    (
        "adlittle",
        include_str!("../../../../tests/data/netlib/adlittle.mps"),
        "217404079107148240295017939951/964119446652979809500000",
    ),
    (
        "blend",
        include_str!("../../../../tests/data/netlib/blend.mps"),
        "-10443121751772688244793857993479840235857/338928695466753487149843750000000000000",
    ),
];

#[test]
fn netlib_optima_are_exact() {
    for (name, text, optimum) in NETLIB {
        let lp = read_mps(text, None, Integers::Refuse).expect(name);
        assert_eq!(lp, read_mps(text, Some(MpsLayout::Fixed), Integers::Refuse).unwrap());
        let optimum = crate::kernel::number::parse_canonical(optimum).unwrap();
        let methods: &[Method] = if name == "adlittle" || name == "blend" {
            &[Method::Automatic]
        } else {
            &[Method::Automatic, Method::Exact, Method::Float]
        };
        for &method in methods {
            let solved = solve(&lp, &LpOptions { method, ..LpOptions::default() }).expect(name);
            assert_eq!(solved.verdict, LpVerdict::Optimal(optimum.clone()), "{name} {method:?}");
        }
    }
}

/// One program in three spellings.
const FIXED: &str = "\
* maximise 2x + y/2 - 7, x + y <= 4, 1 <= x - y <= 3, -1 <= y <= 1.5
NAME          TINY
OBJSENSE
    MAX
ROWS
 N  COST
 L  SUM
 G  A DIFF
 N  UNUSED
COLUMNS
    X         COST                2.   SUM                  1
    X         A DIFF             +1.
    Y         COST               .5    SUM                1D0
    Y         A DIFF            -1E0   UNUSED              99
RHS
    RHS       SUM                  4   A DIFF               1
    RHS       COST                 7
RANGES
    RNG       A DIFF               2
BOUNDS
 FR BND       X
 LO BND       Y                   -1
 UP BND       Y                  1.5
ENDATA
";

const FREE: &str = "\
NAME TINY
OBJSENSE MAX
ROWS
 N COST
 L SUM
 G A_DIFF
COLUMNS
 X COST 2 SUM 1
 X A_DIFF 1
 Y COST 1/2 SUM 1 
 Y A_DIFF -1
RHS
 SUM 4 A_DIFF 1
 COST 7
RANGES
 RNG A_DIFF 2
BOUNDS
 FR BND X
 LO BND Y -1
 UP BND Y 1.5
ENDATA
";

const LP: &str = "\
\\ the same
Maximize
  obj: 2 X + 1/2 Y - 7
Subject To
  SUM: X + Y <= 4
  DIFF: 1 <= X - Y <= 3
Bounds
  X free
  -1 <= Y <= 1.5
End
";

#[test]
fn three_spellings_of_one_program() {
    let fixed = read_mps(FIXED, None, Integers::Refuse).unwrap();
    let free = read_mps(FREE, None, Integers::Refuse).unwrap();
    let lp = read_lp(LP, Integers::Refuse).unwrap();
    assert_eq!(fixed.variables, free.variables);
    assert_eq!(fixed.variables, lp.variables);
    for program in [&fixed, &free, &lp] {
        assert_eq!(program.rows.len(), 3);
        assert_eq!(program.rows[1].relation, Relation::AtLeast);
        let solved = solve(program, &LpOptions::default()).unwrap();
        assert_eq!(solved.verdict, LpVerdict::Optimal(ratio(1, 4)));
    }
    assert_eq!(fixed.rows[1].name, "A DIFF");
}

#[test]
fn ranges_of_equations_and_bounds_of_every_type() {
    let text = "NAME\nROWS\n N c\n E up\n E down\n L l\nCOLUMNS\n a c 1 up 1\n a down 1 l 1\n b c 1\n e c 1\n g c 1\n\
                RHS\n r up 5 down 5\n r l 5\nRANGES\n r up 2 down -2\n r l -3\n\
                BOUNDS\n MI s a\n UP s a -4\n FX s b 2/3\n PL s e\n FR s g\nENDATA\n";
    let lp = read_mps(text, Some(MpsLayout::Free), Integers::Refuse).unwrap();
    let ends: Vec<Rational> = lp.rows.iter().map(|row| row.rhs.clone()).collect();
    assert_eq!(ends, [5, 7, 3, 5, 2, 5].map(integer));
    let bounds: Vec<_> = lp.variables.iter().map(|v| (v.lower.clone(), v.upper.clone())).collect();
    assert_eq!(
        bounds,
        [
            (None, Some(integer(-4))),
            (Some(ratio(2, 3)), Some(ratio(2, 3))),
            (Some(integer(0)), None),
            (None, None)
        ]
    );
}

#[test]
fn rejections_name_line_column_and_what_was_expected() {
    let replace = |from: &str, to: &str| FREE.replacen(from, to, 1);
    for (text, line, column, expected) in [
        (replace(" N COST", " Q COST"), 4, 2, "row type"),
        (replace(" L SUM", " L COST"), 5, 4, "not used before"),
        (replace("COST 2", "COST two"), 8, 9, "a number"),
        (replace("COST 2", "COST 1e999999"), 8, 9, "reasonable length"),
        (replace("COST 2", "LOST 2"), 8, 4, "a row in `ROWS`"),
        (replace("X COST 2 SUM 1", "X COST 2 COST 1"), 8, 11, "each row once"),
        (replace(" Y A_DIFF -1", " X A_DIFF -1"), 11, 2, "together"),
        (replace(" SUM 4 A_DIFF 1", " RHS SUM 4 A_DIFF"), 13, 6, "a number"),
        (replace(" SUM 4 A_DIFF 1", " R SUM 4 A_DIFF 1 X 1"), 13, 1, "pairs"),
        (replace(" COST 7", " OTHER COST 7"), 14, 1, "one vector"),
        (replace(" FR BND X", " XX BND X 3"), 18, 2, "bound type"),
        (replace(" UP BND Y 1.5", " UP BND Y 1e30"), 20, 11, "below 1e20 in size, or `inf`"),
        (replace(" UP BND Y 1.5", " UP BND Y -inf"), 20, 11, "`inf` above or `-inf` below"),
        (replace(" LO BND Y -1", " LO BND Y +Infinity"), 19, 11, "`inf` above or `-inf` below"),
        (replace(" SUM 4", " SUM -inf"), 13, 6, "a finite right-hand side"),
        (replace(" SUM 4", " SUM 1e20"), 13, 6, "below 1e20"),
        (replace(" COST 7", " COST inf"), 14, 7, "a finite right-hand side"),
        (replace(" RNG A_DIFF 2", " RNG A_DIFF 1e25"), 16, 13, "below 1e20"),
        (replace(" FR BND X", " BV BND X"), 18, 2, "continuous"),
        (replace(" LO BND Y -1", " UP BND Y -1"), 20, 9, "upper bound"),
        (replace("RHS\n", "RHZ\n"), 12, 1, "a section"),
        (replace("ENDATA\n", ""), 20, 1, "ENDATA"),
        (replace("OBJSENSE MAX", "OBJSENSE UP"), 2, 1, "MIN"),
        (replace("ROWS\n", "RHS\nROWS\n"), 3, 1, "`ROWS` before"),
        (replace(" X COST", " M 'MARKER' 'INTORG'\n X COST"), 8, 4, "continuous"),
        (replace(" LO BND Y -1\n UP BND Y 1.5", " UP BND Y -1"), 19, 9, "lower bound beside"),
        (String::new(), 1, 1, "ENDATA"),
    ] {
        let error = read_mps(&text, Some(MpsLayout::Free), Integers::Refuse).unwrap_err();
        let place = (error.line, error.column);
        assert_eq!(place, (line, column), "{error}\n{text}");
        assert!(error.expected.contains(expected), "{error}");
    }
    let long = FIXED
        .replace("    X         COST                2.", "    X         COSTS               2.");
    let error = read_mps(&long, Some(MpsLayout::Fixed), Integers::Refuse).unwrap_err();
    assert_eq!((error.line, error.column), (11, 15));
    let outside = FIXED.replace("    X         COST ", "    X       ! COST ");
    let error = read_mps(&outside, Some(MpsLayout::Fixed), Integers::Refuse).unwrap_err();
    assert_eq!((error.line, error.column), (11, 13));
}

#[test]
fn rejections_of_the_lp_format() {
    let replace = |from: &str, to: &str| LP.replacen(from, to, 1);
    for (text, line, column, expected) in [
        (replace("Maximize", "Most"), 2, 1, "Minimize"),
        (replace("2 X", "2 X X"), 3, 12, "`+`"),
        (replace("2 X", "2 * X"), 3, 10, "a number"),
        (replace("2 X", "[ X ^ 2 ]"), 3, 8, "not linear"),
        (replace("<= 4", "<= X"), 5, 17, "a number"),
        (replace("<= 4", "4"), 5, 14, "`+`"),
        (replace("X + Y <= 4", "X + Y + 1 <= 4"), 5, 16, "right-hand side"),
        (replace("<= 4", ">= inf"), 5, 17, "finite"),
        (replace("<= 4", "<= -inf"), 5, 17, "finite"),
        (replace("<= 4", "<= 1e30"), 5, 17, "below 1e20"),
        (replace("<= 1.5", "<= 1e20"), 9, 14, "below 1e20"),
        (replace("<= 3", "<= inf"), 6, 20, "a finite side"),
        (replace("<= 3", ">= 3"), 6, 20, "same inequality"),
        (replace("1 <= X", "5 <= X"), 6, 20, "low <= high"),
        (replace("DIFF", "SUM"), 6, 3, "not used before"),
        (replace("-1 <= Y <= 1.5", "Y <= -1"), 9, 3, "lower bound"),
        (replace("-1 <= Y <= 1.5", "inf <= Y"), 9, 10, "-inf"),
        (replace("-1 <= Y", "-1 >= Y"), 9, 9, "low <= x <= high"),
        (replace("  X free", "  X free\n  X >= 1"), 9, 3, "once"),
        (replace("End\n", "Integers\n X\nEnd\n"), 10, 1, "continuous"),
        (replace("End\n", "End\nX"), 11, 1, "nothing after"),
        (replace("End\n", "Semi-continuous\n X\nEnd\n"), 10, 1, "continuous variables only"),
        (replace("End\n", "SOS2\n s1: X:1 Y:2\nEnd\n"), 10, 1, "continuous variables only"),
        (replace("2 X", "1/0 X"), 3, 8, "a number"),
    ] {
        let error = read_lp(&text, Integers::Refuse).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{error}\n{text}");
        assert!(error.expected.contains(expected), "{error}");
    }
    // what others read as well
    for same in [
        replace("End\n", ""),
        replace("End\n", "Semi-Continuous\nGenerals\nBinaries\nEnd\n"),
        replace("  DIFF", "  IDLE: X - Y >= -infinity\n  DIFF"),
    ] {
        assert_eq!(
            read_lp(&same, Integers::Refuse).unwrap(),
            read_lp(LP, Integers::Refuse).unwrap()
        );
    }
    let whole = replace("End\n", "Binary\n X\nEnd\n");
    let relaxed = read_lp(&whole, Integers::Relax).unwrap();
    assert_eq!(relaxed.variables[0].upper, Some(integer(1)));
}

proptest! {
    /// Hostile texts: pieces of good files in any order. Readers answer, they do not panic.
    #[test]
    fn readers_survive_shuffled_files(
        cuts in proptest::collection::vec((0usize..700, 0usize..40), 0..12),
        junk in "\\PC{0,12}",
        at in 0usize..700,
    ) {
        for good in [FIXED, FREE, LP] {
            let mut text: Vec<char> = good.chars().collect();
            for &(start, length) in &cuts {
                let start = start.min(text.len());
                let end = (start + length).min(text.len());
                let piece: Vec<char> = text.drain(start..end).collect();
                let to = (start * 7 + length) % (text.len() + 1);
                text.splice(to..to, piece);
            }
            let at = at.min(text.len());
            text.splice(at..at, junk.chars());
            let text: String = text.into_iter().collect();
            let _ = read_mps(&text, None, Integers::Refuse);
            let _ = read_mps(&text, Some(MpsLayout::Free), Integers::Relax);
            let _ = read_lp(&text, Integers::Relax);
        }
    }
}
