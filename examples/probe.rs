use counterproof::exact::*;
use counterproof::search::collision::*;
use std::time::Instant;
fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).unwrap();
        let rows: Vec<Vec<Rational>> = text
            .lines()
            .map(|l| l.split(',').map(|x| integer(x.trim().parse::<i64>().unwrap())).collect())
            .collect();
        let v = Matrix::from_rows(rows[0].len(), rows).unwrap();
        let a = counting_matrix(&v);
        let t0 = Instant::now();
        let s =
            shortest(Problem { rows: &a, cols: v.rows(), query: None }, None, &Limits::default())
                .unwrap();
        let t1 = t0.elapsed();
        let t2 = Instant::now();
        let nodes =
            s.proof.check(&a, v.rows(), None, s.excluded.as_ref().unwrap(), Budget::nodes(1 << 40));
        println!(
            "{path}: k={} n*={} search {t1:?} nodes {} cuts {} check {nodes:?} {:?}",
            s.proof.basis.len(),
            l1(s.vector.as_ref().unwrap()) / 2 + 1,
            s.nodes,
            s.proof.cuts.len(),
            t2.elapsed()
        );
    }
}
